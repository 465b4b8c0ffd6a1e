//! Calls an endpoint as the platform would, without the platform.

use serde::Serialize;
use serde_json::Value;

use crate::callout::change::{Change, Refusal, changes, refusals};
use crate::callout::{Endpoint, Record, Verdict, path};
use crate::failure::Failure;
use crate::model::url::shown;
use crate::model::{Call, WebhookType};
use crate::operations::endpoints::target::Access;
use crate::reporter::Reporter;
use crate::text::plain;

/// The object that is sent, and its bytes.
#[derive(Clone)]
pub struct Payload {
    pub bytes: Vec<u8>,
    pub object: Value,
}

impl Payload {
    /// The sample of a type.
    pub fn sample(webhook_type: &WebhookType) -> Self {
        let object = webhook_type.sample();
        Self { bytes: object.to_string().into_bytes(), object }
    }

    /// The unchanged bytes of a file.
    ///
    /// # Errors
    /// The bytes are not JSON.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.trim_ascii().is_empty() {
            return Err("it is empty".to_owned());
        }
        let object = crate::text::json::parse(&bytes)
            .map_err(|error| format!("not valid JSON: {}", plain::json(&error)))?;
        Ok(Self { bytes, object })
    }

    /// Changes values of the object: `PATH=VALUE`, the value being JSON or text. Warns of a path that does not exist.
    ///
    /// # Errors
    /// An assignment has no `=`, or its path does not exist.
    pub fn set(mut self, assignments: &[String], reporter: &dyn Reporter) -> Result<Self, Failure> {
        for text in assignments {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Failure::usage(format!("--set {text}: not PATH=VALUE"))
                    .with_hint("for example --set product.id=PRD-1111-1111")
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            let is_new = path::find(&self.object, name).is_none();
            path::set(&mut self.object, name, value)
                .map_err(|why| Failure::usage(format!("--set {text}: {why}")))?;
            if is_new {
                reporter
                    .warn(&format!("--set {name}: the object had no such member; it was added"));
            }
        }
        if !assignments.is_empty() {
            self.bytes = self.object.to_string().into_bytes();
        }
        Ok(self)
    }

    /// Sets values of the object by their paths.
    ///
    /// # Errors
    /// A path does not exist.
    pub fn set_values(&mut self, values: &[(String, Value)]) -> Result<(), String> {
        for (name, value) in values {
            path::set(&mut self.object, name, value.clone())?;
        }
        if !values.is_empty() {
            self.bytes = self.object.to_string().into_bytes();
        }
        Ok(())
    }
}

/// The result of a call.
#[derive(Serialize)]
pub struct CallResult {
    pub url: String,
    pub verdict: Verdict,
    pub signed: bool,
    pub attempts: u32,
    pub refusals: Vec<Refusal>,
    pub changes: Vec<Change>,
    /// What the platform may not accept of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    pub call: Call,
}

/// Calls the endpoint and compares its answer with the sent object.
pub async fn call(
    access: &Access<'_>,
    endpoint: &Endpoint,
    payload: &Payload,
) -> Result<CallResult, Failure> {
    let record = access.caller(&endpoint.target)?.call(endpoint, &payload.bytes).await;
    Ok(CallResult::of(endpoint, payload, &record))
}

impl CallResult {
    /// Whether the endpoint answered with a 5xx.
    pub fn has_crashed(&self) -> bool {
        self.call.http_status().is_some_and(|status| status.starts_with('5'))
    }

    pub fn of(endpoint: &Endpoint, payload: &Payload, record: &Record) -> Self {
        let (refusals, changes) = match record.answered_object() {
            Some(answer) => (refusals(&answer), changes(&payload.object, &answer)),
            None => Default::default(),
        };
        Self {
            url: shown(&endpoint.target.url),
            verdict: record.verdict,
            signed: endpoint.secret.is_some(),
            attempts: record.attempts,
            refusals,
            changes,
            warning: record.warning.clone(),
            call: record.call(),
        }
    }
}
