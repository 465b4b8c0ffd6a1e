//! Prints JSON. Features of `serde_json` keep the order and the numbers; control characters
//! that a JSON writer does not escape are escaped.

use serde::Serialize;
use serde_json::Value;

use super::escape;

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
        Layout::Pretty => serde_json::to_string_pretty(value)?,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
    use proptest::prop_oneof;
    use serde_json::Value;

    use super::{line, pretty};

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

    proptest! {
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
