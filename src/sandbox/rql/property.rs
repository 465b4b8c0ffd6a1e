//! The properties of webhooks and other objects that filters and orders can use.

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
    Names(&'static str),
    /// A key of `criteria`, in any letter case.
    Criterion(String),
}

/// The document that names in a filter refer to: its properties, and its lists with the properties of their items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope(pub &'static [&'static str], pub &'static [(&'static str, Scope)]);

/// Webhooks. `criteria` is also a list of keys and values: inside `any` and `all`.
pub const WEBHOOK: Scope = Scope(
    &[
        "id", "object.id", "url", "href", "name", "description", "account.id", "account.name",
        "account.icon", "account.type", "account.status", "object.name", "object.icon", "type",
        "status", "objectType", "revision", "statistics.total", "statistics.successes",
        "statistics.failures", "statistics.failuresSinceLastSuccess", "audit.created.at",
        "audit.created.by.id", "audit.created.by.name", "audit.updated.at", "audit.updated.by.id",
        "audit.updated.by.name", "lastCall.headers", "lastCall.error", "lastCall.response",
        "lastCall.reasonPhrase", "lastCall.httpStatusCode", "lastCall.callTime",
        "lastCall.responseTime", "lastCall.success", "lastSuccess.headers", "lastSuccess.error",
        "lastSuccess.response", "lastSuccess.reasonPhrase", "lastSuccess.httpStatusCode",
        "lastSuccess.callTime", "lastSuccess.responseTime", "lastSuccess.success",
        "lastFailure.headers", "lastFailure.error", "lastFailure.response",
        "lastFailure.reasonPhrase", "lastFailure.httpStatusCode", "lastFailure.callTime",
        "lastFailure.responseTime", "lastFailure.success",
    ],
    &[(CRITERIA, Scope(&["key", "value"], &[]))],
);

const CRITERIA: &str = "criteria";

/// The type of a property by the last part of its name.
fn kind_of(name: &str) -> ValueKind {
    match name.rsplit('.').next().unwrap_or(name) {
        "status" | "type" | "objectType" => ValueKind::Enumeration,
        "at" | "callTime" | "responseTime" => ValueKind::Time,
        "quantity"
        | "oldQuantity"
        | "revision"
        | "total"
        | "successes"
        | "failures"
        | "failuresSinceLastSuccess" => ValueKind::Number,
        "success" => ValueKind::Flag,
        _ => ValueKind::Text,
    }
}

impl Scope {
    /// Finds a property by its path, in any letter case.
    pub fn find(self, path: &str) -> Option<Property> {
        if let Some(name) = self.0.iter().find(|name| name.eq_ignore_ascii_case(path)) {
            let member = name.split('.').next().unwrap_or(name);
            return Some(Property { path: Path::Names(name), kind: kind_of(name), member });
        }
        let (list, key) = path.split_once('.')?;
        self.list(list).filter(|(name, _)| *name == CRITERIA && !key.is_empty()).map(
            |(member, _)| Property {
                path: Path::Criterion(key.to_owned()),
                kind: ValueKind::Text,
                member,
            },
        )
    }

    /// A list that `any` and `all` can be used on, and the properties of its items.
    pub fn list(self, path: &str) -> Option<(&'static str, Self)> {
        self.1.iter().find(|(name, _)| name.eq_ignore_ascii_case(path)).copied()
    }

    /// Whether a name is that of an object or a list, which no value is compared with.
    pub fn is_above_properties(self, path: &str) -> bool {
        let is_above = |name: &str| {
            let start = name.get(..path.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(path))
                && name[path.len()..].starts_with('.')
        };
        let mut names = self.0.iter().chain(self.1.iter().map(|(name, _)| name));
        self.list(path).is_some() || names.any(|name| is_above(name))
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
        matches!(self.path, Path::Names(own) if own == names)
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

    use super::{ValueKind, WEBHOOK};

    #[test]
    fn names_are_found_in_any_case() {
        let find = |path| WEBHOOK.find(path);
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
        let (_, item) = WEBHOOK.list("Criteria").unwrap();
        assert!(item.find("KEY").is_some() && item.find("type").is_none());
    }
}
