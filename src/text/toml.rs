//! Writes JSON values as TOML on one line, with the digits of their numbers.

use serde_json::Value;

use super::json;

/// A value. `None`: it contains null, which TOML does not have.
pub fn value(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => string(text),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(self::value).collect::<Option<_>>()?;
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let pairs = members.iter().map(|(name, value)| pair(name, value));
            let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
            format!("{{ {} }}", pairs.join(", "))
        }
    })
}

/// `name = value`, with quotes around a name that needs them.
pub fn pair(name: &str, value: &Value) -> Option<String> {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let key = match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => string(name),
    };
    Some(format!("{key} = {}", self::value(value)?))
}

/// A string. What JSON escapes, TOML escapes in the same way. It contains no command for the log of GitHub Actions.
fn string(text: &str) -> String {
    json::line(&Value::from(text)).replace("##[", "\\u0023#[")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use serde_json::{Value, json};

    use super::pair;

    #[test]
    fn digits_and_names_survive() {
        let value: Value =
            serde_json::from_str(r#"{"a.b": [1.50, true, {}], "c": "x\"\u009b"}"#).unwrap();
        assert_eq!(
            pair("n", &value).unwrap(),
            r#"n = { "a.b" = [1.50, true, {}], c = "x\"\u009b" }"#
        );
        assert_eq!(pair("n", &json!([null])), None);
    }

    proptest! {
        #[test]
        fn a_reader_gets_back_what_was_written(name: String, text: String, number: i64) {
            let value = json!({ name.clone(): [text, number] });
            let read: toml::Table = pair(&name, &value).unwrap().parse().unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), json!({ name: value }));
        }
    }
}
