//! Evaluates a filter on a document. A missing member is like null: equal to
//! `null()` and `empty()`, and neither greater nor less than anything.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::like::Pattern;
use super::property::{Property, Scope, ValueKind};
use super::{Compare, Error, Expr, Operand};

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
    /// `any` and `all` over the items of `criteria`.
    Items {
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

/// Whether a top-level member may be used in filters and orders.
pub type MayUse<'m> = &'m dyn Fn(&str) -> bool;

impl Filter {
    /// The filter that every document passes.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    pub fn compile(expr: &Expr, scope: Scope, may_use: MayUse<'_>) -> Result<Self, Error> {
        Compiler { may_use, scope }.compile(expr)
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
                compare(*op, left.value(document), right)
            }
            Self::Like(property, pattern) => {
                let text = property.value(document).and_then(Value::as_str);
                text.is_some_and(|text| pattern.matches(text))
            }
            Self::Items { filter, every } => {
                let criteria = document.get("criteria").and_then(Value::as_object);
                let items = criteria.into_iter().flatten();
                let mut items = items.map(|(key, value)| json!({"key": key, "value": value}));
                match every {
                    true => items.all(|item| filter.passes(&item)),
                    false => items.any(|item| filter.passes(&item)),
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

    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(filters) if filters.is_empty())
    }
}

fn compare(op: Compare, left: Option<&Value>, right: Option<&Value>) -> bool {
    match op {
        Compare::Eq => left == right,
        Compare::Ne => left != right,
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

/// The properties that an `order` names, and whether each descends.
///
/// # Errors
/// A property is unknown or not allowed, or there are too many.
pub fn parse_order(
    list: &str,
    scope: Scope,
    may_use: MayUse<'_>,
) -> Result<Vec<(Property, bool)>, Error> {
    if list.split(',').count() > MAX_ORDER_FIELDS {
        let message = format!("There are more than {MAX_ORDER_FIELDS} orders.");
        return Err(Error::new("order", message));
    }
    let compiler = Compiler { may_use, scope };
    list.split(',')
        .map(|item| match item.strip_prefix('-') {
            Some(name) => Ok((compiler.property(name)?, true)),
            // A leading `+` may have been decoded to a space.
            None => Ok((compiler.property(item.trim_start_matches(['+', ' ']))?, false)),
        })
        .collect()
}

const MAX_ORDER_FIELDS: usize = 20;

struct Compiler<'m> {
    may_use: MayUse<'m>,
    scope: Scope,
}

impl Compiler<'_> {
    fn property(&self, path: &str) -> Result<Property, Error> {
        let found = self.scope.find(path);
        let property =
            found.ok_or_else(|| Error::new(path, format!("Unknown property '{path}'.")))?;
        let member = property.member;
        if (self.may_use)(member) {
            return Ok(property);
        }
        let message = format!("Filtering or ordering by '{member}' needs select={member}.");
        Err(Error::new(path, message))
    }

    fn compile(&self, expr: &Expr) -> Result<Filter, Error> {
        let all = |terms: &[Expr]| -> Result<Vec<Filter>, Error> {
            terms.iter().map(|term| self.compile(term)).collect()
        };
        Ok(match expr {
            Expr::And(terms) => Filter::All(all(terms)?),
            Expr::Or(terms) => Filter::Any(all(terms)?),
            Expr::Not(inner) => Filter::Not(Box::new(self.compile(inner)?)),
            Expr::Compare { op, path, value } => self.compare(*op, path, value)?,
            Expr::In { path, values, negated } => {
                let equal = values.iter().map(|value| self.compare(Compare::Eq, path, value));
                let any = Filter::Any(equal.collect::<Result<_, _>>()?);
                match negated {
                    true => Filter::Not(Box::new(any)),
                    false => any,
                }
            }
            Expr::Like { path, pattern, fold } => self.like(path, pattern, *fold)?,
            Expr::Items { path, filter, every } => {
                if self.scope == Scope::Item || !path.eq_ignore_ascii_case("criteria") {
                    return Err(Error::new(path, format!("'{path}' is not a list.")));
                }
                let items = Compiler { may_use: self.may_use, scope: Scope::Item };
                Filter::Items { filter: Box::new(items.compile(filter)?), every: *every }
            }
        })
    }

    fn compare(&self, op: Compare, path: &str, value: &Operand) -> Result<Filter, Error> {
        let left = self.property(path)?;
        let right = match value {
            Operand::Null | Operand::Empty if matches!(op, Compare::Eq | Compare::Ne) => {
                Right::Absent
            }
            Operand::Null | Operand::Empty => {
                let message = "null() and empty() can only be used with eq and ne.";
                return Err(Error::new(path, message));
            }
            Operand::Bare(word) => match self.property(word) {
                Ok(other) => Right::Property(other),
                Err(_) => Right::Literal(left.read(word, path)?),
            },
            Operand::Quoted(text) => Right::Literal(left.read(text, path)?),
        };
        Ok(Filter::Compare { op, left, right })
    }

    fn like(&self, path: &str, pattern: &Operand, fold: bool) -> Result<Filter, Error> {
        let property = self.property(path)?;
        if property.kind != ValueKind::Text {
            return Err(Error::new(path, "like and ilike only work with strings."));
        }
        let (Operand::Quoted(pattern) | Operand::Bare(pattern)) = pattern else {
            return Err(Error::new(path, "like and ilike need a string."));
        };
        Ok(Filter::Like(property, Pattern::new(pattern, fold)))
    }
}

#[cfg(test)]
mod test;
