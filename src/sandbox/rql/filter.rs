//! Evaluates a filter on a document. A missing member is like null: equal to
//! `null()` and `empty()`, and neither greater nor less than anything.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Value, json};

use super::like::Pattern;
use super::property::{Property, ValueKind};

/// A filter with known properties and values of the right type.
#[derive(Debug)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare {
        op: Compare,
        left: Property,
        right: Right,
    },
    Like(Property, Pattern),
    /// `any` and `all` over the items of a list.
    Items {
        path: &'static str,
        filter: Box<Filter>,
        every: bool,
    },
}

#[derive(Debug)]
pub enum Right {
    Absent,
    Literal(Value),
    Property(Property),
}

impl Filter {
    /// The filter that every document passes.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    pub fn passes(&self, document: &Value) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.passes(document)),
            Self::Any(filters) => filters.iter().any(|filter| filter.passes(document)),
            Self::Not(filter) => !filter.passes(document),
            Self::Compare { op, left, right } => {
                let right = match right {
                    Right::Absent => None,
                    Right::Literal(value) => Some(value),
                    Right::Property(property) => property.value(document),
                };
                compare(*op, left.kind, left.value(document), right)
            }
            Self::Like(property, pattern) => {
                let text = property.value(document).and_then(Value::as_str);
                text.is_some_and(|text| pattern.matches(text))
            }
            Self::Items { path, filter, every } => {
                let list = path.split('.').try_fold(document, |value, name| value.get(name));
                let items: Vec<Cow<'_, Value>> = match list {
                    // Criteria are written as an object.
                    Some(Value::Object(members)) => members
                        .iter()
                        .map(|(key, value)| Cow::Owned(json!({"key": key, "value": value})))
                        .collect(),
                    Some(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
                    _ => Vec::new(),
                };
                match every {
                    true => items.iter().all(|item| filter.passes(item)),
                    false => items.iter().any(|item| filter.passes(item)),
                }
            }
        }
    }

    /// The text that a property must be equal to for every document that passes.
    pub fn equal_to(&self, path: &str) -> Option<&str> {
        let terms = match self {
            Self::All(filters) => filters.as_slice(),
            term => std::slice::from_ref(term),
        };
        terms.iter().find_map(|term| match term {
            Self::Compare { op: Compare::Eq, left, right: Right::Literal(Value::String(text)) }
                if left.is_at(path) =>
            {
                Some(text.as_str())
            }
            _ => None,
        })
    }

    /// Adds the top-level members that the filter looks at.
    pub fn members(&self, members: &mut Vec<&'static str>) {
        match self {
            Self::All(filters) | Self::Any(filters) => {
                filters.iter().for_each(|filter| filter.members(members));
            }
            Self::Not(filter) => filter.members(members),
            Self::Compare { left, right, .. } => {
                members.push(left.member);
                if let Right::Property(property) = right {
                    members.push(property.member);
                }
            }
            Self::Like(property, _) => members.push(property.member),
            Self::Items { path, .. } => members.extend(path.split('.').next()),
        }
    }

    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(filters) if filters.is_empty())
    }
}

/// The operators that compare a property with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

fn compare(op: Compare, kind: ValueKind, left: Option<&Value>, right: Option<&Value>) -> bool {
    let is_equal = || match (kind, left, right) {
        (ValueKind::Enumeration, Some(Value::String(left)), Some(Value::String(right))) => {
            left.eq_ignore_ascii_case(right)
        }
        _ => left == right,
    };
    match op {
        Compare::Eq => is_equal(),
        Compare::Ne => !is_equal(),
        _ => {
            let order = left.zip(right).and_then(|(left, right)| order(left, right));
            order.is_some_and(|order| match op {
                Compare::Gt => order.is_gt(),
                Compare::Ge => order.is_ge(),
                Compare::Lt => order.is_lt(),
                _ => order.is_le(),
            })
        }
    }
}

/// Compares values of the same type; other values have no order.
pub fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        _ => None,
    }
}

#[cfg(test)]
mod test;
