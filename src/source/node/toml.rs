//! Reads TOML.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::source::node::{Content, Member, Node, ParseError};
use crate::text::plain;

pub(super) fn parse(text: &str) -> Result<Node, ParseError> {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |at: usize| ends.partition_point(|end| *end < at) + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let message = plain::toml(&error.message().replace('\n', " "));
        (error.span().map(|span| line(span.start)), message)
    })?;
    Ok(of_toml_table(table.get_ref(), None, &line))
}

fn of_toml_table(table: &DeTable<'_>, at: Option<usize>, line: &dyn Fn(usize) -> usize) -> Node {
    let members = table.iter().map(|(key, value)| Member {
        key: key.get_ref().to_string(),
        line: Some(line(key.span().start)),
        node: of_toml(value, line),
    });
    Node { line: at, content: Content::Table(members.collect()) }
}

fn of_toml(value: &toml::Spanned<DeValue<'_>>, line: &dyn Fn(usize) -> usize) -> Node {
    let at = Some(line(value.span().start));
    let content = match value.get_ref() {
        DeValue::Table(table) => return of_toml_table(table, at, line),
        DeValue::Array(items) => {
            Content::List(items.iter().map(|item| of_toml(item, line)).collect())
        }
        DeValue::String(text) => Content::Scalar(text.as_ref().into()),
        DeValue::Boolean(truth) => Content::Scalar((*truth).into()),
        DeValue::Integer(number) => {
            let small = i64::from_str_radix(number.as_str(), number.radix());
            Content::Scalar(small.map_or_else(|_| number_of(number.as_str()), Value::from))
        }
        DeValue::Float(number) => Content::Scalar(number_of(number.as_str())),
        // JSON has no dates; the platform writes them as text.
        DeValue::Datetime(date) => Content::Scalar(date.to_string().into()),
    };
    Node { line: at, content }
}

/// A number with all its digits; what JSON does not know as a number, such as `nan`, is text.
fn number_of(text: &str) -> Value {
    let number: Result<serde_json::Number, _> = text.trim_start_matches('+').parse();
    number.map_or_else(|_| text.into(), Value::Number)
}
