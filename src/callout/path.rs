//! Reads and sets a value of a payload by its path, as in `--set product.id=PRD-1111-1111`.

use serde_json::{Map, Value};

use super::change::name_of;

/// The value at a path: names separated by dots.
pub fn at<'v>(payload: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(payload, |value, name| value.get(name))
}

/// Sets the value at a path: names separated by dots. An item of a list is named by its
/// external ID, its ID or its position. Missing members are created.
///
/// # Errors
/// The path leads through a value that is neither an object nor a list, or to no item of a list.
pub fn set(payload: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut place = payload;
    for name in path.split('.') {
        if name.is_empty() {
            return Err(format!("`{path}` contains an empty name"));
        }
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(members) => members.entry(name).or_insert(Value::Null),
            Value::Array(items) => {
                let found = (0..items.len())
                    .find(|at| name_of(&items[*at], *at) == name || at.to_string() == name);
                match found {
                    Some(at) => &mut items[at],
                    None => return Err(format!("`{path}`: the list has no item `{name}`")),
                }
            }
            _ => return Err(format!("`{path}`: the parent of `{name}` is not an object")),
        };
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::set;

    #[test]
    fn values_are_set_by_name_and_by_position() {
        let mut payload =
            json!({"product": {"id": "a"}, "list": [{"externalId": "seats"}, {}], "n": 1});
        for (path, value) in [
            ("product.id", json!("b")),
            ("list.seats.value", json!(40)),
            ("list.1.value", json!(null)),
            ("new.deep", json!([true])),
        ] {
            set(&mut payload, path, value).unwrap();
        }
        assert_eq!(
            payload,
            json!({
                "product": {"id": "b"},
                "list": [{"externalId": "seats", "value": 40}, {"value": null}],
                "n": 1, "new": {"deep": [true]}
            })
        );
        for wrong in ["", "a..b", "n.x", "list.none", "list.7.x"] {
            assert!(set(&mut payload, wrong, json!(1)).is_err(), "{wrong}");
        }
    }
}
