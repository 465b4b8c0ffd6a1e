//! The step of a plan that turns on switches of one product or program.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::change::Change;
use crate::model::webhook_type::{self, Switch, WebhookType};

/// Turns on the switches of an object, in one request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SwitchStep {
    /// The ID of the product or program.
    pub object: String,
    /// The types whose switches are turned on, and what was read of them: `false`, or null if they cannot be read.
    types: Vec<TypeSwitch>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TypeSwitch {
    #[serde(rename = "type")]
    webhook_type: String,
    before: Option<bool>,
}

impl SwitchStep {
    pub fn new(object: &str) -> Self {
        Self { object: object.to_owned(), types: Vec::new() }
    }

    /// Adds the switch of a type.
    pub fn add(&mut self, known: &WebhookType, before: Option<bool>) {
        self.types.push(TypeSwitch { webhook_type: known.name.to_owned(), before });
    }

    /// The step for the types that pass; `None` if there are none.
    pub fn only(&self, passes: impl Fn(&str) -> bool) -> Option<Self> {
        let types = self.types.iter().filter(|one| passes(&one.webhook_type)).cloned();
        let types: Vec<_> = types.collect();
        (!types.is_empty()).then(|| Self { types, ..self.clone() })
    }

    pub fn types(&self) -> impl Iterator<Item = &'static WebhookType> {
        self.types.iter().filter_map(|one| webhook_type::find(&one.webhook_type))
    }

    pub fn switches(&self) -> impl Iterator<Item = &'static Switch> {
        self.pairs().map(|(switch, _)| switch)
    }

    /// The switches, each with what was read of it.
    fn pairs(&self) -> impl Iterator<Item = (&'static Switch, &TypeSwitch)> {
        self.types.iter().filter_map(|one| {
            let switch = webhook_type::find(&one.webhook_type)?.switch.as_ref()?;
            Some((switch, one))
        })
    }

    pub fn changes(&self) -> Vec<Change> {
        let change = |(switch, one): (&'static Switch, &TypeSwitch)| Change {
            member: format!("settings.{}", switch.path).into(),
            before: one.before.into(),
            after: true.into(),
        };
        self.pairs().map(change).collect()
    }

    /// `PRD-1111-1111  preValidation.purchaseOrderDraft: off → on`, a line for each switch.
    pub fn lines(&self) -> Vec<String> {
        let line = |(switch, one): (&'static Switch, &TypeSwitch)| {
            let before = if one.before.is_none() { "not known" } else { "off" };
            format!("{}  {}: {before} → on", self.object, switch.path)
        };
        self.pairs().map(line).collect()
    }

    /// How it differs from an earlier step for the same object; `None` if it does not.
    pub fn difference(earlier: Option<&Self>, now: Option<&Self>) -> Option<String> {
        let paths = |step: &Self| {
            let paths: Vec<_> = step.switches().map(|switch| switch.path).collect();
            paths.join(", ")
        };
        match (earlier, now) {
            (None, None) => None,
            (Some(earlier), Some(now)) if earlier == now => None,
            (Some(earlier), Some(now)) => Some(format!(
                "{}: the switches to turn on were {}, and are now {}",
                now.object,
                paths(earlier),
                paths(now)
            )),
            (Some(earlier), None) => {
                let object = &earlier.object;
                Some(format!(
                    "{object}: the plan was to turn on {}, and now nothing is to be turned on",
                    paths(earlier)
                ))
            }
            (None, Some(now)) => Some(format!(
                "{}: not in the plan, and now {} is to be turned on",
                now.object,
                paths(now)
            )),
        }
    }
}

impl Serialize for SwitchStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut step = serializer.serialize_struct("SwitchStep", 4)?;
        step.serialize_field("action", "switch-on")?;
        step.serialize_field("object", &self.object)?;
        step.serialize_field("types", &self.types)?;
        step.serialize_field("changes", &self.changes())?;
        step.end()
    }
}
