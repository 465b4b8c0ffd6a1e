//! `select`: which members a response contains (docs/platform-api.md, "Selecting members").

use serde_json::{Map, Value, json};

use super::rql::{self, Node, Scope, parse};
use crate::model::webhook::OMITTED_BY_DEFAULT;

/// The items of a `select` list, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    items: Vec<Item>,
    shape: &'static Shape,
    /// The members that the filter and the order look at, which come along.
    needed: Vec<&'static str>,
}

/// The documents of an endpoint.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// The members, in the order of responses.
    pub members: &'static [&'static str],
    /// The members that a response only contains if they are selected.
    pub omitted: &'static [&'static str],
    /// The properties that filters and orders can use.
    pub scope: Scope,
}

pub const WEBHOOK: Shape =
    Shape { members: &MEMBERS, omitted: &OMITTED_BY_DEFAULT, scope: rql::WEBHOOK };

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    include: bool,
    /// The path in lower case; `*` selects every member.
    path: Vec<String>,
}

/// The members of a webhook, in the order of responses.
const MEMBERS: [&str; 18] = [
    "id", "href", "name", "revision", "audit", "url", "description", "status", "type", "secret",
    "statistics", "objectType", "account", "object", "criteria", "lastSuccess", "lastFailure",
    "lastCall",
];

/// Adds the paths that a node selects: a name with a sign, or one with those below it in parentheses.
fn add(node: &Node, include: bool, above: &[String], items: &mut Vec<Item>) {
    let (text, below) = match node {
        Node::Word { text, .. } => (text.as_str(), None),
        Node::Group { name, items: nodes, .. } if name.is_empty() => {
            return nodes.iter().for_each(|node| add(node, include, above, items));
        }
        Node::Group { name, items, .. } => (name.as_str(), Some(items)),
        Node::Pair(name, _) => return add(name, include, above, items),
    };
    let text = text.strip_prefix([' ', '+']).unwrap_or(text);
    let (include, name) = match text.strip_prefix('-') {
        Some(name) => (false, name),
        None => (include, text),
    };
    // `audit.*` is all of `audit`.
    let name = name.strip_suffix(".*").unwrap_or(name);
    if name.is_empty() {
        return;
    }
    let mut path = above.to_vec();
    path.extend(name.split('.').filter(|name| !name.is_empty()).map(str::to_lowercase));
    let is_removing =
        |node: &Node| matches!(node, Node::Word { text, .. } if text.starts_with('-'));
    match below {
        // All of it but for some.
        Some(below) if below.iter().all(is_removing) => {
            items.push(Item { include, path: path.clone() });
            below.iter().for_each(|node| add(node, include, &path, items));
        }
        Some(below) => below.iter().for_each(|node| add(node, include, &path, items)),
        None => items.push(Item { include, path }),
    }
}

impl Select {
    /// Parses a decoded list. A `+` may have been decoded to a space; what cannot be read and unknown names are ignored.
    pub fn parse(text: &str, shape: &'static Shape) -> Self {
        let mut items = Vec::new();
        if let Ok(Node::Group { items: nodes, .. }) = parse(text) {
            nodes.iter().for_each(|node| add(node, true, &[], &mut items));
        }
        Self { items, shape, needed: Vec::new() }
    }

    /// Members that are included whatever was selected.
    pub fn needs(&mut self, members: Vec<&'static str>) {
        self.needed = members;
    }

    /// The same with all members that it does not remove, as single objects come.
    #[must_use]
    pub fn with_all(mut self) -> Self {
        let is_none = |item: &Item| !item.include && item.path == ["*"];
        if !self.items.iter().any(is_none) {
            self.items.push(Item { include: true, path: vec!["*".to_owned()] });
        }
        self
    }

    /// Whether a top-level member is included, wholly or in part. What is named stays, in any order.
    pub fn includes(&self, member: &str) -> bool {
        let member = member.to_lowercase();
        let is_named = |item: &&Item| item.path[0] == member;
        let named: Vec<_> = self.items.iter().filter(is_named).collect();
        let has_all =
            |include| self.items.iter().any(|item| item.include == include && item.path == ["*"]);
        if named.iter().any(|item| item.include)
            || self.needed.iter().any(|name| name.to_lowercase() == member)
        {
            return true;
        }
        let is_removed = named.iter().any(|item| item.path.len() == 1) || has_all(false);
        let is_omitted = self.shape.omitted.iter().any(|name| name.to_lowercase() == member);
        !is_removed && (!is_omitted || has_all(true))
    }

    /// The document with only the selected members, and the names of the omitted ones.
    pub fn project(&self, document: &Value) -> (Map<String, Value>, Vec<String>) {
        let mut kept = Map::new();
        let mut omitted = Vec::new();
        for member in self.shape.members.iter().copied() {
            if !self.includes(member) {
                omitted.push(member.to_owned());
                continue;
            }
            let Some(value) = document.get(member) else {
                continue;
            };
            let mut value = value.clone();
            self.narrow(member, &mut value);
            for path in self.exclusions_within(member) {
                if remove(&mut value, path) {
                    omitted.push(format!("{member}.{}", path.join(".")));
                }
            }
            if !is_empty(&value) {
                kept.insert(member.to_owned(), value);
            }
        }
        (kept, omitted)
    }

    /// A path such as `audit.created.at` selects only that part of an omitted member.
    fn narrow(&self, member: &str, value: &mut Value) {
        let member_lower = member.to_lowercase();
        let named = |path: &[String]| path.first() == Some(&member_lower);
        let whole = self.items.iter().any(|item| {
            item.include && (item.path == ["*"] || (item.path.len() == 1 && named(&item.path)))
        });
        let has_none = self.items.iter().any(|item| !item.include && item.path == ["*"]);
        if whole || !has_none && !self.shape.omitted.contains(&member) {
            return;
        }
        let paths: Vec<&[String]> = self
            .items
            .iter()
            .filter(|item| item.include && item.path.len() > 1 && named(&item.path))
            .map(|item| &item.path[1..])
            .collect();
        let picked = pick(value, &paths);
        // A part that is not there selects the whole.
        if !is_empty(&picked) {
            *value = picked;
        }
    }

    fn exclusions_within(&self, member: &str) -> impl Iterator<Item = &[String]> {
        let member = member.to_lowercase();
        self.items
            .iter()
            .filter(move |item| !item.include && item.path.len() > 1 && item.path[0] == member)
            .map(|item| &item.path[1..])
    }

    /// A webhook as it is returned, with `$meta.omitted`.
    pub fn answer(&self, document: &Value) -> Value {
        let (mut members, omitted) = self.project(document);
        if !omitted.is_empty() {
            members.insert("$meta".to_owned(), json!({ "omitted": omitted }));
        }
        Value::Object(members)
    }

    /// The names of members that a list omits.
    pub fn omitted(&self) -> Vec<&'static str> {
        let members = self.shape.members.iter().copied();
        members.filter(|member| !self.includes(member)).collect()
    }
}

fn find_key(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.keys().find(|key| key.to_lowercase() == name).cloned()
}

fn pick(value: &Value, paths: &[&[String]]) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let mut picked = Map::new();
    for (key, member) in members {
        let lower = key.to_lowercase();
        let below: Vec<&[String]> = paths
            .iter()
            .filter(|path| path.first() == Some(&lower))
            .map(|path| &path[1..])
            .collect();
        if below.is_empty() {
            continue;
        }
        let whole = below.iter().any(|path| path.is_empty());
        let value = if whole { member.clone() } else { pick(member, &below) };
        picked.insert(key.clone(), value);
    }
    Value::Object(picked)
}

fn remove(value: &mut Value, path: &[String]) -> bool {
    let (Value::Object(members), Some((first, rest))) = (value, path.split_first()) else {
        return false;
    };
    let Some(key) = find_key(members, first) else {
        return false;
    };
    if rest.is_empty() {
        return members.shift_remove(&key).is_some();
    }
    members.get_mut(&key).is_some_and(|member| remove(member, rest))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Select, WEBHOOK};

    fn webhook() -> Value {
        json!({
            "id": "WBH-1", "url": "u", "secret": "s", "description": null,
            "audit": {"created": {"at": "t", "by": {"id": "U"}}, "updated": {"at": "v"}},
            "account": {"id": "ACC-1", "icon": "i"}
        })
    }

    fn answer(select: &str) -> String {
        let mut answer = Select::parse(select, &WEBHOOK).answer(&webhook());
        answer.as_object_mut().unwrap().shift_remove("$meta");
        answer.to_string()
    }

    #[test]
    fn nothing_selected_leaves_out_the_default() {
        assert_eq!(answer(""), r#"{"id":"WBH-1","url":"u","account":{"id":"ACC-1","icon":"i"}}"#);
        let omitted = Select::parse("", &WEBHOOK).answer(&webhook())["$meta"]["omitted"].clone();
        assert_eq!(
            omitted,
            json!(["audit", "secret", "statistics", "lastSuccess", "lastFailure", "lastCall"])
        );
    }

    #[test]
    fn plus_space_and_nothing_all_include() {
        for select in ["secret,-account,-url", "+secret,-account,-url", " secret,-account,-url"] {
            assert_eq!(answer(select), r#"{"id":"WBH-1","secret":"s"}"#);
        }
    }

    #[test]
    fn dots_reach_inside_and_stars_are_all() {
        assert_eq!(answer("-*,audit.created.at"), r#"{"audit":{"created":{"at":"t"}}}"#);
        assert_eq!(answer("-*,audit.updated.*"), r#"{"audit":{"updated":{"at":"v"}}}"#);
        assert_eq!(answer("-*,secret.*"), r#"{"secret":"s"}"#);
        assert_eq!(answer("-*,id,nonsense"), r#"{"id":"WBH-1"}"#);
        assert_eq!(answer("-account.icon,-URL"), r#"{"id":"WBH-1","account":{"id":"ACC-1"}}"#);
        assert!(Select::parse("*", &WEBHOOK).answer(&webhook()).get("$meta").is_none());
        let omitted =
            Select::parse("*,-account.icon", &WEBHOOK).answer(&webhook())["$meta"].clone();
        assert_eq!(omitted, json!({"omitted": ["account.icon"]}));
    }
}
