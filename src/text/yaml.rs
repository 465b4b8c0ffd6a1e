//! Prints a JSON document as YAML.
//!
//! It is written here because it must keep all digits of numbers and escape control characters, and
//! YAML libraries do neither. A string that is not safe as plain text is written as a JSON string,
//! which is also YAML.

use serde_json::Value;

use super::json;

/// A block document with a line end, without `---`.
pub fn document(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(value, 0, &mut text),
        Value::Array(items) if !items.is_empty() => block(value, 0, &mut text),
        scalar => {
            text.push_str(&inline(scalar));
            text.push('\n');
        }
    }
    text
}

/// YAML finds the `:` after a longer key only if `?` introduces the key, in characters.
const MAX_SIMPLE_KEY: usize = 1_000;

fn block(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) => {
            for (key, member) in map {
                text.extend(std::iter::repeat_n("  ", depth));
                let key = string(key);
                if key.chars().count() > MAX_SIMPLE_KEY {
                    text.push_str("? ");
                    text.push_str(&key);
                    text.push('\n');
                    text.extend(std::iter::repeat_n("  ", depth));
                } else {
                    text.push_str(&key);
                }
                text.push(':');
                nested(member, depth + 1, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.extend(std::iter::repeat_n("  ", depth));
                text.push_str("- ");
                let begin = text.len();
                nested(item, depth + 1, text);
                // The first line of an item follows the dash, which replaces its indentation.
                if text[begin..].starts_with('\n') {
                    let indent = 1 + 2 * (depth + 1);
                    text.replace_range(begin..begin + indent, "");
                } else {
                    text.remove(begin);
                }
            }
        }
        _ => {}
    }
}

fn nested(value: &Value, depth: usize, text: &mut String) {
    let is_block = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        block(value, depth, text);
    } else {
        text.push(' ');
        text.push_str(&inline(value));
        text.push('\n');
    }
}

/// A scalar, `{}` or `[]`.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        other => json::line(other),
    }
}

fn string(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { json::line(&Value::from(text)) }
}

/// Whether YAML reads the plain text as this string; stricter than necessary.
fn is_plain(text: &str) -> bool {
    const RESERVED: [&str; 11] =
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " ._-/".contains(c))
        && !text.ends_with(' ')
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, proptest};
    use serde_json::{Value, json};

    use super::document;

    #[test]
    fn digits_and_controls_survive() {
        let value: Value = serde_json::from_str(
            r#"{"a": 1.10, "b": 12345678901234567890123, "c": ["x: y", {}, "\u009b"]}"#,
        )
        .unwrap();
        assert_eq!(
            document(&value),
            "a: 1.10\nb: 12345678901234567890123\nc:\n  - \"x: y\"\n  - {}\n  - \"\\u009b\"\n"
        );
    }

    #[test]
    fn long_keys_and_non_characters_survive() {
        let long = "k".repeat(3_000);
        let value =
            json!([{ long.clone(): {long.clone(): 1}, "a": "\u{fffe}\u{ffff}" }, {long: []}]);
        let read: Value = serde_saphyr::from_str(&document(&value)).unwrap();
        assert_eq!(read, value);
        assert!(!document(&value).contains(['\u{fffe}', '\u{ffff}']));
    }

    proptest! {
        #[test]
        fn a_reader_gets_back_what_was_written(
            pairs in prop::collection::vec((".*", ".*"), 0..5),
            more in prop::collection::vec("(null|yes|[0-9]e[0-9]|~|- x|[a-z ]*)", 0..5)
        ) {
            let map: serde_json::Map<_, _> =
                pairs.into_iter().map(|(k, v)| (k, Value::from(v))).collect();
            let value = json!({"map": map, "list": more, "nested": [[more.clone()], {"a": {"b": null}}]});
            let read: Value = serde_saphyr::from_str(&document(&value)).unwrap();
            assert_eq!(read, value);
        }
    }
}
