//! What a plan consists of, and how programs see it.

use serde_json::{Value, json};

use crate::manifest::check::Identity;
use crate::model::WebhookBody;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Create,
    Update,
    Enable,
    Disable,
    Delete,
    Unchanged,
}

impl Action {
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

    /// What has been done once it is done.
    pub fn done(self) -> &'static str {
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

/// What is said of a secret; never more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretState {
    Changes,
    Same,
    /// It cannot be read back, so it is left alone.
    NotReadable,
    /// It comes from a command, which no plan runs.
    NotRun,
}

impl SecretState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Same => "same",
            Self::NotReadable => "not readable",
            Self::NotRun => "not run",
        }
    }
}

/// A member with its old and its new value; null where there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub member: &'static str,
    pub before: Value,
    pub after: Value,
}

/// One thing to do with one webhook.
#[derive(Clone, Debug)]
pub struct Step {
    pub action: Action,
    pub identity: Identity,
    /// Of a webhook that exists.
    pub id: Option<String>,
    pub changes: Vec<Change>,
    pub secret: Option<SecretState>,
    /// What is sent.
    pub body: WebhookBody,
    /// Of a create: disabled once it is there.
    pub disabled: bool,
    /// Of a create: what another's webhook of this identity is brought to.
    pub wanted: Option<usize>,
}

/// In the order in which it is carried out.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
}

impl Plan {
    /// The steps that change something.
    pub fn changing(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.action != Action::Unchanged)
    }

    pub fn count(&self, action: Action) -> usize {
        self.steps
            .iter()
            .filter(|step| step.action == action)
            .count()
    }

    /// `2 to create, 1 to update, 7 unchanged`
    pub fn summary(&self) -> String {
        let parts: Vec<_> = Action::ALL
            .into_iter()
            .filter_map(|action| match (self.count(action), action) {
                (0, _) => None,
                (count, Action::Unchanged) => Some(format!("{count} unchanged")),
                (count, action) => Some(format!("{count} to {}", action.name())),
            })
            .collect();
        if parts.is_empty() {
            return "nothing is wanted".to_owned();
        }
        parts.join(", ")
    }

    pub fn to_json(&self) -> Value {
        self.steps.iter().map(Step::to_json).collect()
    }
}

impl Step {
    pub fn to_json(&self) -> Value {
        let changes = self.changes.iter().map(|change| {
            json!({"member": change.member, "before": change.before, "after": change.after})
        });
        json!({
            "action": self.action.name(),
            "type": self.identity.webhook_type,
            "object": self.identity.object,
            "id": self.id,
            "changes": changes.collect::<Vec<_>>(),
            "secret": self.secret.map(SecretState::name),
        })
    }

    /// `ValidateAnswer for FRM-1111-1111`
    pub fn described(&self) -> String {
        self.identity.to_string()
    }
}
