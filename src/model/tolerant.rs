//! Deserializers that accept whatever a member turns out to be.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

/// Any JSON value as text: a string as it is, null as nothing, all else as compact JSON.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_text(Value::deserialize(deserializer)?))
}

/// `T` where the value has its form, nothing where it has another.
pub fn maybe<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(match value {
        Value::Null => None,
        value => serde_json::from_value(value).ok(),
    })
}

pub fn to_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
