//! A document of the platform: the original JSON and a typed view of it.

use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Serialises as the original JSON; dereferences to the typed view.
#[derive(Clone, Debug, Default)]
pub struct Document<T> {
    json: Value,
    view: T,
}

impl<T: DeserializeOwned + Default> Document<T> {
    /// The view of a document that is not an object has no members.
    pub fn new(json: Value) -> Self {
        let view = T::deserialize(&json).unwrap_or_default();
        Self { json, view }
    }
}

impl<T> Document<T> {
    pub fn view(&self) -> &T {
        &self.view
    }

    /// The original JSON.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Removes a member of the JSON; the caller must update the view.
    pub fn remove(&mut self, member: &str) {
        if let Some(members) = self.json.as_object_mut() {
            members.shift_remove(member);
        }
    }
}

/// The names in every `$meta.omitted`, at any depth: the members that the platform left out.
pub fn omitted(document: &Value) -> Vec<String> {
    fn collect(value: &Value, path: &str, names: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                let omitted = value.pointer("/$meta/omitted").and_then(Value::as_array);
                for name in omitted.into_iter().flatten() {
                    let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
                    names.push(format!("{path}{name}"));
                }
                for (name, member) in members.iter().filter(|(name, _)| *name != "$meta") {
                    collect(member, &format!("{path}{name}."), names);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, path, names)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    collect(document, "", &mut names);
    names
}

/// The document without its `$meta` members, at any depth: they say something about the response.
#[must_use]
pub fn without_meta(mut document: Value) -> Value {
    fn remove(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.shift_remove("$meta");
                members.values_mut().for_each(remove);
            }
            Value::Array(items) => items.iter_mut().for_each(remove),
            _ => {}
        }
    }
    remove(&mut document);
    document
}

impl<T> Deref for Document<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.view
    }
}

impl<T> Serialize for Document<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{omitted, without_meta};

    #[test]
    fn what_is_left_out_is_found_at_any_depth() {
        let document = json!({
            "$meta": {"omitted": ["audit"]},
            "lines": [{"id": 1, "$meta": {"omitted": ["price"]}}],
            "settings": {"$meta": {"omitted": []}, "a": true},
        });
        assert_eq!(omitted(&document), ["audit", "lines.price"]);
        assert_eq!(without_meta(document), json!({"lines": [{"id": 1}], "settings": {"a": true}}));
    }
}
