//! The changes that an endpoint made to the object it received, and whether it refused the object
//! (docs/platform-api.md, "Callouts").

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::path::{self, item_id, item_names, text_of};

/// A difference between the sent object and the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Names with dots; items of a list in brackets, by external id, id or position.
    pub path: String,
    /// `None`: the member was not sent.
    pub before: Option<Value>,
    /// `None`: the answer does not have the member.
    pub after: Option<Value>,
}

impl Change {
    /// `+ path: value`, `- path: value` or `~ path: before → after`, with the values as JSON.
    pub fn line(&self) -> String {
        let path = shown_path(&self.path);
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if !before.is_null() && !after.is_null() => {
                format!("~ {path}: {before} → {after}")
            }
            (None | Some(Value::Null), Some(after)) => format!("+ {path}: {after}"),
            (Some(before), _) => format!("- {path}: {before}"),
            (None, None) => format!("- {path}"),
        }
    }
}

impl Refusal {
    /// Whether a path is the error of this refusal, or inside it.
    pub fn contains(&self, path: &str) -> bool {
        let inside = match self.path.as_str() {
            "" => path.strip_prefix("error"),
            own => path.strip_prefix(own).and_then(|rest| rest.strip_prefix(".error")),
        };
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// `path: message`
    pub fn line(&self) -> String {
        format!("{}: {}", shown_path(&self.path), self.message)
    }
}

/// The name of a path in texts.
pub fn shown_path(path: &str) -> &str {
    if path.is_empty() { "the object" } else { path }
}

/// Whether a member is the seller's: markup, margin and sales prices, which endpoints leave alone.
pub fn is_seller_price(name: &str) -> bool {
    matches!(name, "markup" | "margin")
        || name.starts_with("SPx")
        || name.starts_with("defaultMarkup")
}

/// An `error` that is not null, on the object or on a parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refusal {
    /// The parameter; empty for the object itself.
    pub path: String,
    pub message: String,
}

/// What an answer changes of the object that was sent, as the platform takes it over.
pub fn changes(sent: &Value, answer: &Value) -> Vec<Change> {
    let mut after = sent.clone();
    take_over(&mut after, answer);
    differences(sent, &after)
}

/// The differences, in the order of the first object, then of the second. The order of lists does not count if their
/// items have names.
pub fn differences(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", Some(before), Some(after), &mut changes);
    changes
}

/// Takes an answer over: what is absent stays as it is, items of lists are found by their IDs, items without one are
/// added, and an `error` that is null is nothing.
fn take_over(object: &mut Value, answer: &Value) {
    match (object, answer) {
        (Value::Object(object), Value::Object(answer)) => {
            for (name, value) in
                answer.iter().filter(|(name, value)| *name != "error" || !value.is_null())
            {
                match object.get_mut(name) {
                    Some(member) => take_over(member, value),
                    None => drop(object.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::Array(items), Value::Array(answer)) if have_ids(items) => {
            let count = items.len();
            for item in answer {
                match items[..count].iter_mut().find(|known| is_same_item(known, item)) {
                    Some(known) => take_over(known, item),
                    None => items.push(item.clone()),
                }
            }
        }
        (object, answer) => *object = answer.clone(),
    }
}

/// Whether each item of a list has an ID of its own.
fn have_ids(items: &[Value]) -> bool {
    let are_distinct = |id: fn(&Value) -> Option<&str>| {
        items.iter().filter_map(id).collect::<HashSet<_>>().len() == items.len()
    };
    are_distinct(|item| text_of(item, "id")) || are_distinct(item_id)
}

fn is_same_item(one: &Value, other: &Value) -> bool {
    let is_same = |name| match (text_of(one, name), text_of(other, name)) {
        (Some(one), Some(other)) => Some(one == other),
        _ => None,
    };
    is_same("id").or_else(|| is_same("externalId")).unwrap_or(false)
}

/// The refusals in an answer, the object's own first.
pub fn refusals(answer: &Value) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(refusal("", answer));
    let phases = answer.get("parameters").and_then(Value::as_object).into_iter().flatten();
    for (phase, parameters) in phases {
        let parameters = parameters.as_array().map(Vec::as_slice).unwrap_or_default();
        for (name, parameter) in item_names(parameters).iter().zip(parameters) {
            let path = path::item(&path::member("parameters", phase), name);
            refusals.extend(refusal(&path, parameter));
        }
    }
    refusals
}

fn refusal(path: &str, value: &Value) -> Option<Refusal> {
    let message = match value.get("error")? {
        Value::Null => return None,
        Value::String(message) => message.clone(),
        error => match error.get("message").and_then(Value::as_str) {
            Some(message) => message.to_owned(),
            None => error.to_string(),
        },
    };
    Some(Refusal { path: path.to_owned(), message })
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for name in names(before, after) {
                let path = path::member(path, name);
                compare(&path, before.get(name), after.get(name), changes);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            let (before, after) = (named(before), named(after));
            for name in names(&before, &after) {
                compare(&path::item(path, name), before.get(name), after.get(name), changes);
            }
        }
        (Some(before), Some(after)) if is_same(before, after) => {}
        (before, after) if before != after => changes.push(Change {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
        _ => {}
    }
}

/// The names in either object; those of the first object come first.
fn names<'m>(before: &'m Map<String, Value>, after: &'m Map<String, Value>) -> Vec<&'m String> {
    let added = after.keys().filter(|name| !before.contains_key(*name));
    before.keys().chain(added).collect()
}

/// Whether a path is inside an `error`, which belongs to a refusal and not to the object.
pub fn is_in_error(path: &str) -> bool {
    path.split(['.', '[']).any(|name| name == "error")
}

/// Whether two values that are neither objects nor lists are the same: `14400.0` is `14400`, which is how JavaScript
/// writes it.
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            shortest(&one.to_string()) == shortest(&other.to_string())
        }
        (one, other) => one == other,
    }
}

/// A number without the zeros that do not change it. Numbers with an exponent stay as they are.
fn shortest(number: &str) -> &str {
    match number.contains('.') && !number.contains(['e', 'E']) {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

/// The items of a list by the names that identify them.
fn named(items: &[Value]) -> Map<String, Value> {
    item_names(items).into_iter().zip(items.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use serde_json::{Value, json};

    use super::{changes, differences, refusals};

    #[test]
    fn differences_have_paths() {
        let before = json!({
            "status": "Draft", "notes": null,
            "parameters": {"ordering": [
                {"id": "PAR-1", "externalId": "seats", "value": "forty"}, {"id": "PAR-2", "value": 1}
            ]}
        });
        let mut after = before.clone();
        after["parameters"]["ordering"].as_array_mut().unwrap().reverse();
        assert_eq!(differences(&before, &after), []);
        after["parameters"]["ordering"][1]["value"] = "40".into();
        after["parameters"]["ordering"][0]["constraints"] = json!({"hidden": true});
        after.as_object_mut().unwrap().shift_remove("notes");
        assert_eq!(
            serde_json::to_value(differences(&before, &after)).unwrap(),
            json!([
                {"path": "notes", "before": null, "after": null},
                {"path": "parameters.ordering[seats].value", "before": "forty", "after": "40"},
                {
                    "path": "parameters.ordering[PAR-2].constraints",
                    "before": null, "after": {"hidden": true}
                },
            ])
        );
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (one, other, expected) in [
            ("14400.0", "14400", true),
            ("0.10", "0.1", true),
            ("100", "1", false),
            ("9007199254740993", "9007199254740992", false),
            ("0.1", "0.10000001", false),
        ] {
            assert_eq!(super::is_same(&number(one), &number(other)), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_refusal_contains_its_error_only() {
        let answer = json!({
            "error": "no",
            "parameters": {"ordering": [{"externalId": "b", "error": {"message": "no"}}]}
        });
        let found = refusals(&answer);
        for (path, expected) in [
            ("error", [true, false]),
            ("error.id", [true, false]),
            ("errors", [false, false]),
            ("parameters.ordering[b].error.id", [false, true]),
            ("parameters.ordering[b].errors", [false, false]),
            ("parameters.ordering[b].value", [false, false]),
        ] {
            assert_eq!([0, 1].map(|at: usize| found[at].contains(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_change_has_a_sign() {
        let sent = json!({"a": 1, "b": null, "c": 2, "d": null});
        let answer = json!({"a": 3, "b": 4, "c": null, "e": null});
        let lines: Vec<_> =
            differences(&sent, &answer).iter().map(|change| change.line()).collect();
        assert_eq!(lines, ["~ a: 1 → 3", "+ b: 4", "- c: 2", "- d: null", "+ e: null"]);
        assert_eq!(changes(&json!(1), &json!([]))[0].line(), "~ the object: 1 → []");
    }

    #[test]
    fn items_with_the_same_name_are_compared_by_position() {
        let sent = json!([{"id": "a", "n": 1}, {"id": "a", "n": 2}]);
        let answer = json!([{"id": "a", "n": 1}, {"id": "a", "n": 3}]);
        assert_eq!(changes(&sent, &answer)[0].path, "[1].n");
    }

    #[test]
    fn an_answer_need_not_be_whole() {
        let sent = json!({
            "id": "ORD-1", "status": "Draft", "price": {"markup": 1},
            "lines": [{"id": "ALI-1", "quantity": 1, "price": {"unitPP": 1, "SPx1": 2}}, {"id": "ALI-2"}],
            "parameters": {"ordering": [
                {"id": "PAR-1", "externalId": "seats", "value": 1}, {"id": "PAR-2", "externalId": ""},
                {"id": "PAR-3", "externalId": ""},
            ]},
            "tags": ["a", "b"],
        });
        let lines = |answer: Value| {
            changes(&sent, &answer).iter().map(|change| change.line()).collect::<Vec<_>>()
        };
        assert_eq!(lines(json!({})), [""; 0]);
        assert_eq!(
            lines(
                json!({"error": null, "parameters": {"ordering": [{"id": "PAR-1", "error": null}]}})
            ),
            [""; 0]
        );
        assert_eq!(
            lines(json!({
                "lines": [{"id": "ALI-1", "price": {"unitPP": 26.5}}, {"item": {"id": "ITM-1"}, "quantity": 1}],
                "parameters": {"ordering": [
                    {"externalId": "seats", "value": 2}, {"id": "PAR-3", "value": "x"},
                ]},
                "tags": ["a"],
                "price": null,
            })),
            [
                "- price: {\"markup\":1}",
                "~ lines[ALI-1].price.unitPP: 1 → 26.5",
                "+ lines[2]: {\"item\":{\"id\":\"ITM-1\"},\"quantity\":1}",
                "~ parameters.ordering[seats].value: 1 → 2",
                "+ parameters.ordering[PAR-3].value: \"x\"",
                "- tags[1]: \"b\"",
            ]
        );
    }

    #[test]
    fn an_error_that_is_null_is_no_refusal() {
        let answer = json!({
            "error": null,
            "parameters": {"ordering": [
                {"externalId": "a", "error": null},
                {"externalId": "b", "error": {"id": "E1", "message": "no"}}
            ]}
        });
        assert_eq!(
            serde_json::to_value(refusals(&answer)).unwrap(),
            json!([{"path": "parameters.ordering[b]", "message": "no"}])
        );
        assert_eq!(refusals(&json!({"error": {"message": "all of it"}}))[0].path, "");
        assert_eq!(refusals(&json!({"error": "text"}))[0].message, "text");
        assert!(refusals(&json!([])).is_empty());
    }

    proptest! {
        #[test]
        fn any_answer_is_read_without_a_panic(text in "[\\[\\]{}\",:a1 ]{0,40}") {
            let sent = json!({"parameters": {"ordering": [{"id": "a"}]}});
            if let Ok(answer) = serde_json::from_str::<Value>(&text) {
                refusals(&answer);
                changes(&sent, &answer);
                assert!(changes(&answer, &answer).is_empty());
            }
        }
    }
}
