//! Deserializers that accept a member of any type.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

/// Any JSON value as text: a string unchanged, null as `None`, other values as compact JSON.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_text(Value::deserialize(deserializer)?))
}

/// `T` if the value has its shape, otherwise `None`.
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
