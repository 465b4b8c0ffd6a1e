//! Reads YAML.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::Spanned;

use crate::source::node::{Content, Member, Node, ParseError};
use crate::text::plain;

pub(super) fn parse(text: &str) -> Result<Node, ParseError> {
    // Webhooks may share a YAML anchor, but the expansion of aliases is limited. An account may have 100,000
    // webhooks, each with some 15 nodes.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            enforce_alias_anchor_ratio: false,
            max_events: 16_000_000,
            max_nodes: 8_000_000,
        },
    };
    match serde_saphyr::from_multiple_with_options::<Spanned<Node>>(text, options) {
        Ok(documents) => only(documents.into_iter().map(placed)),
        Err(error) => Err(explained(&error)),
    }
}

/// The line of an error, and what is wrong there.
pub fn explained(error: &serde_saphyr::Error) -> ParseError {
    let line = error.location().map(|at| at.line() as usize);
    // Only the first line is kept; the others draw the position.
    let report = error.to_string();
    let first = report.lines().next().unwrap_or_default();
    let first = first.trim_start_matches("error: ");
    // The line is stored separately.
    let message = match first.split_once(": ") {
        Some((place, message)) if place.starts_with("line ") => message,
        _ => first,
    };
    (line, plain::yaml(message))
}

/// The only document that is not empty. Between `---` and the end there may be nothing.
fn only(documents: impl Iterator<Item = Node>) -> Result<Node, ParseError> {
    let is_empty = |node: &Node| matches!(node.content, Content::Scalar(Value::Null));
    let mut filled = documents.filter(|document| !is_empty(document));
    match (filled.next(), filled.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Ok(Node { line: None, content: Content::Scalar(Value::Null) }),
        (Some(_), Some(second)) => {
            let message = "a second YAML document begins here; put each into a file of its own";
            Err((second.line, message.to_owned()))
        }
    }
}

fn placed(spanned: Spanned<Node>) -> Node {
    Node { line: line_of(&spanned), ..spanned.value }
}

fn line_of<T>(spanned: &Spanned<T>) -> Option<usize> {
    Some(spanned.referenced.line() as usize).filter(|line| *line > 0)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

fn scalar<E>(value: impl Into<Value>) -> Result<Node, E> {
    Ok(Node { line: None, content: Content::Scalar(value.into()) })
}

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Node, E> {
        scalar(truth)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        scalar(number)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        scalar(number)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        scalar(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        scalar(text)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        scalar(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        scalar(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Node>>()? {
            nodes.push(placed(item));
        }
        Ok(Node { line: None, content: Content::List(nodes) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members: Vec<Member> = Vec::new();
        while let Some((key, node)) = map.next_entry::<Spanned<String>, Spanned<Node>>()? {
            members.push(Member { line: line_of(&key), key: key.value, node: placed(node) });
        }
        Ok(Node { line: None, content: Content::Table(members) })
    }
}
