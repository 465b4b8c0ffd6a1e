//! Removes tokens and secrets from the request log.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::model::secret::{MASK, Secret};

/// Headers and members whose values are never shown. Letter case does not matter.
const HIDDEN: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "secret",
    "token",
    "password",
];

/// Hides known secrets everywhere, and some members by their name.
#[derive(Clone)]
pub struct Redactor {
    known: Vec<Secret>,
}

/// Shorter secrets are not hidden, because that would hide unrelated text.
const MIN_LENGTH: usize = 4;

impl Redactor {
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let secrets = secrets.into_iter().filter(|text| text.len() >= MIN_LENGTH);
        Self {
            known: secrets.flat_map(spellings).map(Secret::new).collect(),
        }
    }

    pub fn header<'v>(&self, name: &str, value: &'v str) -> std::borrow::Cow<'v, str> {
        if is_hidden(name) {
            MASK.into()
        } else {
            self.text(value).into()
        }
    }

    /// Redacts a body: JSON by member, anything else as text.
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
        let hidden = self.known.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.expose(), MASK)
        });
        without_hidden_members(&without_bearer_tokens(&hidden))
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

/// A secret as it is, as JSON string and URL-encoded.
fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json.trim_matches('"').to_owned();
    let url = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let mut spellings = vec![secret.to_owned(), json, url];
    spellings.dedup();
    spellings
}

/// Call records hold the headers of callouts, whose tokens are valid for minutes.
fn without_bearer_tokens(text: &str) -> String {
    const SCHEME: &str = "bearer ";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find(SCHEME) {
        let (before, token) = rest.split_at(at + SCHEME.len());
        let end = token.find(|c: char| !c.is_ascii_alphanumeric() && !"-._~+/=:*".contains(c));
        shown.push_str(before);
        shown.push_str(MASK);
        rest = &token[end.unwrap_or(token.len())..];
    }
    shown + rest
}

/// Incomplete JSON cannot be parsed, but still contains members.
fn without_hidden_members(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        let (before, after) = rest.split_at(at + 1);
        shown.push_str(before);
        rest = after;
        let name = HIDDEN.iter().find(|name| {
            let begins = rest.get(..name.len());
            begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name))
                && rest[name.len()..].starts_with('"')
        });
        let Some(name) = name else { continue };
        let (name, value) = rest.split_at(name.len() + 1);
        let spaces = value.find(|c: char| !c.is_whitespace() && c != ':');
        let (colon, value) = value.split_at(spaces.unwrap_or(value.len()));
        shown.push_str(name);
        shown.push_str(colon);
        rest = value;
        if let Some(inside) = value.strip_prefix('"').filter(|_| colon.contains(':')) {
            shown.push('"');
            shown.push_str(MASK);
            rest = &inside[end_of_string(inside)..];
        }
    }
    shown + rest
}

/// Where a JSON string ends, before its quote.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
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
        let redactor = Redactor::new(["idt:TKN-1:s3cret"]);
        assert_eq!(redactor.header("Authorization", "Bearer x"), "********");
        let body = r#"{"a":"is idt:TKN-1:s3cret","secret":"s3","headers":"{\"Authorization\":\"Bearer y\"}"}"#;
        let shown = redactor.body(body.as_bytes());
        for hidden in ["s3cret", "s3", "Bearer y"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert_eq!(redactor.body(b"<b>idt:TKN-1:s3cret"), "<b>********");
        assert_eq!(
            redactor.text("?t=idt%3ATKN%2D1%3As3cret&x"),
            "?t=********&x"
        );
        assert_eq!(
            redactor.text(r#"{"id":"W","Secret" : "s\"3","token":"t"#),
            r#"{"id":"W","Secret" : "********","token":"********"#
        );
        let headers = "Host: x\r\nAuthorization: Bearer eyJ0.eyJ1.c2ln\r\nA: b";
        assert_eq!(
            redactor.text(headers),
            "Host: x\r\nAuthorization: Bearer ********\r\nA: b"
        );
        let quoted = Redactor::new(["a\"b\\c"]);
        assert_eq!(
            quoted.body(br#"oops {"s":"a\"b\\c""#),
            "oops {\"s\":\"********\""
        );
    }
}
