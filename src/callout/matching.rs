//! Whether an event's object matches a webhook's criteria (docs/platform-api.md, "Criteria").

use serde_json::Value;

use super::path;
use crate::model::Criteria;
use crate::text::json;

/// The first criterion that the payload does not match, as `key is value, not expected`; `None` if
/// it matches all.
pub fn mismatch(criteria: &Criteria, payload: &Value) -> Option<String> {
    criteria.iter().find_map(|(key, expected)| {
        let found = path::at(payload, key).map(json::plain);
        let is_met = found.as_ref().is_some_and(|found| {
            // Only `status` may carry several values.
            if key == "status" {
                statuses(expected).any(|one| one == found)
            } else {
                expected == found
            }
        });
        match found {
            _ if is_met => None,
            Some(found) => Some(format!("{key} is {found}, not {expected}")),
            None => Some(format!("{key} is missing; it must be {expected}")),
        }
    })
}

/// The values of `in(status,(Draft,Quoted))`, or the one plain value.
fn statuses(expected: &str) -> impl Iterator<Item = &str> {
    let list = expected.strip_prefix("in(status,").and_then(|list| list.strip_suffix(')'));
    let list = list.map(|list| list.trim_start_matches('(').trim_end_matches(')'));
    let plain = if list.is_none() { Some(expected) } else { None };
    list.into_iter()
        .flat_map(|list| list.split(','))
        .map(|value| value.trim().trim_matches(['\'', '"']))
        .chain(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::mismatch;
    use crate::model::Criteria;

    fn meets(criteria: &[(&str, &str)]) -> bool {
        let payload =
            json!({"product": {"id": "PRD-1"}, "status": "Draft", "count": 3, "open": true});
        let criteria: Criteria =
            criteria.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        mismatch(&criteria, &payload).is_none()
    }

    #[test]
    fn every_criterion_must_be_met_by_its_path() {
        assert!(meets(&[]));
        assert!(meets(&[("product.id", "PRD-1"), ("count", "3"), ("open", "true")]));
        assert!(!meets(&[("product.id", "PRD-1"), ("count", "4")]));
        assert!(!meets(&[("product.name", "x")]) && !meets(&[("product.id.x", "x")]));
    }

    #[test]
    fn only_status_may_have_several_values() {
        assert!(meets(&[("status", "in(status,(Draft,Quoted))")]));
        assert!(meets(&[("status", "in(status,('Quoted', 'Draft'))")]));
        assert!(!meets(&[("status", "in(status,(Quoted))")]));
        assert!(!meets(&[("count", "in(count,(3))")]));
    }
}
