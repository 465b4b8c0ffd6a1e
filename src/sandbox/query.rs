//! Parses the query string of a list: an RQL filter and `limit`, `offset`, `order` and `select`.

use std::cmp::Ordering;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::problem::Problem;
use super::rql::filter::{Filter, order, parse_order};
use super::rql::property::Property;
use super::rql::{self, Error};
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

impl ListQuery {
    pub fn parse(query: &str, shape: &'static Shape) -> Result<Self, Problem> {
        let decoded = decode(query)?;
        let (mut limit, mut offset) = (MAX_LIMIT, 0);
        let (mut order, mut select) = (None, Select::parse("", shape));
        let mut filters = Vec::new();
        for part in rql::parts(&decoded) {
            match part.split_once('=').map(|(name, value)| (name.to_ascii_lowercase(), value)) {
                Some((name, value)) if name == "limit" => {
                    limit = number(&name, value)?.min(MAX_LIMIT)
                }
                Some((name, value)) if name == "offset" => offset = number(&name, value)?,
                Some((name, value)) if name == "order" => order = Some(value),
                Some((name, value)) if name == "select" => select = Select::parse(value, shape),
                _ => filters.push(part),
            }
        }
        // Filtering or ordering by audit needs select=audit (docs/platform-api.md, "Lists").
        let may_use = |member: &str| member != "audit" || select.includes(member);
        let filter = match filters.join("&") {
            none if none.is_empty() => Filter::everything(),
            text => rql::parse(&text)
                .and_then(|expr| Filter::compile(&expr, shape.scope, &may_use))
                .map_err(refused)?,
        };
        let order = order.map(|list| parse_order(list, shape.scope, &may_use)).transpose();
        Ok(Self {
            filter,
            order: order.map_err(refused)?.unwrap_or_default(),
            limit,
            offset,
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

/// Parses the `select` of a request for one webhook.
pub fn select(query: Option<&str>, shape: &'static Shape) -> Result<Select, Problem> {
    let decoded = decode(query.unwrap_or(""))?;
    let select = rql::parts(&decoded).into_iter().find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("select").then(|| Select::parse(value, shape))
    });
    Ok(select.unwrap_or_else(|| Select::parse("", shape)))
}

fn decode(query: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(query).decode_utf8();
    decoded.map(Into::into).map_err(|_| refused(Error::new("$", "The query is not valid UTF-8.")))
}

fn number(name: &str, value: &str) -> Result<i64, Problem> {
    value
        .parse()
        .ok()
        .filter(|number| *number >= 0)
        .ok_or_else(|| refused(Error::new(name, format!("'{value}' is not a whole number."))))
}

fn refused(error: Error) -> Problem {
    Problem::invalid([(error.part, error.message)])
}
