//! The query string of a list: a bare RQL filter among `limit`, `offset`, `order` and `select`.

use percent_encoding::percent_decode_str;

use super::problem::Problem;
use super::rql::sql::{self, Sql};
use super::rql::{self, Error};
use super::select::Select;

/// The largest page, and the page where none is asked for.
const MOST: i64 = 100;

/// A list request, understood.
#[derive(Debug)]
pub struct ListQuery {
    /// A condition; empty for all.
    pub filter: Sql,
    /// The terms of an ORDER BY; empty for the order of creation.
    pub order: String,
    pub limit: i64,
    pub offset: i64,
    pub select: Select,
}

impl ListQuery {
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let decoded = decode(query)?;
        let (mut limit, mut offset) = (MOST, 0);
        let (mut order, mut select) = (None, Select::default());
        let mut filters = Vec::new();
        for part in rql::parts(&decoded) {
            match part
                .split_once('=')
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
            {
                Some((name, value)) if name == "limit" => limit = number(&name, value)?.min(MOST),
                Some((name, value)) if name == "offset" => offset = number(&name, value)?,
                Some((name, value)) if name == "order" => order = Some(value),
                Some((name, value)) if name == "select" => select = Select::parse(value),
                _ => filters.push(part),
            }
        }
        // Filtering or ordering by audit needs select=audit (CONTRACT.md, "Lists and RQL").
        let may_use = |member: &str| member != "audit" || select.includes(member);
        let filter = match filters.join("&") {
            none if none.is_empty() => Sql::default(),
            text => rql::parse(&text)
                .and_then(|expr| sql::filter(&expr, &may_use))
                .map_err(refused)?,
        };
        let order = match order {
            Some(list) => sql::order(list, &may_use).map_err(refused)?,
            None => String::new(),
        };
        Ok(Self {
            filter,
            order,
            limit,
            offset,
            select,
        })
    }
}

/// The `select` of a request for one webhook.
pub fn select(query: Option<&str>) -> Result<Select, Problem> {
    let decoded = decode(query.unwrap_or(""))?;
    let select = rql::parts(&decoded).into_iter().find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("select")
            .then(|| Select::parse(value))
    });
    Ok(select.unwrap_or_default())
}

fn decode(query: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(query).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| refused(Error::new("$", "The query is not valid UTF-8.")))
}

fn number(name: &str, value: &str) -> Result<i64, Problem> {
    value
        .parse()
        .ok()
        .filter(|number| *number >= 0)
        .ok_or_else(|| {
            refused(Error::new(
                name,
                format!("'{value}' is not a whole number."),
            ))
        })
}

fn refused(error: Error) -> Problem {
    Problem::invalid([(error.part, error.message)])
}
