//! The properties of webhooks and other objects that filters and orders can use.

use std::borrow::Cow;

use serde_json::Value;

use super::Error;

/// The type of a property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    Text,
    /// Text that is the same in any letter case.
    Enumeration,
    Number,
    Flag,
    /// Text in the sandbox's one form of a timestamp.
    Time,
}

impl ValueKind {
    /// Whether values of both types can be compared.
    pub fn is_comparable_with(self, other: Self) -> bool {
        let is_text = |kind| matches!(kind, Self::Text | Self::Enumeration);
        self == other || is_text(self) && is_text(other)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The path in the document.
    path: Path,
    pub kind: ValueKind,
    /// The top-level member that contains the property; some must be selected.
    pub member: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Path {
    /// Names separated by dots.
    Names(Cow<'static, str>),
    /// A key of `criteria`, in any letter case.
    Criterion(String),
}

const TEXT: &[&str] = &[
    "id", "object.id", "url", "href", "name", "description", "account.id", "account.name",
    "account.icon", "object.name", "object.icon", "audit.created.by.id", "audit.created.by.name",
    "audit.updated.by.id", "audit.updated.by.name",
];
const ENUMERATIONS: &[&str] = &["type", "status", "objectType", "account.type", "account.status"];
const NUMBERS: &[&str] = &[
    "revision", "statistics.total", "statistics.successes", "statistics.failures",
    "statistics.failuresSinceLastSuccess",
];
const TIMES: &[&str] = &["audit.created.at", "audit.updated.at"];
const CALLS: &[&str] = &["lastCall", "lastSuccess", "lastFailure"];
const CALL_TEXT: &[&str] = &["headers", "error", "response", "reasonPhrase", "httpStatusCode"];
const CALL_TIMES: &[&str] = &["callTime", "responseTime"];
const ITEM: &[&str] = &["key", "value"];

/// The document that names in a filter refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Webhook,
    /// An item of `criteria` as key and value: inside `any` and `all`.
    Item,
    /// Another object, with these properties, and these lists with the properties of their items.
    Object(&'static [&'static str], &'static [(&'static str, Scope)]),
}

impl Scope {
    /// Finds a property by its path, in any letter case.
    pub fn find(self, path: &str) -> Option<Property> {
        match self {
            Self::Webhook => find(path),
            Self::Object(names, _) => find_among(names, path).map(|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                named(
                    name,
                    match last {
                        "status" | "type" | "objectType" => ValueKind::Enumeration,
                        "at" => ValueKind::Time,
                        "quantity" | "oldQuantity" => ValueKind::Number,
                        _ => ValueKind::Text,
                    },
                )
            }),
            Self::Item => find_among(ITEM, path)
                .map(|name| Property { member: "criteria", ..named(name, ValueKind::Text) }),
        }
    }

    /// A list that `any` and `all` can be used on, and the properties of its items.
    pub fn list(self, path: &str) -> Option<(&'static str, Self)> {
        match self {
            Self::Webhook => {
                path.eq_ignore_ascii_case("criteria").then_some(("criteria", Self::Item))
            }
            Self::Object(_, lists) => {
                lists.iter().find(|(name, _)| name.eq_ignore_ascii_case(path)).copied()
            }
            Self::Item => None,
        }
    }

    /// Whether a name is that of an object or a list, which no value is compared with.
    pub fn is_above_properties(self, path: &str) -> bool {
        let is_above = |name: &str| {
            let start = name.get(..path.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(path))
                && name[path.len()..].starts_with('.')
        };
        self.list(path).is_some()
            || match self {
                Self::Webhook => {
                    let all = [TEXT, ENUMERATIONS, NUMBERS, TIMES].concat();
                    find_among(CALLS, path).is_some() || all.into_iter().any(is_above)
                }
                Self::Object(names, lists) => {
                    names.iter().copied().any(is_above)
                        || lists.iter().any(|(name, _)| is_above(name))
                }
                Self::Item => false,
            }
    }
}

fn find(path: &str) -> Option<Property> {
    let lists = [
        (TEXT, ValueKind::Text),
        (ENUMERATIONS, ValueKind::Enumeration),
        (NUMBERS, ValueKind::Number),
        (TIMES, ValueKind::Time),
    ];
    for (names, kind) in lists {
        if let Some(name) = find_among(names, path) {
            return Some(named(name, kind));
        }
    }
    let (first, rest) = path.split_once('.')?;
    if first.eq_ignore_ascii_case("criteria") {
        return (!rest.is_empty()).then(|| Property {
            path: Path::Criterion(rest.to_owned()),
            kind: ValueKind::Text,
            member: "criteria",
        });
    }
    let call = find_among(CALLS, first)?;
    let lists = [
        (CALL_TEXT, ValueKind::Text),
        (CALL_TIMES, ValueKind::Time),
        (&["success"], ValueKind::Flag),
    ];
    lists.into_iter().find_map(|(names, kind)| {
        let name = find_among(names, rest)?;
        Some(Property { path: Path::Names(format!("{call}.{name}").into()), kind, member: call })
    })
}

fn find_among(names: &[&'static str], wanted: &str) -> Option<&'static str> {
    let mut names = names.iter().copied();
    names.find(|name| name.eq_ignore_ascii_case(wanted))
}

fn named(name: &'static str, kind: ValueKind) -> Property {
    Property {
        path: Path::Names(name.into()),
        kind,
        member: name.split('.').next().unwrap_or(name),
    }
}

impl Property {
    /// The value in a document; `None` if it is missing or null.
    pub fn value<'d>(&self, document: &'d Value) -> Option<&'d Value> {
        let found = match &self.path {
            Path::Names(names) => {
                names.split('.').try_fold(document, |value, name| value.get(name))
            }
            Path::Criterion(wanted) => {
                let mut criteria = document.get("criteria")?.as_object()?.iter();
                let found = criteria.find(|(key, _)| key.eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value)
            }
        };
        found.filter(|value| !value.is_null())
    }

    /// Whether this is the property with these names.
    pub fn is_at(&self, names: &str) -> bool {
        matches!(&self.path, Path::Names(own) if own == names)
    }

    /// Parses a value that the property can be compared with.
    ///
    /// # Errors
    /// The text is not of the property's type.
    pub fn read(&self, text: &str, path: &str) -> Result<Value, Error> {
        use crate::model::timestamp;
        let wrong = |what: &str| Error::new(path, format!("'{text}' is not {what}."));
        match self.kind {
            ValueKind::Text | ValueKind::Enumeration => Ok(text.into()),
            // All of them are whole.
            ValueKind::Number => match text.trim().parse::<i32>() {
                Ok(whole) => Ok(whole.into()),
                Err(_) => Err(wrong("a whole number")),
            },
            ValueKind::Flag => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                _ => Err(wrong("true or false")),
            },
            ValueKind::Time => {
                let text = text.trim();
                let date_only = format!("{text}T00:00:00Z");
                let at = timestamp::parse(text).or_else(|| timestamp::parse(&date_only));
                let at = at.ok_or_else(|| wrong("a date"))?;
                Ok(timestamp::format(at).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Scope, ValueKind};

    #[test]
    fn names_are_found_in_any_case() {
        let find = |path| Scope::Webhook.find(path);
        let document = json!({
            "object": {"id": "PRD-1"}, "lastCall": {"success": true},
            "criteria": {"Product.id": "PRD-1"}
        });
        for (path, kind, value) in [
            ("OBJECT.ID", ValueKind::Text, json!("PRD-1")),
            ("lastcall.SUCCESS", ValueKind::Flag, json!(true)),
            ("criteria.product.ID", ValueKind::Text, json!("PRD-1")),
        ] {
            let property = find(path).unwrap();
            assert_eq!(property.kind, kind, "{path}");
            assert_eq!(property.value(&document), Some(&value), "{path}");
        }
        for unknown in ["", " type", "secret", "audit", "criteria.", "lastCall.nope", "key"] {
            assert_eq!(find(unknown), None, "{unknown}");
        }
        assert!(Scope::Item.find("KEY").is_some() && Scope::Item.find("type").is_none());
    }
}
