//! Turns on switches of a product or program (docs/platform-api.md, "When a webhook is not called").

use serde_json::{Map, Value, json};

use crate::api::{Client, Error as ApiError, Fate};
use crate::callout::change::{Change, differences};
use crate::failure::{Failure, Kind};
use crate::manifest::switch_step::SwitchStep;
use crate::model::WebhookKey;
use crate::model::document::{omitted, without_meta};
use crate::model::webhook_type::{self, Anchor, Switch};
use crate::text::json;

/// Switches of one object that are off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffSwitches {
    pub anchor: Anchor,
    pub object_id: String,
    /// At least one, each once.
    pub switches: Vec<&'static Switch>,
}

/// What was done with the switches of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SwitchOutcome {
    TurnedOn,
    /// Someone else had turned all of them on; nothing was sent.
    WereOn,
}

/// Turns on switches, one object after the other, each with its settings as they are then.
pub async fn turn_on_each(
    off: &[OffSwitches],
    client: &Client<'_>,
    mut report: impl FnMut(Result<String, Failure>),
) {
    for switches in off {
        report(switches.turn_on_and_describe(client).await);
    }
}

impl OffSwitches {
    /// Turns them on; returns what was done.
    ///
    /// # Errors
    /// Those of [`turn_on_each`]: the settings cannot be read completely, the platform refuses, or another setting has
    /// changed too.
    pub async fn turn_on_and_describe(&self, client: &Client<'_>) -> Result<String, Failure> {
        let described = self.described();
        Ok(match self.turn_on(client).await? {
            SwitchOutcome::TurnedOn => format!("Turned on {described}"),
            SwitchOutcome::WereOn => format!("{described}: already on"),
        })
    }

    /// The switch of a webhook's type; `None` if none is known for certain, or its object is not known.
    pub fn for_key(key: &WebhookKey) -> Option<Self> {
        let known = webhook_type::find(&key.webhook_type)?;
        let switch = known.certain_switch()?;
        let object_id = key.object.clone();
        Some(Self { anchor: known.anchor(), object_id, switches: vec![switch] })
    }

    /// Those of a step of a plan; `None` if it has none.
    pub fn of(step: &SwitchStep) -> Option<Self> {
        let anchor = step.types().next()?.anchor();
        let switches = step.switches().collect();
        Some(Self { anchor, object_id: step.object.clone(), switches })
    }

    /// `settings.preValidation.purchaseOrderDraft of PRD-1111-1111`
    pub fn described(&self) -> String {
        let paths: Vec<_> = self.paths().collect();
        format!("{} of {}", paths.join(" and "), self.object_id)
    }

    fn paths(&self) -> impl Iterator<Item = String> {
        self.switches.iter().map(|switch| format!("settings.{}", switch.path))
    }

    /// Reads the settings, sends their groups with these switches on in one PUT, and reads them back. Each attempt is
    /// based on settings that were read just before it. The platform knows no precondition, so a change that someone
    /// else makes between that request and the PUT is lost.
    ///
    /// # Errors
    /// The settings cannot be read completely, the platform refuses, or another setting has changed too: then the
    /// message names each difference and the settings before.
    async fn turn_on(&self, client: &Client<'_>) -> Result<SwitchOutcome, Failure> {
        let failed = |error: ApiError| {
            Failure::from(error).while_trying(&format!("turn on {}", self.described()))
        };
        let retries = client.new_retries();
        // The settings before the first attempt that may have taken effect.
        let mut first: Option<Value> = None;
        loop {
            let read = self.settings(client, "read").await;
            let read = read.and_then(|before| Ok((self.turned_on(&before)?, before)));
            let (wanted, before) =
                read.map_err(|failure| self.may_be_on(failure, first.as_ref()))?;
            if wanted == before {
                return match &first {
                    Some(first) => self.compare(first, &before, true),
                    None => Ok(SwitchOutcome::WereOn),
                };
            }
            let is_repeated = first.is_some();
            let groups = self.groups_of(&wanted);
            let sent = client.change_settings_once(self.anchor, &self.object_id, &groups);
            let Err(error) = sent.await else {
                let first = &*first.get_or_insert(before);
                let now = self.settings(client, "read back").await;
                let now = now.map_err(|failure| self.may_be_on(failure, Some(first)))?;
                // Someone else has written at the same time, based on what was before.
                if retries.are_left() && !self.are_on(&now) {
                    client.back_off(&retries).await;
                    continue;
                }
                return self.compare(first, &now, is_repeated);
            };
            if error.fate() != Fate::NotDone {
                first.get_or_insert(before);
            }
            let fate = if first.is_some() { Fate::Unknown } else { Fate::NotDone };
            if client.may_retry(&error, &retries) {
                let pause = client.pause(error, &retries, &self.object_id);
                pause.await.map_err(|error| failed(error.after(fate)))?;
                continue;
            }
            // The response may be lost, and the change made.
            if let Some(first) = &first
                && let Ok(now) = self.settings(client, "read back").await
                && self.are_on(&now)
            {
                return self.compare(first, &now, true);
            }
            return Err(failed(error.after(fate)));
        }
    }

    /// The failure of a reading after an attempt that may have taken effect.
    fn may_be_on(&self, failure: Failure, first: Option<&Value>) -> Failure {
        let Some(first) = first else { return failure };
        let message = format!("{}; {} may be on now", failure.message, self.described());
        Failure { message, ..failure }
            .with_details(vec![format!("settings before: {}", json::line(first))])
    }

    /// All settings as they are now.
    async fn settings(&self, client: &Client<'_>, verb: &str) -> Result<Value, Failure> {
        let id = &self.object_id;
        let object = client.object_to_change(self.anchor, id).await;
        let object = object
            .map_err(|error| Failure::from(error).while_trying(&format!("{verb} {id}")))?
            .json()
            .clone();
        let left_out = omitted(&object);
        if left_out.is_empty() {
            return Ok(without_meta(object)["settings"].take());
        }
        let message = format!(
            "the platform leaves out {} of {id}; what is left out could be lost",
            left_out.join(", ")
        );
        Err(Failure::new(Kind::Service, message))
    }

    /// The settings with these switches on.
    fn turned_on(&self, settings: &Value) -> Result<Value, Failure> {
        let mut wanted = settings.clone();
        for switch in &self.switches {
            if !switch.value_in(settings).is_some_and(Value::is_boolean) {
                let path = format!("settings.{}", switch.path);
                let message = format!("{path} of {} cannot be read", self.object_id);
                return Err(Failure::new(Kind::Service, message));
            }
            let mut names = switch.path.split('.');
            let value = names.try_fold(&mut wanted, |value, name| value.get_mut(name));
            if let Some(value) = value {
                *value = true.into();
            }
        }
        Ok(wanted)
    }

    /// The members of the settings that contain the switches.
    fn groups_of(&self, settings: &Value) -> Value {
        let groups = self.switches.iter().map(|switch| {
            let group = switch.path.split('.').next().unwrap_or_default();
            (group.to_owned(), settings[group].clone())
        });
        Value::Object(groups.collect::<Map<_, _>>())
    }

    fn are_on(&self, settings: &Value) -> bool {
        self.switches.iter().all(|switch| switch.is_on(settings) == Some(true))
    }

    /// Whether only these switches have changed, and are on. Between the attempts of a repeated change, someone else may
    /// have turned on another one.
    fn compare(
        &self,
        before: &Value,
        now: &Value,
        is_repeated: bool,
    ) -> Result<SwitchOutcome, Failure> {
        let groups = self.groups_of(now);
        let is_of_others = |change: &Change| {
            let group = change.path.split('.').nth(1).unwrap_or_default();
            let was_turned_on = (&change.before, &change.after)
                == (&Some(Value::Bool(false)), &Some(Value::Bool(true)));
            is_repeated && was_turned_on && groups.get(group).is_some()
        };
        let asked: Vec<_> = self.paths().collect();
        let named = |settings: &Value| json!({ "settings": settings });
        let mut unexpected: Vec<String> = differences(&named(before), &named(now))
            .iter()
            .filter(|change| !asked.contains(&change.path) && !is_of_others(change))
            .map(|change| change.line())
            .collect();
        for switch in &self.switches {
            if switch.value_in(now) != Some(&Value::Bool(true)) {
                unexpected.push(format!("settings.{} is not on", switch.path));
            }
        }
        if unexpected.is_empty() {
            return Ok(SwitchOutcome::TurnedOn);
        }
        unexpected.push(format!("settings before: {}", json::line(before)));
        let message =
            format!("the settings of {} are not as expected after the change", self.object_id);
        Err(Failure::new(Kind::Service, message)
            .with_details(unexpected)
            .with_hint("someone else may have changed them at the same time; run the command again to see what is on"))
    }
}

/// Returns an error if the token is known to belong to an account that may not change settings.
pub async fn check_permission(client: &Client<'_>) -> Result<(), Failure> {
    let record = client.token_record().await?;
    match record.and_then(|record| record.account) {
        Some(account) if !account.is_vendor() => {
            let message = format!(
                "only a vendor can turn on switches; the token belongs to {}",
                account.described()
            );
            Err(Failure::new(Kind::Denied, message))
        }
        _ => Ok(()),
    }
}
