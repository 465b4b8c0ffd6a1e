//! Compares what an endpoint did with what a case expects.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::Case;
use crate::callout::Verdict;
use crate::callout::change::{Change, Refusal, is_in_error, is_same, shown_path};
use crate::callout::path::{self, canonical, item_names};
use crate::text::duration;

/// What an endpoint made of a callout.
#[derive(Clone, Debug)]
pub struct CalloutResult {
    pub verdict: Verdict,
    pub status: Option<u16>,
    /// The object that was answered.
    pub answer: Option<Value>,
    /// Why the callout failed.
    pub error: Option<String>,
    pub refusals: Vec<Refusal>,
    pub changes: Vec<Change>,
    pub took: Duration,
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// What was compared: `verdict`, `message`, `changes` or `within`.
    pub what: &'static str,
    pub expected: Vec<String>,
    pub actual: Vec<String>,
}

/// The expectations of a case that were not met. `payload` is the object that was sent.
pub fn mismatches(case: &Case, payload: &Value, result: &CalloutResult) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    if result.verdict != case.expect {
        mismatches.push(Mismatch {
            what: "verdict",
            expected: vec![case.expect.name().to_owned()],
            actual: vec![described(result)],
        });
        return mismatches;
    }
    if let Some(pattern) = &case.message {
        let messages: Vec<_> = result.refusals.iter().map(|one| one.message.clone()).collect();
        if !messages.iter().any(|message| matches(pattern, message)) {
            mismatches.push(Mismatch {
                what: "message",
                expected: vec![pattern.clone()],
                actual: messages,
            });
        }
    }
    if let Some(expected) = &case.changes {
        mismatches.extend(changes_mismatch(expected, payload, &result.changes));
    }
    // The time of a failure is that of a timeout, or has the pauses between attempts.
    if result.took > case.within && result.verdict != Verdict::Failure {
        mismatches.push(Mismatch {
            what: "within",
            expected: vec![format!("at most {}", duration::shown(case.within))],
            actual: vec![duration::shown(result.took)],
        });
    }
    mismatches
}

/// `failure: the endpoint answered 500`
fn described(result: &CalloutResult) -> String {
    let messages = result.refusals.iter().map(|one| one.message.clone());
    let details: Vec<_> = messages.chain(result.error.clone()).collect();
    match details.is_empty() {
        true => result.verdict.name().to_owned(),
        false => format!("{}: {}", result.verdict.name(), details.join("; ")),
    }
}

/// Whether a text matches a pattern, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<_> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

fn changes_mismatch(
    expected: &[(String, Value)],
    payload: &Value,
    changes: &[Change],
) -> Option<Mismatch> {
    let mut named = Vec::new();
    for (path, value) in expected {
        leaves(path, value, &mut named);
    }
    let expected: Vec<_> =
        named.into_iter().map(|(path, value)| (canonical(payload, &path), value)).collect();
    let mut actual = Vec::new();
    for change in changes {
        let after = change.after.as_ref().unwrap_or(&Value::Null);
        leaves(&change.path, after, &mut actual);
    }
    let is_named = |found: &(String, Value)| {
        expected.iter().any(|one| one.0 == found.0 || is_any(&one.1) && meets(found, one))
    };
    // The members of a refusal are not changes of the object, unless the case names them.
    actual.retain(|found| is_named(found) || !is_in_error(&found.0));
    let line = |(path, value): &(String, Value)| match is_any(value) {
        true => format!("{}: any value", shown_path(path)),
        false => format!("{}: {value}", shown_path(path)),
    };
    let is_missing = |one: &&_| !actual.iter().any(|found| meets(found, one));
    let missing: Vec<_> = expected.iter().filter(is_missing).collect();
    let is_surplus = |found: &&_| !expected.iter().any(|one| meets(found, one));
    let surplus: Vec<_> = actual.iter().filter(is_surplus).collect();
    (!missing.is_empty() || !surplus.is_empty()).then(|| Mismatch {
        what: "changes",
        expected: lines_or(missing.into_iter().map(line), "no other change"),
        actual: lines_or(surplus.into_iter().map(line), "no such change"),
    })
}

/// The lines, or this one if there are none.
fn lines_or(lines: impl Iterator<Item = String>, none: &str) -> Vec<String> {
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() { vec![none.to_owned()] } else { lines }
}

/// Whether a changed value is an expected one, or inside of one that may be any.
fn meets(found: &(String, Value), (path, value): &(String, Value)) -> bool {
    match is_any(value) {
        true => found
            .0
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])),
        false => found.0 == *path && is_same(&found.1, value),
    }
}

/// `{ any = true }`, which stands for any value.
fn is_any(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|members| members.len() == 1 && members.get("any") == Some(&Value::Bool(true)))
}

/// The values inside a changed value, each with its path.
fn leaves(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        any if is_any(any) => found.push((path.to_owned(), any.clone())),
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                leaves(&path::member(path, name), member, found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (name, item) in item_names(items).into_iter().zip(items) {
                leaves(&path::item(path, &name), item, found);
            }
        }
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use serde_json::json;

    use super::{changes_mismatch, matches};
    use crate::callout::change::changes;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, expected) in [
            ("At most 100 seats*", "At most 100 seats.", true),
            ("At most 100 seats*", "at most", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*a", "a", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn exactly_the_named_values_may_change() {
        let sent = json!({"notes": "a", "lines": [{"id": "ALI-1", "quantity": 1}]});
        let mut answer = sent.clone();
        answer["lines"][0]["quantity"] = 2.into();
        answer["error"] = json!({"id": "E1", "message": "no"});
        let all = changes(&sent, &answer);
        let check = |expected: &[(&str, serde_json::Value)]| {
            let pair =
                |(path, value): &(&str, _)| (path.to_string(), serde_json::Value::clone(value));
            let expected: Vec<_> = expected.iter().map(pair).collect();
            changes_mismatch(&expected, &sent, &all)
        };
        assert_eq!(check(&[("lines.0.quantity", json!(2))]), None);
        assert_eq!(check(&[("lines.ALI-1.quantity", json!(2)), ("error.id", json!("E1"))]), None);
        assert_eq!(check(&[("lines", json!([{"quantity": 2}]))]), None);
        let any = || json!({"any": true});
        assert_eq!(check(&[("lines.0.quantity", any())]), None);
        assert_eq!(check(&[("lines", any())]), None);
        assert_eq!(check(&[("lines", any()), ("error", any())]), None);
        let mismatch = check(&[("lines", any()), ("not", any())]).unwrap();
        assert_eq!(
            (mismatch.expected, mismatch.actual),
            (vec!["not: any value".to_owned()], vec!["no such change".to_owned()])
        );
        let mismatch = check(&[("lines.0.quantity", json!(3)), ("notes", json!("b"))]).unwrap();
        assert_eq!(mismatch.expected, ["lines[ALI-1].quantity: 3", "notes: \"b\""]);
        assert_eq!(mismatch.actual, ["lines[ALI-1].quantity: 2"]);
    }

    proptest! {
        #[test]
        fn any_pattern_is_read(text in "[ab*é]{0,12}", other in "[ab]{0,9}") {
            matches(&text, &other);
            assert!(!text.contains('*') || matches(&text, &text.replace('*', "")) );
        }
    }
}
