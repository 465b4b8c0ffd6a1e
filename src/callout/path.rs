//! Reads and sets a value of a payload by its path, as in `--set product.id=PRD-1111-1111`.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value};

/// The value at a path: names separated by dots, without lists, as criteria have it.
pub fn at<'v>(payload: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(payload, |value, name| value.get(name))
}

/// The value at a path that `set` and `canonical` understand.
pub fn find<'v>(payload: &'v Value, path: &str) -> Option<&'v Value> {
    names(path).iter().try_fold(payload, |place, name| match place {
        Value::Array(items) => position(items, name).map(|at| &items[at]),
        other => other.get(&**name),
    })
}

/// The path of a member: with a dot, or in quotes if the name is no plain one.
pub fn member(path: &str, name: &str) -> String {
    if name.is_empty() || name.contains(['.', '[', ']']) {
        return format!("{path}[{}]", Value::from(name));
    }
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The path of an item of a list: in brackets, and in quotes if its name has brackets itself.
pub fn item(path: &str, name: &str) -> String {
    match name.contains(['[', ']', '"']) {
        true => format!("{path}[{}]", Value::from(name)),
        false => format!("{path}[{name}]"),
    }
}

/// Sets the value at a path: names separated by dots. An item of a list is named by its
/// external ID, its ID or its position, with or without brackets: `lines[ALI-1].quantity`,
/// `lines.0.quantity`. A name in brackets may be a JSON string: `ordering["a[b]"]`. Missing members are created.
///
/// # Errors
/// The path leads through a value that is neither an object nor a list, or to no item of a list.
pub fn set(payload: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut place = payload;
    for name in names(path) {
        let is_plain = matches!(name, Cow::Borrowed(_));
        if name.is_empty() && is_plain {
            return Err(format!("`{path}` contains an empty name"));
        }
        if name.contains(['[', ']']) && is_plain {
            return Err(format!("`{path}`: write an item of a list as `lines[ID]` or `lines.0`"));
        }
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(members) => members.entry(name).or_insert(Value::Null),
            Value::Array(items) => match position(items, &name) {
                Some(at) => &mut items[at],
                None => return Err(format!("`{path}`: the list has no item `{name}`")),
            },
            _ => return Err(format!("`{path}`: the parent of `{name}` is not an object")),
        };
    }
    *place = value;
    Ok(())
}

/// The form in which changes are reported: `lines[ALI-1].quantity` for `lines.0.quantity`.
pub fn canonical(payload: &Value, path: &str) -> String {
    let mut place = Some(payload);
    let mut canonical = String::new();
    for name in names(path) {
        if let Some(Value::Array(items)) = place {
            let at = position(items, &name);
            let known = at.and_then(|at| item_names(items).into_iter().nth(at));
            canonical = item(&canonical, known.as_deref().unwrap_or(&name));
            place = at.map(|at| &items[at]);
        } else {
            canonical = member(&canonical, &name);
            place = place.and_then(|value| value.get(&*name));
        }
    }
    canonical
}

/// The names of a path. A name in brackets may contain dots, and one in quotes anything.
fn names(path: &str) -> Vec<Cow<'_, str>> {
    let mut names = Vec::new();
    let mut rest = path;
    loop {
        if let Some((name, after)) = quoted(rest) {
            names.push(Cow::Owned(name));
            match after.strip_prefix('.').unwrap_or(after) {
                "" => return names,
                next => rest = next,
            }
            continue;
        }
        let bracketed = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'));
        let (name, after) = bracketed.unwrap_or_else(|| {
            let end = rest.find(['.', '[']).filter(|end| *end > 0 || rest.starts_with('.'));
            rest.split_at(end.unwrap_or(rest.len()))
        });
        names.push(name.into());
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return names,
            None => rest = after,
        }
    }
}

/// A JSON string in brackets, and what follows it.
fn quoted(path: &str) -> Option<(String, &str)> {
    let inside = path.strip_prefix('[').filter(|inside| inside.starts_with('"'))?;
    let mut read = serde_json::Deserializer::from_str(inside).into_iter();
    let name: String = read.next()?.ok()?;
    Some((name, inside[read.byte_offset()..].strip_prefix(']')?))
}

fn position(items: &[Value], name: &str) -> Option<usize> {
    let by_name = item_names(items).iter().position(|known| known == name);
    by_name.or_else(|| name.parse().ok().filter(|at| *at < items.len()))
}

/// The names of a list's items: the external ID of a parameter, the ID of anything else that has one, else the
/// position. If two items have the same name, all have their IDs, or their positions.
pub fn item_names(items: &[Value]) -> Vec<String> {
    let positions = || (0..items.len()).map(|position| position.to_string());
    let by_id: [fn(&Value) -> Option<&str>; 2] = [item_id, |item| text_of(item, "id")];
    for id in by_id {
        let named = items.iter().zip(positions());
        let named = named.map(|(item, position)| id(item).map_or(position, str::to_owned));
        let names: Vec<_> = named.collect();
        if names.iter().collect::<HashSet<_>>().len() == items.len() {
            return names;
        }
    }
    positions().collect()
}

/// The external ID of a parameter, or the ID of anything else.
pub(super) fn item_id(item: &Value) -> Option<&str> {
    text_of(item, "externalId").or_else(|| text_of(item, "id"))
}

/// A text that is not empty.
pub(super) fn text_of<'v>(item: &'v Value, name: &str) -> Option<&'v str> {
    item.get(name)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use serde_json::json;

    use super::{canonical, find, names, set};

    #[test]
    fn names_are_separated_by_dots_and_brackets() {
        for (path, expected) in [
            ("a.b", vec!["a", "b"]),
            ("lines[ALI-1].quantity", vec!["lines", "ALI-1", "quantity"]),
            ("list[a.b]", vec!["list", "a.b"]),
            ("[0][1]", vec!["0", "1"]),
            ("a..b", vec!["a", "", "b"]),
            ("a[", vec!["a", "["]),
            (r#"a["b[\"]"].c["d"]"#, vec!["a", "b[\"]", "c", "d"]),
            (r#"["a.b"]"#, vec!["a.b"]),
            ("", vec![""]),
        ] {
            assert_eq!(names(path), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_read(path in "[a.0\"\\[\\]]{0,12}") {
            let mut payload = json!({"a": [{"a": 1}], "0": 1});
            canonical(&payload, &path);
            set(&mut payload, &path, json!(1)).ok();
        }
    }

    #[test]
    fn values_are_set_by_name_and_by_position() {
        let mut payload =
            json!({"product": {"id": "a"}, "list": [{"externalId": "seats"}, {}], "n": 1});
        for (path, value) in [
            ("product.id", json!("b")),
            ("list.seats.value", json!(40)),
            ("list[1].value", json!(null)),
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
        assert_eq!(find(&payload, "list[seats].value"), Some(&json!(40)));
        assert_eq!(find(&payload, "list[none].value"), None);
        for wrong in ["list].value", "list[1.value", "", "a..b", "n.x", "list.none", "list.7.x"] {
            assert!(set(&mut payload, wrong, json!(1)).is_err(), "{wrong}");
        }
    }
}
