//! The properties that a webhook can be filtered and ordered by, in SQL.

/// How the values of a property compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Flag,
    /// Text in the sandbox's one form of a timestamp.
    Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// An SQL expression over the table `webhooks`, or over the items of a list.
    pub sql: String,
    pub kind: Kind,
    /// The top-level member that it lies in, which the answer may have to include.
    pub member: &'static str,
}

/// The properties that have columns of their own.
const COLUMNS: [(&str, &str); 5] = [
    ("id", "id"),
    ("type", "type"),
    ("object.id", "object_id"),
    ("status", "status"),
    ("url", "url"),
];

const TEXT: &[&str] = &[
    "href",
    "name",
    "description",
    "objectType",
    "account.id",
    "account.name",
    "account.icon",
    "account.type",
    "account.status",
    "object.name",
    "object.icon",
    "audit.created.by.id",
    "audit.created.by.name",
    "audit.updated.by.id",
    "audit.updated.by.name",
];
const NUMBERS: &[&str] = &[
    "revision",
    "statistics.total",
    "statistics.successes",
    "statistics.failures",
    "statistics.failuresSinceLastSuccess",
];
const TIMES: &[&str] = &["audit.created.at", "audit.updated.at"];
const CALLS: &[&str] = &["lastCall", "lastSuccess", "lastFailure"];
const CALL_TEXT: &[&str] = &[
    "headers",
    "error",
    "response",
    "reasonPhrase",
    "httpStatusCode",
];
const CALL_TIMES: &[&str] = &["callTime", "responseTime"];

/// Finds a property by its path, in any case.
pub fn find(path: &str) -> Option<Property> {
    for (name, column) in COLUMNS {
        if name.eq_ignore_ascii_case(path) {
            return Some(Property {
                sql: column.to_owned(),
                kind: Kind::Text,
                member: member(name),
            });
        }
    }
    for (names, kind) in [
        (TEXT, Kind::Text),
        (NUMBERS, Kind::Number),
        (TIMES, Kind::Time),
    ] {
        if let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(path)) {
            return Some(extract(name, kind, member(name)));
        }
    }
    let (first, rest) = path.split_once('.')?;
    if first.eq_ignore_ascii_case("criteria") {
        return criterion(rest);
    }
    let call = CALLS.iter().find(|call| call.eq_ignore_ascii_case(first))?;
    let kinds = [
        (CALL_TEXT, Kind::Text),
        (CALL_TIMES, Kind::Time),
        (&["success"], Kind::Flag),
    ];
    kinds.into_iter().find_map(|(names, kind)| {
        let name = names.iter().find(|name| name.eq_ignore_ascii_case(rest))?;
        Some(extract(&format!("{call}.{name}"), kind, call))
    })
}

/// A property of an item of `criteria`, seen as a list of key and value.
pub fn find_in_item(path: &str) -> Option<Property> {
    let column = ["key", "value"]
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(path))?;
    Some(Property {
        sql: format!("item.{column}"),
        kind: Kind::Text,
        member: "criteria",
    })
}

fn criterion(key: &str) -> Option<Property> {
    // A quote would end the JSON path, and no criterion needs one.
    let is_plain = !key.is_empty() && !key.contains(['"', '\'', '\\', '\0']);
    is_plain.then(|| Property {
        sql: format!("json_extract(document, '$.criteria.\"{key}\"')"),
        kind: Kind::Text,
        member: "criteria",
    })
}

fn extract(path: &str, kind: Kind, member: &'static str) -> Property {
    Property {
        sql: format!("json_extract(document, '$.{path}')"),
        kind,
        member,
    }
}

fn member(name: &'static str) -> &'static str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{Kind, find};

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(
            find("OBJECT.ID").map(|property| property.sql),
            Some("object_id".into())
        );
        assert_eq!(
            find("lastcall.SUCCESS").map(|property| property.kind),
            Some(Kind::Flag)
        );
        assert_eq!(
            find("criteria.product.id").map(|property| property.member),
            Some("criteria")
        );
        for unknown in [
            "",
            " type",
            "secret",
            "audit",
            "criteria.",
            "criteria.a'b",
            "lastCall.nope",
        ] {
            assert_eq!(find(unknown), None, "{unknown}");
        }
    }
}
