//! A successful response, and its body as JSON without the token.

use serde_json::Value;

use super::Error;
use super::error::status_line;
use super::problem::excerpt;
use super::redact::Redactor;
use crate::model::secret::{MASK, Secret};

/// A successful response.
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// The texts that no result may contain.
    pub token: Vec<Secret>,
    pub redactor: Redactor,
}

impl Answer {
    /// The body as a JSON object.
    pub fn object(self) -> Result<Value, Error> {
        let status = self.status;
        let unreadable = |reason: String| Error::Unreadable {
            status: Some(status),
            reason,
        };
        match self.json()? {
            Some(object @ Value::Object(_)) => Ok(object),
            Some(_) => Err(unreadable("JSON, but not an object".to_owned())),
            None => {
                let line = status_line(status);
                Err(unreadable(format!("{line} with an empty body")))
            }
        }
    }

    /// The body as JSON; `None` if it is empty.
    pub fn json(self) -> Result<Option<Value>, Error> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        // Some servers send a byte order mark.
        let body = &self.body;
        let json = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let parsed = serde_json::from_slice(json).map(|mut value| {
            hide(&mut value, &self.token);
            Some(value)
        });
        parsed.map_err(|_| {
            let shown = excerpt(body).unwrap_or_default();
            Error::Unreadable {
                status: Some(self.status),
                reason: format!("not valid JSON: {}", self.redactor.text(&shown)),
            }
        })
    }
}

/// Masks the token wherever a document contains it.
fn hide(value: &mut Value, token: &[Secret]) {
    match value {
        Value::String(text) => {
            for secret in token {
                if text.contains(secret.expose()) {
                    *text = text.replace(secret.expose(), MASK);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, token)),
        Value::Object(members) => members.values_mut().for_each(|member| hide(member, token)),
        _ => {}
    }
}
