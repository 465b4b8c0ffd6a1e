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
    pub const ALL: [Self; 6] = [
        Self::Create,
        Self::Update,
        Self::Enable,
        Self::Disable,
        Self::Delete,
        Self::Unchanged,
    ];

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
        Self {
            member: member.into(),
            before: before.into(),
            after: after.into(),
        }
    }
}

/// A webhook that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub id: String,
    pub key: WebhookKey,
    /// Somebody has disabled it, and the manifest does not say whether it is to be enabled.
    pub stays_disabled: bool,
}

/// One change of one webhook.
#[derive(Clone, Debug)]
pub enum Step {
    Create {
        key: WebhookKey,
        changes: Vec<Change>,
        secret: Option<SecretState>,
        body: WebhookBody,
        /// Whether to disable the webhook after it is created.
        disabled: bool,
        /// The index of the desired webhook. If someone else has created a webhook with this key, it is
        /// changed to the desired one.
        desired: usize,
    },
    Update {
        target: Target,
        changes: Vec<Change>,
        secret: Option<SecretState>,
        body: WebhookBody,
    },
    Enable(Target),
    Disable(Target),
    Delete {
        target: Target,
        changes: Vec<Change>,
    },
    Unchanged {
        target: Target,
        secret: Option<SecretState>,
    },
}

impl Step {
    pub fn action(&self) -> Action {
        match self {
            Self::Create { .. } => Action::Create,
            Self::Update { .. } => Action::Update,
            Self::Enable(_) => Action::Enable,
            Self::Disable(_) => Action::Disable,
            Self::Delete { .. } => Action::Delete,
            Self::Unchanged { .. } => Action::Unchanged,
        }
    }

    fn target(&self) -> Option<&Target> {
        match self {
            Self::Create { .. } => None,
            Self::Update { target, .. }
            | Self::Enable(target)
            | Self::Disable(target)
            | Self::Delete { target, .. }
            | Self::Unchanged { target, .. } => Some(target),
        }
    }

    pub fn key(&self) -> &WebhookKey {
        match self {
            Self::Create { key, .. } => key,
            Self::Update { target, .. }
            | Self::Enable(target)
            | Self::Disable(target)
            | Self::Delete { target, .. }
            | Self::Unchanged { target, .. } => &target.key,
        }
    }

    /// Whether the webhook is disabled before and after the step, because the manifest does not say.
    pub fn stays_disabled(&self) -> bool {
        self.target().is_some_and(|target| target.stays_disabled)
    }

    /// The ID of the existing webhook.
    pub fn id(&self) -> Option<&str> {
        self.target().map(|target| target.id.as_str())
    }

    pub fn changes(&self) -> &[Change] {
        match self {
            Self::Create { changes, .. }
            | Self::Update { changes, .. }
            | Self::Delete { changes, .. } => changes,
            Self::Enable(_) | Self::Disable(_) | Self::Unchanged { .. } => &[],
        }
    }

    pub fn secret(&self) -> Option<SecretState> {
        match self {
            Self::Create { secret, .. }
            | Self::Update { secret, .. }
            | Self::Unchanged { secret, .. } => *secret,
            Self::Enable(_) | Self::Disable(_) | Self::Delete { .. } => None,
        }
    }

    pub fn summary(&self) -> StepSummary {
        StepSummary {
            action: self.action(),
            key: self.key().clone(),
            id: self.id().map(str::to_owned),
            changes: self.changes().to_vec(),
            secret: self.secret(),
        }
    }
}

/// A step as JSON and in a saved plan, without the request body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepSummary {
    pub action: Action,
    #[serde(flatten)]
    pub key: WebhookKey,
    pub id: Option<String>,
    pub changes: Vec<Change>,
    pub secret: Option<SecretState>,
}

/// The steps, in the order in which they are applied.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
}

impl Plan {
    /// The steps except `Unchanged`.
    pub fn changing(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.action() != Action::Unchanged)
    }

    pub fn changes_nothing(&self) -> bool {
        self.changing().next().is_none()
    }

    fn count(&self, action: Action) -> usize {
        let steps = self.steps.iter();
        steps.filter(|step| step.action() == action).count()
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

    pub fn summary(&self) -> Vec<StepSummary> {
        self.steps.iter().map(Step::summary).collect()
    }
}
