//! JSON: the document as it came. Order and numbers are kept by `serde_json`'s features.

use serde_json::Value;

use super::escape;

/// Indented, one member a line, with a line end.
pub fn pretty(value: &Value) -> String {
    // `{:#}` of a Value is serde_json's pretty form, and cannot fail.
    format!("{}\n", escape::json(&format!("{value:#}")))
}

/// One line, without a line end.
pub fn compact(value: &Value) -> String {
    escape::json(&value.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
    use proptest::prop_oneof;
    use serde_json::Value;

    use super::{compact, pretty};

    /// The text of any JSON, its numbers with digits that no machine number has.
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
            for written in [pretty(&read), compact(&read)] {
                let again: Value = serde_json::from_str(&written).unwrap();
                // Members in their order, and every digit.
                prop_assert_eq!(again.to_string(), read.to_string());
                let is_steering = |c: char| c.is_control() && c != '\n';
                prop_assert_eq!(written.find(is_steering), None);
            }
        }
    }
}
