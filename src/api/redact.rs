//! What the request log may show: never a token, never a secret.

use serde_json::Value;

use crate::model::secret::{MASK, Secret};

/// Headers and members whose value is never shown, in any case.
const HIDDEN: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "secret",
    "token",
    "password",
];

/// Hides known secrets wherever they turn up, and members by their name.
#[derive(Clone)]
pub struct Redactor {
    known: Vec<Secret>,
}

/// A secret that is shorter is no secret, and hiding it would hide what the log is for.
const SHORTEST: usize = 4;

impl Redactor {
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let known = secrets
            .into_iter()
            .filter(|text| text.len() >= SHORTEST)
            .map(Secret::new);
        Self {
            known: known.collect(),
        }
    }

    pub fn header<'v>(&self, name: &str, value: &'v str) -> std::borrow::Cow<'v, str> {
        if is_hidden(name) {
            MASK.into()
        } else {
            self.text(value).into()
        }
    }

    /// A body: JSON member by member, anything else as text.
    pub fn body(&self, body: &[u8]) -> String {
        match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                self.value(&mut value);
                value.to_string()
            }
            Err(_) => self.text(&String::from_utf8_lossy(body)),
        }
    }

    pub fn text(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.expose(), MASK)
        })
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                // Headers and responses of call records are JSON inside a string.
                *text = match serde_json::from_str::<Value>(text) {
                    Ok(mut inner @ (Value::Object(_) | Value::Array(_))) => {
                        self.value(&mut inner);
                        inner.to_string()
                    }
                    _ => self.text(text),
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => {
                for (name, member) in members {
                    if is_hidden(name) && !member.is_null() {
                        *member = MASK.into();
                    } else {
                        self.value(member);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn is_hidden(name: &str) -> bool {
    HIDDEN
        .iter()
        .any(|hidden| name.eq_ignore_ascii_case(hidden))
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn secrets_are_hidden_by_value_and_by_name() {
        let redactor = Redactor::new(["idt:TKN-1:hush"]);
        assert_eq!(redactor.header("Authorization", "Bearer x"), "********");
        let body = r#"{"a":"is idt:TKN-1:hush","secret":"s3","headers":"{\"Authorization\":\"Bearer y\"}"}"#;
        let shown = redactor.body(body.as_bytes());
        for hidden in ["hush", "s3", "Bearer y"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert_eq!(redactor.body(b"<b>idt:TKN-1:hush"), "<b>********");
    }
}
