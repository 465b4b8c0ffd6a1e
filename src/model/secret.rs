//! A value that must not be shown: a token or the secret of a webhook.

use std::fmt;

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

    /// A secret from a file or a command, without its last line break.
    ///
    /// # Errors
    /// Why it cannot be a secret.
    pub fn from_text(mut text: String) -> Result<Self, &'static str> {
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Self::checked(text)
    }

    /// The same for the bytes of a file.
    ///
    /// # Errors
    /// Why they cannot be a secret.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, &'static str> {
        match String::from_utf8(bytes) {
            Ok(text) => Self::from_text(text),
            Err(error) if bom::has_one(error.as_bytes()) => Err(HAS_BOM),
            Err(_) => Err("not UTF-8 text"),
        }
    }

    /// A secret without a byte order mark, which an editor adds and nobody sees.
    ///
    /// # Errors
    /// It begins with one.
    pub fn checked(text: String) -> Result<Self, &'static str> {
        match text.starts_with('\u{feff}') {
            true => Err(HAS_BOM),
            false => Ok(Self(text)),
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
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
        for (text, secret) in
            [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a\r", "a\r"), ("\n", "")]
        {
            assert_eq!(Secret::from_text(text.to_owned()).unwrap().expose(), secret);
        }
    }
}
