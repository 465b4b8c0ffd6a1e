//! Parses a file of any format into one tree of values with line numbers.

mod json;
mod toml;
mod yaml;

pub use yaml::explained;

use serde_json::Value;

use crate::source::FileFormat;
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
    /// The members of a table; unknown ones are reported, each with its line. Keys that begin with `x-` are for others,
    /// such as YAML anchors. `None`: it is no table, which is reported.
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
            if !known.contains(&member.key.as_str()) && !member.key.starts_with("x-") {
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
        FileFormat::Toml => toml::parse(text),
        FileFormat::Yaml => yaml::parse(text),
        FileFormat::Json => json::parse(text),
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
            (FileFormat::Json, "{\"a\": 1,\n\n\"b\": [{\n\"c\": \"x\",\n\"d\": true}]}"),
        ];
        for (format, text) in formats {
            let found = lines(&parse(text, format).unwrap());
            let at = |key: &str| found.iter().find(|(known, _)| known == key).unwrap().1;
            assert_eq!((at("a"), at("c"), at("d")), (Some(1), Some(4), Some(5)), "{format:?}");
            assert_eq!(at("\"x\""), Some(4), "{format:?}");
        }
        assert_eq!(parse("{\"a\": 1,\n \"a\": 2}", FileFormat::Json).unwrap_err().0, Some(2));
        assert_eq!(parse("a = 1\na = 2", FileFormat::Toml).unwrap_err().0, Some(2));
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
