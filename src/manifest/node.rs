//! Parses a file of any format into one tree of values with line numbers.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::Spanned;
use toml::de::{DeTable, DeValue};

use super::FileFormat;
use crate::text::did_you_mean;

/// A value and its line number, from 1.
#[derive(Clone, Debug)]
pub struct Node {
    pub line: Option<usize>,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    /// A value that is neither list nor object.
    Scalar(Value),
    List(Vec<Node>),
    Table(Vec<Member>),
}

#[derive(Clone, Debug)]
pub struct Member {
    pub key: String,
    /// The line of the key.
    pub line: Option<usize>,
    pub node: Node,
}

impl Node {
    /// The members of a table; unknown ones are reported, each with its line. `None`: it is no table, which is reported.
    pub fn table(
        &self,
        what: &str,
        known: &[&'static str],
        report: &mut dyn FnMut(Option<usize>, String),
    ) -> Option<&[Member]> {
        let Content::Table(members) = &self.content else {
            report(self.line, format!("{what}: must be a table"));
            return None;
        };
        for member in members {
            if !known.contains(&member.key.as_str()) {
                let near = did_you_mean(&member.key, known.iter().copied());
                report(member.line, format!("unknown key `{}`{near}", member.key));
            }
        }
        Some(members)
    }
}

/// The member with this key.
pub fn find<'n>(members: &'n [Member], key: &str) -> Option<&'n Member> {
    members.iter().find(|member| member.key == key)
}

/// A syntax error and its line.
pub type ParseError = (Option<usize>, String);

/// Parses a text.
pub fn parse(text: &str, format: FileFormat) -> Result<Node, ParseError> {
    let text = text.trim_start_matches('\u{feff}');
    match format {
        FileFormat::Toml => parse_toml(text),
        FileFormat::Yaml => parse_yaml(text),
        FileFormat::Json => parse_json(text),
    }
}

fn parse_toml(text: &str) -> Result<Node, ParseError> {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |at: usize| ends.partition_point(|end| *end < at) + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let message = error.message().replace('\n', " ");
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
    Node {
        line: at,
        content: Content::Table(members.collect()),
    }
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

fn parse_yaml(text: &str) -> Result<Node, ParseError> {
    // Webhooks may share a YAML anchor, but the expansion of aliases is limited. An account may have 100,000
    // webhooks, each with some 15 nodes.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            enforce_alias_anchor_ratio: false,
            max_events: 16_000_000,
            max_nodes: 8_000_000,
        },
    };
    match serde_saphyr::from_str_with_options::<Spanned<Node>>(text, options) {
        Ok(root) => Ok(placed(root)),
        Err(error) => {
            let line = error.location().map(|at| at.line() as usize);
            let report = error.to_string();
            let first = report.lines().next().unwrap_or_default();
            let first = first.trim_start_matches("error: ");
            // The line is stored separately.
            let message = match first.split_once(": ") {
                Some((place, message)) if place.starts_with("line ") => message,
                _ => first,
            };
            Err((line, message.to_owned()))
        }
    }
}

/// The JSON parser gives the values; the YAML parser, which reads nearly all JSON, gives the lines.
fn parse_json(text: &str) -> Result<Node, ParseError> {
    let described = |error: serde_json::Error| {
        let report = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = report.strip_suffix(&place).unwrap_or(&report).to_owned();
        (Some(error.line()).filter(|line| *line > 0), message)
    };
    serde_json::from_str::<DistinctKeys>(text).map_err(described)?;
    // Only its own type keeps all digits of a number.
    let value = serde_json::from_str(text).map_err(described)?;
    let mut node = of_value(value);
    if let Ok(placed) = parse_yaml(text) {
        take_lines(&mut node, &placed);
    }
    Ok(node)
}

/// The tree of a document, without lines.
pub fn of_value(value: Value) -> Node {
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
    Node {
        line: None,
        content,
    }
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

fn placed(spanned: Spanned<Node>) -> Node {
    Node {
        line: line_of(&spanned),
        ..spanned.value
    }
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
    Ok(Node {
        line: None,
        content: Content::Scalar(value.into()),
    })
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
        Ok(Node {
            line: None,
            content: Content::List(nodes),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members: Vec<Member> = Vec::new();
        while let Some((key, node)) = map.next_entry::<Spanned<String>, Spanned<Node>>()? {
            members.push(Member {
                line: line_of(&key),
                key: key.value,
                node: placed(node),
            });
        }
        Ok(Node {
            line: None,
            content: Content::Table(members),
        })
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
                return Err(A::Error::custom(format!(
                    "the key `{twice}` is given twice"
                )));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Content, FileFormat, Node, parse};

    fn lines(node: &Node) -> Vec<(String, Option<usize>)> {
        match &node.content {
            Content::Scalar(value) => vec![(value.to_string(), node.line)],
            Content::List(nodes) => nodes.iter().flat_map(lines).collect(),
            Content::Table(members) => members
                .iter()
                .flat_map(|member| {
                    let key = (member.key.clone(), member.line);
                    std::iter::once(key).chain(lines(&member.node))
                })
                .collect(),
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        let numbers = "[1, 1.50, 12345678901234567890.10, -0.25]";
        let expected = ["1", "1.50", "12345678901234567890.10", "-0.25"];
        let json = parse(numbers, FileFormat::Json).unwrap();
        let found: Vec<_> = lines(&json).into_iter().map(|(text, _)| text).collect();
        assert_eq!(found, expected);
        let toml = parse(&format!("n = {numbers}"), FileFormat::Toml).unwrap();
        let found: Vec<_> = lines(&toml).into_iter().map(|(text, _)| text).collect();
        assert_eq!(found[1..], expected);
    }

    #[test]
    fn a_long_list_is_read() {
        assert!(parse(&"- a\n".repeat(300_000), FileFormat::Yaml).is_ok());
    }

    #[test]
    fn every_format_knows_its_lines() {
        let formats = [
            (FileFormat::Toml, "a = 1\n\n[[b]]\nc = \"x\"\nd = true\n"),
            (FileFormat::Yaml, "a: 1\n\nb:\n- c: x\n  d: true\n"),
            (
                FileFormat::Json,
                "{\"a\": 1,\n\n\"b\": [{\n\"c\": \"x\",\n\"d\": true}]}",
            ),
        ];
        for (format, text) in formats {
            let found = lines(&parse(text, format).unwrap());
            let at = |key: &str| found.iter().find(|(known, _)| known == key).unwrap().1;
            assert_eq!(
                (at("a"), at("c"), at("d")),
                (Some(1), Some(4), Some(5)),
                "{format:?}"
            );
            assert_eq!(at("\"x\""), Some(4), "{format:?}");
        }
        assert_eq!(
            parse("{\"a\": 1,\n \"a\": 2}", FileFormat::Json)
                .unwrap_err()
                .0,
            Some(2)
        );
        assert_eq!(
            parse("a = 1\na = 2", FileFormat::Toml).unwrap_err().0,
            Some(2)
        );
        assert!(parse("a: 1\na: 2", FileFormat::Yaml).is_err());
        // Text that only the JSON parser understands has no line numbers.
        let emoji = parse("{\"a\": \"\\ud83d\\ude00\"}", FileFormat::Json).unwrap();
        assert_eq!(lines(&emoji)[1].0, "\"😀\"");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\{|\\}|\\[|\\]|webhooks|url|:|=|\"|'|\n| |- |&a|\\*a|#|.){0,60}") {
            for format in FileFormat::ALL {
                parse(&text, format).ok();
            }
        }
    }
}
