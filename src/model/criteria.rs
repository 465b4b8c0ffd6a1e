//! The criteria of a webhook: an object, or a list of keys and values (docs/platform-api.md, "Criteria").

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::tolerant;

/// Pairs of key and value, in their original order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria(Vec<(String, String)>);

impl Criteria {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// These criteria, with the keys of `changes` replaced or added.
    #[must_use]
    pub fn merged(&self, changes: &Self) -> Self {
        let kept = self
            .iter()
            .map(|(key, value)| (key, changes.get(key).unwrap_or(value)));
        let added = changes.iter().filter(|(key, _)| self.get(key).is_none());
        kept.chain(added)
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    /// Equality ignores the order of pairs.
    pub fn same_as(&self, other: &Criteria) -> bool {
        self.0.len() == other.0.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }

    /// The flat object in which criteria are sent.
    pub fn to_object(&self) -> Map<String, Value> {
        self.iter()
            .map(|(key, value)| (key.to_owned(), value.into()))
            .collect()
    }

    /// Reads both forms; any other value is an empty set of criteria.
    pub fn from_value(value: Value) -> Self {
        Self(match value {
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| (key, tolerant::to_text(value).unwrap_or_default()))
                .collect(),
            Value::Array(items) => items.into_iter().filter_map(pair).collect(),
            _ => Vec::new(),
        })
    }
}

fn pair(item: Value) -> Option<(String, String)> {
    let Value::Object(mut item) = item else {
        return None;
    };
    let key = tolerant::to_text(item.remove("key")?)?;
    let value = item
        .remove("value")
        .and_then(tolerant::to_text)
        .unwrap_or_default();
    Some((key, value))
}

impl FromIterator<(String, String)> for Criteria {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Serialize for Criteria {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Criteria {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_value(Value::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Criteria;

    #[test]
    fn both_forms_mean_the_same() {
        let flat = Criteria::from_value(json!({"product.id": "PRD-1", "status": "Draft"}));
        let list = Criteria::from_value(json!([
            {"key": "status", "value": "Draft"},
            {"key": "product.id", "value": "PRD-1"}
        ]));
        assert!(flat.same_as(&list));
        assert_eq!(list.get("product.id"), Some("PRD-1"));
    }

    #[test]
    fn merging_changes_the_named_keys_and_keeps_the_rest() {
        let criteria = |json| Criteria::from_value(json);
        let merged =
            criteria(json!({"a": "1", "b": "2"})).merged(&criteria(json!({"b": "3", "c": "4"})));
        assert_eq!(merged, criteria(json!({"a": "1", "b": "3", "c": "4"})));
    }

    #[test]
    fn criteria_must_be_an_object_of_strings() {
        for value in [
            json!(null),
            json!(3),
            json!("text"),
            json!([1, {"value": "x"}]),
        ] {
            assert!(Criteria::from_value(value).is_empty());
        }
    }
}
