//! The criteria of a webhook: an object, or a list of keys and values (docs/platform-api.md, "Criteria").

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::tolerant;

/// Pairs of key and value, in their original order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    pairs: Vec<(String, String)>,
    /// Whether the value had a part that is not a pair of texts, so that sending the pairs back would lose it.
    is_incomplete: bool,
}

impl Criteria {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Whether a part of the received value was not understood.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// These criteria, with the keys of `changes` replaced or added.
    #[must_use]
    pub fn merged(&self, changes: &Self) -> Self {
        let kept = self.iter().map(|(key, value)| (key, changes.get(key).unwrap_or(value)));
        let added = changes.iter().filter(|(key, _)| self.get(key).is_none());
        kept.chain(added).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// Equality ignores the order of pairs.
    pub fn same_as(&self, other: &Criteria) -> bool {
        self.pairs.len() == other.pairs.len()
            && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }

    /// The flat object in which criteria are sent.
    pub fn to_object(&self) -> Map<String, Value> {
        self.iter().map(|(key, value)| (key.to_owned(), value.into())).collect()
    }

    /// Reads both forms; any other value is an empty set of criteria.
    pub fn from_value(value: Value) -> Self {
        let mut criteria = Self::default();
        match value {
            Value::Null => {}
            Value::Object(map) => {
                for (key, value) in map {
                    criteria.add(key.into(), value);
                }
            }
            Value::Array(items) => {
                for mut item in items {
                    let mut member = |name| item.get_mut(name).map(Value::take).unwrap_or_default();
                    let (key, value) = (member("key"), member("value"));
                    criteria.add(key, value);
                }
            }
            _ => criteria.is_incomplete = true,
        }
        criteria
    }

    fn add(&mut self, key: Value, value: Value) {
        // The text of a lone surrogate is not what the platform has.
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.contains("\\u"));
        let is_pair = is_text(&key) && is_text(&value);
        let Some(key) = tolerant::to_text(key) else {
            self.is_incomplete = true;
            return;
        };
        self.is_incomplete |= !is_pair || self.get(&key).is_some();
        let value = tolerant::to_text(value).unwrap_or_default();
        self.pairs.push((key, value));
    }
}

impl FromIterator<(String, String)> for Criteria {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().collect(), is_incomplete: false }
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
    fn what_is_not_understood_makes_criteria_incomplete() {
        for (value, is_incomplete) in [
            (json!(null), false),
            (json!({"a": "1"}), false),
            (json!([{"key": "a", "value": "1"}]), false),
            (json!({"a": 1}), true),
            (json!({"a": {"b": "c"}}), true),
            (json!([{"key": "a"}]), true),
            (json!([{"value": "a"}]), true),
            (json!([{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]), true),
            (json!(["a"]), true),
            (json!("a"), true),
        ] {
            let criteria = Criteria::from_value(value.clone());
            assert_eq!(criteria.is_incomplete(), is_incomplete, "{value}");
        }
    }

    #[test]
    fn criteria_must_be_an_object_of_strings() {
        for value in [json!(null), json!(3), json!("text"), json!([1, {"value": "x"}])] {
            assert!(Criteria::from_value(value).is_empty());
        }
    }
}
