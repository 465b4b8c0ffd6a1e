//! Reads case files and reports all errors, each with its lines.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Case, PayloadFile};
use crate::callout::{CALL_TIMEOUT, Verdict};
use crate::model::{WebhookType, webhook_type};
use crate::source::node::{self, Content, Member, Node, find};
use crate::source::{FileError, Source, add_error};
use crate::text::{did_you_mean, duration};

const FILE_KEYS: [&str; 3] = ["$schema", "cases", "claims"];
pub(super) const CASE_KEYS: [&str; 8] =
    ["changes", "expect", "message", "name", "payload", "set", "type", "within"];

/// Reads all files: the cases without errors, and all errors.
pub fn read(sources: &[Source]) -> (Vec<Case>, Vec<FileError>) {
    let mut cases = Vec::new();
    let mut errors = Vec::new();
    let mut names = HashMap::new();
    for source in sources {
        let mut reader = Reader { source, errors: Vec::new(), has_error: false };
        match node::parse(&source.text, source.format) {
            Ok(root) => cases.extend(reader.file(&root, &mut names)),
            Err((line, message)) => reader.error(line, message),
        }
        let first_line = |error: &FileError| error.lines.first().copied();
        reader.errors.sort_by_key(first_line);
        errors.extend(reader.errors);
    }
    (cases, errors)
}

struct Reader<'a> {
    source: &'a Source,
    errors: Vec<FileError>,
    /// Whether the current case has an error. The same error of several cases is one entry of `errors`.
    has_error: bool,
}

impl Reader<'_> {
    fn error(&mut self, line: Option<usize>, message: impl Into<String>) {
        self.has_error = true;
        add_error(&mut self.errors, &self.source.name, line, message.into());
    }

    fn file(&mut self, root: &Node, names: &mut HashMap<String, String>) -> Vec<Case> {
        let Some(members) = self.table(root, "the file", &FILE_KEYS) else {
            return Vec::new();
        };
        let claims = find(members, "claims").and_then(|member| self.values(member));
        let claims: Map<_, _> = claims.unwrap_or_default().into_iter().collect();
        let Some(member) = find(members, "cases") else {
            self.error(None, "cases is missing");
            return Vec::new();
        };
        let Content::List(nodes) = &member.node.content else {
            self.error(member.line, "cases: must be a list");
            return Vec::new();
        };
        let cases = nodes.iter().filter_map(|node| {
            let line = node.line.or(member.line);
            let case = Case { claims: claims.clone(), ..self.case(node, line)? };
            let here = match line {
                Some(line) => format!("{}:{line}", self.source.name),
                None => self.source.name.clone(),
            };
            match names.insert(case.name.clone(), here) {
                None => Some(case),
                Some(first) => {
                    let message = format!("name: `{}` is given twice; first at {first}", case.name);
                    self.error(case.line, message);
                    None
                }
            }
        });
        cases.collect()
    }

    fn case(&mut self, node: &Node, line: Option<usize>) -> Option<Case> {
        self.has_error = false;
        let members = self.table(node, "a case", &CASE_KEYS)?;
        let name = match find(members, "name") {
            Some(member) => self.text(member).unwrap_or_default(),
            None => {
                self.error(line, "name is missing");
                String::new()
            }
        };
        let webhook_type = find(members, "type").and_then(|member| self.webhook_type(member));
        let payload = find(members, "payload").and_then(|member| self.payload(member));
        if find(members, "type").is_none() && find(members, "payload").is_none() {
            self.error(line, "a case needs a type or a payload");
        }
        let expect = match find(members, "expect") {
            Some(member) => self.verdict(member),
            None => Some(Verdict::Success),
        };
        let message = find(members, "message");
        if let Some(member) = message
            && expect.is_some_and(|verdict| verdict != Verdict::Refusal)
        {
            let why = "message: only a refusal has one; add expect = \"refusal\"";
            self.error(member.line, why);
        }
        let message = message.and_then(|member| self.text(member));
        let within = find(members, "within").and_then(|member| self.duration(member));
        let set = find(members, "set").and_then(|member| self.values(member));
        let changes = find(members, "changes").and_then(|member| self.values(member));
        (!self.has_error).then(|| Case {
            name,
            file: self.source.name.clone(),
            line,
            webhook_type,
            payload,
            set: set.unwrap_or_default(),
            claims: Map::new(),
            expect: expect.unwrap_or(Verdict::Success),
            message,
            changes,
            within: within.unwrap_or(CALL_TIMEOUT),
        })
    }

    fn table<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&'static str],
    ) -> Option<&'n [Member]> {
        node.table(what, known, &mut |line, message| self.error(line, message))
    }

    fn text(&mut self, member: &Member) -> Option<String> {
        match &member.node.content {
            Content::Scalar(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => {
                self.error(
                    member.line,
                    format!("{}: must be a string that is not empty", member.key),
                );
                None
            }
        }
    }

    fn webhook_type(&mut self, member: &Member) -> Option<&'static WebhookType> {
        let name = self.text(member)?;
        let known = webhook_type::find(&name);
        if known.is_none() {
            let near = did_you_mean(webhook_type::canonical(&name), webhook_type::names());
            self.error(member.line, format!("type: unknown type `{name}`{near}"));
        }
        known
    }

    fn verdict(&mut self, member: &Member) -> Option<Verdict> {
        let name = self.text(member)?;
        let found = Verdict::ALL.into_iter().find(|verdict| verdict.name() == name);
        if found.is_none() {
            let message = format!("expect: `{name}` is none of success, refusal and failure");
            self.error(member.line, message);
        }
        found
    }

    fn duration(&mut self, member: &Member) -> Option<Duration> {
        let text = self.text(member)?;
        let parsed = duration::parse(&text).and_then(|within| match within > CALL_TIMEOUT {
            true => {
                let most = duration::shown(CALL_TIMEOUT);
                Err(format!("an endpoint has {most} for its answer"))
            }
            false => Ok(within),
        });
        parsed.map_err(|error| self.error(member.line, format!("within: {error}"))).ok()
    }

    fn payload(&mut self, member: &Member) -> Option<PayloadFile> {
        let folder = self.source.folder.clone();
        self.text(member).map(|text| PayloadFile {
            path: folder.join(text),
            folder,
            line: member.line,
        })
    }

    fn values(&mut self, member: &Member) -> Option<Vec<(String, Value)>> {
        let Content::Table(members) = &member.node.content else {
            let message = format!("{}: must be a table of names and values", member.key);
            self.error(member.line, message);
            return None;
        };
        let pair = |member: &Member| (member.key.clone(), value_of(&member.node));
        Some(members.iter().map(pair).collect())
    }
}

fn value_of(node: &Node) -> Value {
    match &node.content {
        Content::Scalar(value) => value.clone(),
        Content::List(items) => items.iter().map(value_of).collect(),
        Content::Table(members) => {
            let pair = |member: &Member| (member.key.clone(), value_of(&member.node));
            Value::Object(members.iter().map(pair).collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::read;
    use crate::source::{FileFormat, Source};

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(text in "(\\[\\[cases\\]\\]\n|name|type|set|=|\\{|\\}|\\[|\\]|\"|:|\n| |- |a|.){0,60}") {
            for format in FileFormat::ALL {
                let source = Source { name: "a".into(), folder: ".".into(), format, text: text.clone() };
                read(&[source]);
            }
        }
    }
}
