//! The record that the platform keeps of a callout (docs/platform-api.md, "Webhook").

use jiff::Timestamp;
use serde_json::Value;

use super::verdict::{GZIP, Judgement, Verdict};
use crate::model::call::recorded_status;
use crate::model::redact::Redactor;
use crate::model::{Call, timestamp};

/// A finished callout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub verdict: Verdict,
    pub called_at: Timestamp,
    /// When the last attempt was answered or abandoned.
    pub answered_at: Timestamp,
    pub attempts: u32,
    /// Why the callout failed.
    pub error: Option<String>,
    /// What the platform may not accept of the answer.
    pub warning: Option<String>,
    pub answer: Option<Answer>,
}

/// The answer of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub reason: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn judgement(&self) -> Judgement {
        Judgement::of(self.status, |name| self.header(name), &self.body)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The same without the secrets that a redactor knows.
    #[must_use]
    pub fn without(self, redactor: &Redactor) -> Self {
        let text = |text: String| redactor.known_in(&text);
        let headers = self.headers.into_iter();
        Self {
            status: self.status,
            reason: self.reason.map(text),
            headers: headers.map(|(name, value)| (text(name), text(value))).collect(),
            body: redactor.known_in_bytes(&self.body).into_owned(),
        }
    }
}

/// The stored part of an answer's body, in bytes.
const MAX_BODY_KEPT: usize = 64 * 1024;

impl Record {
    pub fn is_success(&self) -> bool {
        self.error.is_none()
    }

    /// The object that a successful answer holds.
    pub fn answered_object(&self) -> Option<Value> {
        match self.answer.as_ref()?.judgement() {
            Judgement::Accepted { object, .. } if self.is_success() => Some(object),
            _ => None,
        }
    }

    /// The call record of the API.
    pub fn call(&self) -> Call {
        let mut call = Call::default();
        call.success = Some(self.is_success());
        call.call_time = Some(timestamp::format(self.called_at));
        call.response_time = Some(timestamp::format(self.answered_at));
        call.error = self.error.clone();
        if let Some(answer) = &self.answer {
            let headers: serde_json::Map<_, Value> = answer
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            let kept = &answer.body[..answer.body.len().min(MAX_BODY_KEPT)];
            call.headers = Some(Value::Object(headers).to_string());
            // What is compressed is no text.
            let is_text = !kept.starts_with(&GZIP) && answer.header("content-encoding").is_none();
            call.response = is_text.then(|| String::from_utf8_lossy(kept).into_owned());
            call.reason_phrase = answer.reason.clone();
            call.http_status_code = Some(recorded_status(answer.status));
        }
        call
    }
}
