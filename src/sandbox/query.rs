//! Parses the query string of a list: an RQL filter and `limit`, `offset`, `order` and `select`.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::problem::Problem;
use super::rql::filter::order;
use super::rql::property::Property;
use super::rql::{Error, Filter, Node, compile, parse, parse_order};
use super::select::{Select, Shape};

/// The largest page size, and the default page size.
const MAX_LIMIT: i64 = 100;

/// A parsed list request.
#[derive(Debug)]
pub struct ListQuery {
    pub filter: Filter,
    /// The properties to sort by, with direction; if empty, the order of creation.
    pub order: Vec<(Property, bool)>,
    pub limit: i64,
    pub offset: i64,
    pub select: Select,
}

/// The parts of a query string, decoded: named parameters, of which the first counts, and the rest, which is the filter.
#[derive(Debug, Default)]
struct Parts {
    parameters: HashMap<String, String>,
    filter: String,
}

const PARAMETERS: [&str; 4] = ["limit", "offset", "order", "select"];

impl Parts {
    /// # Errors
    /// A part is not UTF-8.
    fn of(query: &str) -> Result<Self, Problem> {
        let mut parts = Self::default();
        let mut seen = HashSet::new();
        let mut terms = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (decode(name)?, decode(value)?),
                None => (decode(part)?, String::new()),
            };
            let parameter = name.to_ascii_lowercase();
            if PARAMETERS.contains(&parameter.as_str()) {
                parts.parameters.entry(parameter).or_insert(value);
            } else if value.is_empty() {
                // A library has added the `=` of a parameter without a value.
                terms.push(name);
            } else if name.contains('(') || seen.insert(name.clone()) {
                // Of conditions on one property, the first counts, as of any parameter of a query string.
                terms.push(format!("{name}={value}"));
            }
        }
        terms.retain(|term| !is_for_programs(term));
        parts.filter = terms.join("&");
        Ok(parts)
    }

    fn select(&self, shape: &'static Shape) -> Select {
        Select::parse(self.parameters.get("select").map_or("", String::as_str), shape)
    }
}

/// Whether a term only says how an answer is rendered, or names a saved filter.
fn is_for_programs(term: &str) -> bool {
    let Ok(Node::Group { items, .. }) = parse(term) else { return false };
    let [Node::Group { name, items, .. }] = &items[..] else { return false };
    name.eq_ignore_ascii_case("filter") || name.eq_ignore_ascii_case("render") && items.is_empty()
}

impl ListQuery {
    pub fn parse(query: &str, shape: &'static Shape) -> Result<Self, Problem> {
        let parts = Parts::of(query)?;
        let number = |name: &str| match parts.parameters.get(name).map(|text| text.parse::<i64>()) {
            Some(Ok(number)) if number < 0 => {
                Err(Problem::invalid([(name.to_owned(), "It must not be negative.".to_owned())]))
            }
            Some(Ok(number)) => Ok(Some(number)),
            // What is no number counts as absent.
            Some(Err(_)) | None => Ok(None),
        };
        let (limit, offset) = (number("limit")?, number("offset")?);
        let mut select = parts.select(shape);
        let filter = match parts.filter.as_str() {
            "" => Filter::everything(),
            text => compile(text, shape.scope).map_err(refused)?,
        };
        let order = match parts.parameters.get("order") {
            Some(list) => parse_order(list, shape.scope).map_err(refused)?,
            None => Vec::new(),
        };
        let mut used: Vec<_> = order.iter().map(|(property, _)| property.member).collect();
        filter.members(&mut used);
        select.needs(used);
        Ok(Self {
            filter,
            order,
            limit: limit.unwrap_or(MAX_LIMIT).min(MAX_LIMIT),
            offset: offset.unwrap_or(0),
            select,
        })
    }
}

impl ListQuery {
    /// Compares two documents; a missing value comes first.
    pub fn compare(&self, one: &Value, other: &Value) -> Ordering {
        let mut orders = self.order.iter().map(|(property, descends)| {
            let order = match (property.value(one), property.value(other)) {
                (Some(one), Some(other)) => order(one, other).unwrap_or(Ordering::Equal),
                (one, other) => one.is_some().cmp(&other.is_some()),
            };
            if *descends { order.reverse() } else { order }
        });
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// Parses the `select` of a request for one object.
pub fn select(query: Option<&str>, shape: &'static Shape) -> Result<Select, Problem> {
    Ok(Parts::of(query.unwrap_or(""))?.select(shape))
}

/// A name or a value, in which a `+` is a space.
fn decode(text: &str) -> Result<String, Problem> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    let message = "The query is not valid UTF-8.";
    decoded.map(Into::into).map_err(|_| refused(vec![Error::new("$", message)]))
}

fn refused(errors: Vec<Error>) -> Problem {
    Problem::invalid(errors.into_iter().map(|error| (error.part, error.message)))
}
