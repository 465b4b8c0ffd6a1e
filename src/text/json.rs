//! Prints JSON. Features of `serde_json` keep the order and the numbers; control characters
//! that a JSON writer does not escape are escaped.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{bom, escape};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Indented, one member per line.
    Pretty,
    /// One line.
    Compact,
}

/// A value as JSON, without a line end.
///
/// # Errors
/// The value has keys that are not strings.
pub fn text(value: &impl Serialize, layout: Layout) -> serde_json::Result<String> {
    let text = match layout {
        // `to_string_pretty` would be compiled for each type, as `to_value` is for YAML.
        Layout::Pretty => format!("{:#}", serde_json::to_value(value)?),
        Layout::Compact => serde_json::to_string(value)?,
    };
    Ok(escape::json(&text).into_owned())
}

/// A JSON value on one line.
pub fn line(value: &Value) -> String {
    escape::json(&value.to_string()).into_owned()
}

/// A JSON value, indented, with a line end.
pub fn pretty(value: &Value) -> String {
    format!("{}\n", escape::json(&format!("{value:#}")))
}

/// Parses JSON, after a byte order mark if there is one. A lone surrogate such as `\ud83d`, which JSON allows and Unicode does not, becomes the text of its escape.
///
/// # Errors
/// The text is not JSON.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let bytes = bytes.strip_prefix(&bom::UTF_8).unwrap_or(bytes);
    serde_json::from_slice(bytes).or_else(|error| match with_escaped_surrogates(bytes) {
        Some(changed) => serde_json::from_slice(&changed),
        None => Err(error),
    })
}

/// A text as it is, another value as JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether JSON contains a lone surrogate, so that it cannot be written again unchanged.
pub fn has_lone_surrogate(bytes: &[u8]) -> bool {
    with_escaped_surrogates(bytes).is_some()
}

/// The same JSON with the backslash of each lone surrogate escaped; `None` if there is none.
fn with_escaped_surrogates(bytes: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| {
        let escape = bytes.get(at..at + 6)?;
        let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut changed = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == b'\\') {
        at += found;
        at += match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                changed.extend_from_slice(&bytes[copied..at]);
                changed.push(b'\\');
                copied = at;
                6
            }
            _ => 2,
        };
    }
    (copied > 0).then(|| {
        changed.extend_from_slice(&bytes[copied..]);
        changed
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
    use proptest::prop_oneof;
    use serde_json::Value;

    use super::{has_lone_surrogate, line, parse, pretty};

    /// Arbitrary JSON text, with numbers that no machine type can represent.
    fn any_json() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
            any::<String>().prop_map(|text| Value::from(text).to_string()),
            "null|true|false",
        ];
        scalar.prop_recursive(4, 24, 4, |inner| {
            let items = proptest::collection::vec(inner.clone(), 0..4);
            let members = proptest::collection::btree_map(any::<String>(), inner, 0..4);
            prop_oneof![
                items.prop_map(|items| format!("[{}]", items.join(","))),
                members.prop_map(|members| {
                    let members = members
                        .iter()
                        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
                }),
            ]
        })
    }

    #[test]
    fn a_lone_surrogate_is_the_text_of_its_escape() {
        for (text, expected) in [
            (r#"["a\ud83d"]"#, r"a\ud83d"),
            (r#"["\udc00\ud83d\ude00\uD83Dx"]"#, "\\udc00😀\\uD83Dx"),
            (r#"["\\\ud83d"]"#, r"\\ud83d"),
        ] {
            let read: Value = parse(text.as_bytes()).unwrap();
            assert_eq!(read[0], expected, "{text}");
            assert!(has_lone_surrogate(text.as_bytes()));
        }
        for text in [r#"["\ud83d\ude00"]"#, r#"["\\ud83d"]"#, "[", "[\"\\"] {
            assert!(!has_lone_surrogate(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in r#"(\\|u|d83d|de00|"|\[|\]|é|.){0,30}"#) {
            parse::<Value>(text.as_bytes()).ok();
        }

        #[test]
        fn a_document_is_given_back_unchanged(text in any_json()) {
            let read: Value = serde_json::from_str(&text).unwrap();
            for written in [pretty(&read), line(&read)] {
                let again: Value = serde_json::from_str(&written).unwrap();
                // The order of members and all digits are kept.
                prop_assert_eq!(again.to_string(), read.to_string());
                let is_steering = |c: char| c.is_control() && c != '\n';
                prop_assert_eq!(written.find(is_steering), None);
            }
        }
    }
}
