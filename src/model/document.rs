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
