//! A value that must not be shown: a token or the secret of a webhook.

use std::fmt;

use serde_json::{Map, Value};

use crate::text::bom;

/// The text that replaces a secret.
pub const MASK: &str = "********";

const HAS_BOM: &str = "it begins with a byte order mark (BOM), which would be part of the secret; save it as UTF-8 without one";

/// Text whose `Debug` and `Display` are redacted; only [`Secret::expose`] returns it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A secret from a file, a variable or a command, without its last line break.
    ///
    /// # Errors
    /// Why it cannot be a secret: it contains something that nobody sees and no endpoint compares.
    pub fn checked(mut text: String) -> Result<Self, &'static str> {
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        if text.starts_with('\u{feff}') {
            return Err(HAS_BOM);
        }
        if text.contains('\u{feff}') {
            return Err("it contains a byte order mark (BOM), which would be part of the secret");
        }
        if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
            return Err("it begins or ends with white space, which would be part of the secret");
        }
        if text.contains(char::is_control) {
            return Err("it contains a line break or another control character");
        }
        Ok(Self(text))
    }

    /// The same for the bytes of a file.
    ///
    /// # Errors
    /// Why they cannot be a secret.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, &'static str> {
        match String::from_utf8(bytes) {
            Ok(text) => Self::checked(text),
            Err(error) if bom::has_one(error.as_bytes()) => Err(HAS_BOM),
            Err(_) => Err("not UTF-8 text"),
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A member of a JSON object that holds several secrets, as text.
///
/// # Errors
/// The text is no JSON object, or has no such member. The message contains no part of the text.
pub fn member_of(text: &str, key: &str) -> Result<String, String> {
    let object = serde_json::from_str::<Map<String, Value>>(text);
    let object = object.map_err(|_| "its value is not a JSON object".to_owned())?;
    match object.get(key) {
        Some(Value::String(secret)) => Ok(secret.clone()),
        Some(_) => Err(format!("the member {key} of its JSON object is not a string")),
        None => Err(format!("its JSON object has no member {key}")),
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_does_not_show() {
        let secret = Secret::new("idt:TKN-1234-5678:s3cret");
        assert!(!format!("{secret} {secret:?} {:?}", Some(&secret)).contains("s3cret"));
    }

    #[test]
    fn one_line_end_is_dropped() {
        for (text, secret) in [("a\n", "a"), ("a\r\n", "a"), ("a b", "a b"), ("\n", "")] {
            assert_eq!(Secret::checked(text.to_owned()).unwrap().expose(), secret);
        }
        for text in ["a\n\n", "a\r", " a", "a\t", "a\nb", "a\u{feff}", "a\u{7f}b"] {
            assert!(Secret::checked(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
