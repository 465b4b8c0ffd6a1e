//! Turns on the switch of a product or program (docs/platform-api.md, "When a webhook is not called").

use serde_json::{Value, json};

use super::Session;
use crate::failure::{Failure, Kind};
use crate::model::webhook_type::{Anchor, Switch};
use crate::text::json;

/// A switch that is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffSwitch {
    pub anchor: Anchor,
    pub object_id: String,
    pub switch: &'static Switch,
    /// All settings as they were read.
    pub settings: Value,
}

impl OffSwitch {
    /// `settings.preValidation.purchaseOrderDraft of PRD-1111-1111`
    pub fn described(&self) -> String {
        format!("settings.{} of {}", self.switch.path, self.object_id)
    }

    /// The settings with this switch on.
    fn turned_on(&self) -> Value {
        let mut settings = self.settings.clone();
        let mut place = &mut settings;
        for name in self.switch.path.split('.') {
            place = &mut place[name];
        }
        *place = true.into();
        settings
    }

    /// Sends the group of the switch as it was read, with this one on, and reads the settings back.
    ///
    /// # Errors
    /// The platform refuses, or another setting has changed too: then the message has the settings before.
    pub async fn turn_on(&self, session: &Session<'_>) -> Result<(), Failure> {
        let client = session.webhooks.client();
        let trying = format!("turn on {}", self.described());
        let wanted = self.turned_on();
        let group = self.switch.path.split('.').next().unwrap_or_default();
        let body = json!({ group: wanted[group] });
        let changed = client
            .change_settings(self.anchor, &self.object_id, &body)
            .await;
        changed.map_err(|error| Failure::from(error).while_trying(&trying))?;
        let object = client.object(self.anchor, &self.object_id).await;
        let object = object.map_err(|error| {
            Failure::from(error).while_trying(&format!("read {} back", self.object_id))
        })?;
        if object.settings == wanted {
            return Ok(());
        }
        let message = format!(
            "the settings of {} are not as expected after the change",
            self.object_id
        );
        Err(Failure::new(Kind::Service, message)
            .with_details(vec![
                format!("before: {}", json::line(&self.settings)),
                format!("now: {}", json::line(&object.settings)),
            ])
            .with_hint("compare them, and put back what should not have changed"))
    }
}
