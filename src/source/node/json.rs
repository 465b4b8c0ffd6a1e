//! Reads JSON.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::source::node::{Content, Member, Node, ParseError, yaml};
use crate::text::plain;

/// The JSON parser gives the values; the YAML parser, which reads nearly all JSON, gives the lines.
pub(super) fn parse(text: &str) -> Result<Node, ParseError> {
    let described = |error: serde_json::Error| {
        (Some(error.line()).filter(|line| *line > 0), plain::json_without_place(&error))
    };
    serde_json::from_str::<DistinctKeys>(text).map_err(described)?;
    // Only its own type keeps all digits of a number.
    let value = serde_json::from_str(text).map_err(described)?;
    let mut node = of_value(value);
    if let Ok(placed) = yaml::parse(text) {
        take_lines(&mut node, &placed);
    }
    Ok(node)
}

/// The tree of a document, without lines.
fn of_value(value: Value) -> Node {
    let content = match value {
        Value::Array(items) => Content::List(items.into_iter().map(of_value).collect()),
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| Member {
                key,
                line: None,
                node: of_value(value),
            });
            Content::Table(members.collect())
        }
        scalar => Content::Scalar(scalar),
    };
    Node { line: None, content }
}

fn take_lines(node: &mut Node, placed: &Node) {
    node.line = placed.line;
    match (&mut node.content, &placed.content) {
        (Content::List(nodes), Content::List(others)) => {
            for (node, other) in nodes.iter_mut().zip(others) {
                take_lines(node, other);
            }
        }
        (Content::Table(members), Content::Table(others)) => {
            for (member, other) in members.iter_mut().zip(others) {
                member.line = other.line;
                take_lines(&mut member.node, &other.node);
            }
        }
        _ => {}
    }
}

/// Any JSON whose objects have no duplicate keys. Otherwise the later value would win silently.
struct DistinctKeys;

impl<'de> Deserialize<'de> for DistinctKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for DistinctKeys {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while let Some(Self) = items.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some((key, Self)) = map.next_entry::<String, Self>()? {
            if let Some(twice) = keys.replace(key) {
                return Err(A::Error::custom(format!("the key `{twice}` is given twice")));
            }
        }
        Ok(self)
    }
}
