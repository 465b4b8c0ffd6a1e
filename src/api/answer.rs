//! A successful response, and its body as JSON without the token.

use std::sync::Arc;

use serde_json::Value;

use super::problem::excerpt;
use super::{Error, Place};
use crate::model::redact::Redactor;
use crate::net::log::status_line;
use crate::text::json;

/// A successful response.
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub place: Arc<Place>,
    /// Removes the token from results.
    pub token: Redactor,
    /// Removes the token and the secret that was sent from errors.
    pub redactor: Redactor,
}

/// Returns an error if a response is about another object than the one with this ID: it says nothing about that one.
pub(super) fn check_id(found: Option<&str>, id: &str, place: &Arc<Place>) -> Result<(), Error> {
    let reason = match found {
        Some(found) if found == id => return Ok(()),
        Some(found) => format!("it describes {found}, not {id}"),
        None => format!("it has no ID, so it may not describe {id}"),
    };
    Err(Error::Unreadable { status: None, place: place.clone(), reason })
}

impl Answer {
    /// The body as a JSON object.
    pub fn object(self) -> Result<Value, Error> {
        let status = self.status;
        let place = self.place.clone();
        let unreadable = |reason: String| Error::Unreadable { status: Some(status), place, reason };
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
        let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let parsed = json::parse(text).map(|mut value| {
            self.token.known_in_value(&mut value);
            Some(value)
        });
        parsed.map_err(|_| {
            let shown = self.redactor.text(&String::from_utf8_lossy(body));
            let shown = excerpt(&shown).unwrap_or_default();
            Error::Unreadable {
                status: Some(self.status),
                place: self.place.clone(),
                reason: format!("not valid JSON: {shown}"),
            }
        })
    }
}
