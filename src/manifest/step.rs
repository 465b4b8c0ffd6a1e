//! The steps of a plan, and how they are serialised.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::switch_step::SwitchStep;
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
    /// Why the platform will not call the webhook, although it is enabled: a switch or the status of its object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<String>,
}

/// The steps, in the order in which they are applied.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// They come after all steps.
    pub switches: Vec<SwitchStep>,
    /// What could not be read of the objects, and which switches are left alone.
    pub notes: Vec<String>,
}

/// A step of either kind, as JSON.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum PlanItem {
    Webhook(Box<Step>),
    Switch(SwitchStep),
}

impl Plan {
    /// The steps except `Unchanged`.
    pub fn changing(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action != Action::Unchanged)
    }

    pub fn changes_nothing(&self) -> bool {
        self.changing().next().is_none() && self.switches.is_empty()
    }

    /// The number of switches to turn on.
    pub fn switch_count(&self) -> usize {
        self.switches.iter().map(|step| step.switches().count()).sum()
    }

    /// The step for the switches of an object.
    pub fn switch_step(&mut self, object: &str) -> &mut SwitchStep {
        let known = self.switches.iter().position(|step| step.object == object);
        let index = known.unwrap_or_else(|| {
            self.switches.push(SwitchStep::new(object));
            self.switches.len() - 1
        });
        &mut self.switches[index]
    }

    /// The number of webhooks that the platform will not call.
    pub fn silent_count(&self) -> usize {
        let silent = self.steps.iter().filter(|step| step.silent.is_some());
        silent.map(|step| &step.key).collect::<HashSet<_>>().len()
    }

    /// All steps, for JSON.
    pub fn items(&self) -> Vec<PlanItem> {
        let steps = self.steps.iter().cloned().map(|step| PlanItem::Webhook(Box::new(step)));
        steps.chain(self.switches.iter().cloned().map(PlanItem::Switch)).collect()
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
        let switches = match self.switch_count() {
            0 => None,
            1 => Some("1 switch to turn on".to_owned()),
            count => Some(format!("{count} switches to turn on")),
        };
        let parts: Vec<_> = Action::ALL
            .into_iter()
            .filter_map(|action| match (self.count(action), action) {
                (0, _) => None,
                (count, Action::Unchanged) => Some(format!("{count} unchanged")),
                (count, action) => Some(format!("{count} to {}", action.name())),
            })
            .chain(switches)
            .collect();
        if parts.is_empty() {
            return "no webhooks are defined".to_owned();
        }
        parts.join(", ")
    }
}
