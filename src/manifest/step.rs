//! The steps of a plan, and how they are serialised.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{WebhookBody, WebhookKey};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    Update,
    Enable,
    Disable,
    Delete,
    Unchanged,
}

impl Action {
    /// Ordered as a plan is applied.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Update, Self::Enable, Self::Disable, Self::Delete, Self::Unchanged];

    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
            Self::Unchanged => "unchanged",
        }
    }

    /// The past participle for messages.
    pub fn past(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
            Self::Enable => "enabled",
            Self::Disable => "disabled",
            Self::Delete => "deleted",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What is known about a secret to be sent; never the secret itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretState {
    #[serde(rename = "changes")]
    Changes,
    #[serde(rename = "same")]
    Same,
    /// The current secret cannot be read, so it is not changed.
    #[serde(rename = "not readable")]
    NotReadable,
    /// The secret comes from a command, which planning does not run.
    #[serde(rename = "not run")]
    NotRun,
}

/// A member with its old and new value; null if there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub member: Cow<'static, str>,
    pub before: Value,
    pub after: Value,
}

impl Change {
    pub fn new(member: &'static str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { member: member.into(), before: before.into(), after: after.into() }
    }
}

/// One change of one webhook, as JSON and in a saved plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    pub action: Action,
    #[serde(flatten)]
    pub key: WebhookKey,
    /// The ID of the existing webhook.
    pub id: Option<String>,
    /// For `Create`, `Update` and `Delete`.
    pub changes: Vec<Change>,
    /// For `Create`, `Update` and `Unchanged`.
    pub secret: Option<SecretState>,
    /// What `Create` and `Update` send.
    #[serde(skip)]
    pub body: WebhookBody,
    /// Somebody has disabled the webhook, and the manifest does not say whether it is to be enabled.
    #[serde(skip)]
    pub stays_disabled: bool,
}

/// The steps, in the order in which they are applied.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
}

impl Plan {
    /// The steps except `Unchanged`.
    pub fn changing(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action != Action::Unchanged)
    }

    pub fn changes_nothing(&self) -> bool {
        self.changing().next().is_none()
    }

    pub fn deletes(&self) -> bool {
        self.count(Action::Delete) > 0
    }

    fn count(&self, action: Action) -> usize {
        let steps = self.steps.iter();
        steps.filter(|step| step.action == action).count()
    }

    /// `2 to create, 1 to update, 7 unchanged`
    pub fn counts(&self) -> String {
        let parts: Vec<_> = Action::ALL
            .into_iter()
            .filter_map(|action| match (self.count(action), action) {
                (0, _) => None,
                (count, Action::Unchanged) => Some(format!("{count} unchanged")),
                (count, action) => Some(format!("{count} to {}", action.name())),
            })
            .collect();
        if parts.is_empty() {
            return "no webhooks are defined".to_owned();
        }
        parts.join(", ")
    }
}
