//! Merges what a client or an endpoint sends into a stored object (docs/platform-api.md, "Callouts").

use serde_json::{Value, json};

use super::commerce;
use crate::callout::change::is_seller_price;

/// The members of an object that cannot be changed in this way.
const FIXED: [&str; 4] = ["id", "href", "type", "status"];

/// Who sends the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Client,
    /// An endpoint, with its answer: it cannot change the seller's prices.
    Endpoint,
}

/// Merges members; what is absent stays, and members inside of others may be new. Objects in lists are found by their
/// `id`, and lines without one are added with a new one; a list of other values is taken whole. Returns the values of
/// another kind, each with its path: they are not taken.
pub fn merge(object: &mut Value, given: &Value, sender: Sender) -> Vec<(String, String)> {
    let mut merge = Merge { sender, errors: Vec::new() };
    merge.value(object, given, "");
    complete_lines(object);
    merge.errors
}

type Members = serde_json::Map<String, Value>;

struct Merge {
    sender: Sender,
    errors: Vec<(String, String)>,
}

impl Merge {
    fn value(&mut self, stored: &mut Value, given: &Value, path: &str) {
        match (stored, given) {
            (Value::Object(stored), Value::Object(given)) => self.members(stored, given, path),
            (Value::Array(stored), Value::Array(given)) => self.items(stored, given, path),
            (stored, Value::Null) if is_value_of_parameter(path) => *stored = Value::Null,
            // The value of a parameter may become anything.
            (stored @ Value::Null, given) => *stored = given.clone(),
            // Null leaves any other member as it is.
            (_, Value::Null) => {}
            (stored @ Value::String(_), Value::String(_))
            | (stored @ Value::Bool(_), Value::Bool(_))
            | (stored @ Value::Number(_), Value::Number(_)) => *stored = given.clone(),
            _ => self.errors.push((path.to_owned(), "The value is of the wrong kind.".to_owned())),
        }
    }

    fn members(&mut self, stored: &mut Members, given: &Members, path: &str) {
        let id = given.get("id").filter(|id| !id.is_null());
        // What names another object stays as it is: a reference cannot be changed.
        if !path.is_empty() && id.is_some_and(|id| stored.get("id").is_some_and(|own| own != id)) {
            return;
        }
        for (name, value) in given {
            let is_fixed = name == "id" || path.is_empty() && FIXED.contains(&name.as_str());
            if is_fixed || self.sender == Sender::Endpoint && is_seller_price(name) {
                continue;
            }
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match stored.get_mut(name) {
                Some(member) => self.value(member, value, &below),
                None if Self::may_add(path, name, value) => {
                    stored.insert(name.clone(), self.without_prices(value));
                }
                None => {}
            }
        }
    }

    fn items(&mut self, stored: &mut Vec<Value>, given: &[Value], path: &str) {
        if !stored.iter().chain(given).any(Value::is_object) {
            *stored = given.to_vec();
            return;
        }
        for (index, item) in given.iter().enumerate() {
            let id = item.get("id").filter(|id| !id.is_null());
            let name = if id.is_some() { "id" } else { "externalId" };
            let wanted = item.get(name).filter(|value| !value.is_null());
            let is_it = |one: &&mut Value| wanted.is_some() && one.get(name) == wanted;
            match stored.iter_mut().find(is_it) {
                Some(known) => self.value(known, item, &format!("{path}[{index}]")),
                None if path == "lines" && id.is_none() && item.is_object() => {
                    stored.push(self.without_prices(item));
                }
                None => {}
            }
        }
    }

    fn may_add(path: &str, name: &str, value: &Value) -> bool {
        !path.is_empty() && name != "error" && !value.is_null()
    }

    /// A new value; an endpoint sets no prices of the seller.
    fn without_prices(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| self.sender == Sender::Client || !is_seller_price(name))
                .map(|(name, value)| (name.clone(), self.without_prices(value)))
                .collect::<Members>()
                .into(),
            other => other.clone(),
        }
    }
}

fn is_value_of_parameter(path: &str) -> bool {
    path.starts_with("parameters.") && path.ends_with("].value")
}

/// Gives lines without an ID one of their own, below the agreement's, and completes their items.
pub fn complete_lines(object: &mut Value) {
    name_items(object);
    let agreement = object["agreement"]["id"].as_str().unwrap_or_default();
    let digits =
        agreement.split_once('-').map_or("0000-0000-0000", |(_, digits)| digits).to_owned();
    let Some(lines) = object.get_mut("lines").and_then(Value::as_array_mut) else {
        return;
    };
    let mut number = 0;
    for index in 0..lines.len() {
        if lines[index].get("id").is_some_and(Value::is_string) || !lines[index].is_object() {
            continue;
        }
        let id = loop {
            number += 1;
            let id = json!(format!("ALI-{digits}-{number:04}"));
            if lines.iter().all(|line| line.get("id") != Some(&id)) {
                break id;
            }
        };
        let mut line = serde_json::Map::from_iter([("id".to_owned(), id)]);
        let given = lines[index].as_object().cloned().unwrap_or_default();
        line.extend(given.into_iter().filter(|(name, _)| name != "id"));
        lines[index] = line.into();
    }
}

/// Completes the items of lines, of which only the ID may be given.
fn name_items(object: &mut Value) {
    let lines = object.get_mut("lines").and_then(Value::as_array_mut).into_iter().flatten();
    for item in lines.filter_map(|line| line.get_mut("item")?.as_object_mut()) {
        let known = item.get("id").and_then(Value::as_str).and_then(commerce::item);
        for name in ["name", "externalIds"] {
            if let Some(known) = &known
                && !item.contains_key(name)
            {
                item.insert(name.to_owned(), known[name].clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Sender, merge};

    #[test]
    fn an_answer_is_merged_as_the_platform_does() {
        let mut order = json!({
            "id": "ORD-1", "status": "Draft", "agreement": {"id": "AGR-1-2"}, "notes": "a",
            "lines": [{"id": "ALI-1-2-0001", "quantity": 1, "price": {"unitPP": 1, "SPxM": 2}}],
            "parameters": {"ordering": [{"id": "PAR-1", "value": null, "constraints": {"hidden": true}}]},
        });
        let answer = json!({
            "id": "ORD-2", "status": "New", "error": null, "unknown": 1,
            "lines": [
                {"id": "ALI-1-2-0001", "price": {"unitPP": 26.5, "SPxM": 9}}, {"id": "ALI-9", "quantity": 1},
                {"item": {"id": "ITM-2"}, "quantity": 3, "price": {"SPxM": 1}},
            ],
            "parameters": {"ordering": [{"id": "PAR-1", "value": ["x"], "constraints": {"hidden": false, "readonly": true}}]},
        });
        assert_eq!(merge(&mut order, &answer, Sender::Endpoint), []);
        assert_eq!(
            order,
            json!({
                "id": "ORD-1", "status": "Draft", "agreement": {"id": "AGR-1-2"}, "notes": "a",
                "lines": [
                    {"id": "ALI-1-2-0001", "quantity": 1, "price": {"unitPP": 26.5, "SPxM": 2}},
                    {"id": "ALI-1-2-0002", "item": {"id": "ITM-2"}, "quantity": 3, "price": {}},
                ],
                "parameters": {"ordering": [
                    {"id": "PAR-1", "value": ["x"], "constraints": {"hidden": false, "readonly": true}}
                ]},
            })
        );
        for value in [json!(["y"]), json!([]), json!(["y", "z"]), json!(null)] {
            let answer = json!({"parameters": {"ordering": [{"id": "PAR-1", "value": value}]}});
            assert_eq!(merge(&mut order, &answer, Sender::Endpoint), []);
            assert_eq!(order["parameters"]["ordering"][0]["value"], value);
        }
        let before = order.clone();
        let wrong = json!({"notes": [1], "agreement": {"id": "AGR-9", "name": "Another"}});
        let message = "The value is of the wrong kind.".to_owned();
        assert_eq!(merge(&mut order, &wrong, Sender::Client), [("notes".to_owned(), message)]);
        assert_eq!(order, before);
    }
}
