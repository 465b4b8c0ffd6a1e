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
