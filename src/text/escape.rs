//! Escapes control characters in text from the network, so that it cannot control the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character controls a terminal instead of being shown: C0, DEL, C1, the bidi controls, the two separators
/// that some programs use as line ends, and the two non-characters that YAML does not allow.
pub fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The text on one line, with every control character as an escape: `\n`, `\t`, `\u001b`.
pub fn line(text: &str) -> Cow<'_, str> {
    replace(text, is_control)
}

/// Like [`line`], but keeps line ends and tabs, for text that is already formatted.
pub fn lines(text: &str) -> Cow<'_, str> {
    replace(text, |c| is_control(c) && c != '\n' && c != '\t')
}

/// Escapes the control characters that a JSON writer does not escape. Outside of strings, JSON text
/// is ASCII, so they are always inside a string and the escape does not change the value.
pub fn json(text: &str) -> Cow<'_, str> {
    replace(text, |c| is_control(c) && !c.is_ascii() || c == '\u{7f}')
}

fn replace(text: &str, hide: impl Fn(char) -> bool) -> Cow<'_, str> {
    let Some(first) = text.find(&hide) else {
        return Cow::Borrowed(text);
    };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for c in text[first..].chars() {
        match c {
            c if !hide(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            // Writing to a `String` cannot fail.
            c => drop(write!(shown, "\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{is_control, json, line, lines};

    #[test]
    fn controls_are_shown() {
        assert_eq!(line("a\u{1b}[31m\r\n\u{202e}b\u{7f}"), "a\\u001b[31m\\r\\n\\u202eb\\u007f");
        assert_eq!(line("Zoë 👍🏽 東京"), "Zoë 👍🏽 東京");
    }

    proptest! {
        #[test]
        fn nothing_steers(text: String) {
            assert!(!line(&text).contains(is_control));
            assert!(!lines(&text).contains(|c| is_control(c) && c != '\n' && c != '\t'));
        }

        #[test]
        fn escaping_json_changes_no_value(text: String) {
            let written = serde_json::to_string(&text).unwrap();
            let escaped = json(&written);
            assert!(!escaped.contains(is_control));
            assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }
}
