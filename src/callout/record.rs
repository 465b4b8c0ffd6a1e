//! What the platform keeps of a callout (CONTRACT.md, "Webhook").

use jiff::Timestamp;
use serde_json::{Value, json};

use super::verdict::Verdict;
use crate::model::call::name_of_code;
use crate::model::timestamp;

/// A callout that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub success: bool,
    pub verdict: Verdict,
    pub called_at: Timestamp,
    /// Of the last attempt; without an answer, when it was given up.
    pub answered_at: Timestamp,
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<String>,
    pub answer: Option<Answer>,
}

/// What the endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub reason: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The most that is kept of an answer's body, in bytes.
const LONGEST_KEPT: usize = 64 * 1024;

impl Record {
    /// The call record of the API.
    pub fn to_json(&self) -> Value {
        let answer = self.answer.as_ref();
        let headers = answer.map(|answer| {
            let headers: serde_json::Map<_, _> = answer
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            Value::Object(headers).to_string()
        });
        let mut record = json!({
            "success": self.success,
            "callTime": timestamp::format(self.called_at),
            "responseTime": timestamp::format(self.answered_at),
            "headers": headers,
            "error": self.error,
            "response": answer.map(|answer| {
                let kept = &answer.body[..answer.body.len().min(LONGEST_KEPT)];
                String::from_utf8_lossy(kept).into_owned()
            }),
            "reasonPhrase": answer.and_then(|answer| answer.reason.clone()),
            "httpStatusCode": answer.map(|answer| match name_of_code(answer.status) {
                Some(name) => Value::from(name),
                None => answer.status.into(),
            }),
        });
        if let Value::Object(members) = &mut record {
            members.retain(|_, value| !value.is_null());
        }
        record
    }
}
