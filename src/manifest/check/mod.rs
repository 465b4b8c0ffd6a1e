//! From files to what is wanted; everything that is wrong is found, not only the first of it.

mod entry;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::{Form, Scope, SecretReference, VERSION};
use super::node::{self, Content, Member, Node};
use super::variables::{self, Variables};
use crate::config::did_you_mean;
use crate::model::Criteria;
use crate::model::url::{is_loopback, parse_http};
use crate::model::webhook_type;

pub(super) const FILE_KEYS: [&str; 3] = ["scope", "version", "webhooks"];
pub(super) const SCOPE_KEYS: [&str; 2] = ["objects", "types"];
pub(super) const ENTRY_KEYS: [&str; 9] = [
    "criteria",
    "description",
    "enabled",
    "form",
    "product",
    "program",
    "secret",
    "type",
    "url",
];
const SECRET_KEYS: [&str; 3] = ["command", "env", "file"];

/// A file's text.
#[derive(Clone, Debug)]
pub struct Source {
    /// As problems name it.
    pub name: String,
    /// What paths in it are relative to.
    pub folder: PathBuf,
    pub form: Form,
    pub text: String,
}

/// What is wrong, and where: `webhooks.toml:12: url: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub line: Option<usize>,
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// What identifies a webhook within an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// In the platform's spelling where it is known.
    #[serde(rename = "type")]
    pub webhook_type: String,
    pub object: String,
}

/// A webhook as it should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    #[serde(flatten)]
    pub identity: Identity,
    pub url: String,
    /// `""` clears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The keys that must be there; what else is there stays unless `all_criteria`.
    pub criteria: BTreeMap<String, String>,
    pub all_criteria: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretReference>,
}

/// All files together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub webhooks: Vec<Wanted>,
    pub scopes: Vec<Scope>,
}

/// Reads files, and puts variables in.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn load(sources: &[Source], variables: Variables<'_>) -> Result<Manifest, Vec<Problem>> {
    let mut manifest = Manifest::default();
    let mut problems = Vec::new();
    let mut seen: HashMap<Identity, String> = HashMap::new();
    for source in sources {
        let mut reader = Reader {
            source,
            variables,
            problems: Vec::new(),
        };
        match node::parse(&source.text, source.form) {
            Ok(root) => reader.file(&root, &mut manifest, &mut seen),
            Err((line, message)) => reader.problem(line, message),
        }
        // As one reads the file.
        reader.problems.sort_by_key(|problem| problem.line);
        problems.extend(reader.problems);
    }
    if problems.is_empty() {
        Ok(manifest)
    } else {
        Err(problems)
    }
}

struct Reader<'a> {
    source: &'a Source,
    variables: Variables<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, line: Option<usize>, message: impl Into<String>) {
        self.problems.push(Problem {
            file: self.source.name.clone(),
            line,
            message: message.into(),
        });
    }

    fn file(&mut self, root: &Node, manifest: &mut Manifest, seen: &mut HashMap<Identity, String>) {
        let Some(members) = self.table(root, "the file", &FILE_KEYS) else {
            return;
        };
        match find(members, "version").map(|member| (&member.node.content, member.line)) {
            None => {
                self.problem(None, format!("`version = {VERSION}` is missing"));
            }
            Some((Content::Scalar(version), _)) if version.as_u64() == Some(VERSION) => {}
            Some((_, line)) => {
                let message = format!("version: this mpt reads version {VERSION} only");
                self.problem(line, message);
            }
        }
        if let Some(member) = find(members, "scope") {
            manifest.scopes.extend(self.scope(member));
        }
        let Some(member) = find(members, "webhooks") else {
            return;
        };
        let Content::List(nodes) = &member.node.content else {
            self.problem(member.line, "webhooks: must be a list");
            return;
        };
        for node in nodes {
            let line = node.line.or(member.line);
            manifest.webhooks.extend(self.webhook(node, line, seen));
        }
    }

    /// An identity may be there once only, in all files.
    fn check_first(
        &mut self,
        identity: &Identity,
        line: Option<usize>,
        seen: &mut HashMap<Identity, String>,
    ) {
        let here = match line {
            Some(line) => format!("{}:{line}", self.source.name),
            None => self.source.name.clone(),
        };
        match seen.get(identity) {
            Some(first) => {
                let message = format!("{identity} is there twice; first at {first}");
                self.problem(line, message);
            }
            None => {
                seen.insert(identity.clone(), here);
            }
        }
    }

    fn scope(&mut self, member: &Member) -> Option<Scope> {
        let members = self.table(&member.node, "scope", &SCOPE_KEYS)?;
        let types = find(members, "types").and_then(|types| self.texts(types, "scope.types"));
        for name in types.iter().flatten() {
            let known = webhook_type::KNOWN.iter().map(|known| known.name);
            let near = did_you_mean(webhook_type::canonical(name), known.clone());
            if webhook_type::find(name).is_none() && !near.is_empty() {
                let message = format!("scope.types: the type `{name}` is not known{near}");
                self.problem(member.line, message);
            }
        }
        let types = types.map(|types| {
            let canonical = |name: &String| webhook_type::canonical(name).to_owned();
            types.iter().map(canonical).collect()
        });
        let scope = Scope {
            types,
            objects: find(members, "objects")
                .and_then(|objects| self.texts(objects, "scope.objects")),
        };
        let is_empty = |list: &Option<Vec<String>>| list.as_ref().is_none_or(Vec::is_empty);
        if is_empty(&scope.types) && is_empty(&scope.objects) {
            self.problem(member.line, "scope: names neither types nor objects");
            return None;
        }
        Some(scope)
    }

    /// The members of a table that has no others than the known ones.
    fn table<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&'static str],
    ) -> Option<&'n [Member]> {
        let Content::Table(members) = &node.content else {
            self.problem(node.line, format!("{what}: must be a table"));
            return None;
        };
        for member in members {
            if !known.contains(&member.key.as_str()) {
                let near = did_you_mean(&member.key, known.iter().copied());
                self.problem(member.line, format!("unknown key `{}`{near}", member.key));
            }
        }
        Some(members)
    }

    /// A text with its variables put in.
    fn text(&mut self, member: &Member, name: &str) -> Option<String> {
        self.text_at(&member.node, member.line, name)
    }

    fn text_at(&mut self, node: &Node, line: Option<usize>, name: &str) -> Option<String> {
        let line = node.line.or(line);
        let Content::Scalar(Value::String(text)) = &node.content else {
            self.problem(line, format!("{name}: must be a text"));
            return None;
        };
        match variables::expand(text, self.variables) {
            Ok(text) => Some(text),
            Err(errors) => {
                for error in errors {
                    self.problem(line, format!("{name}: {error}"));
                }
                None
            }
        }
    }

    fn texts(&mut self, member: &Member, name: &str) -> Option<Vec<String>> {
        let Content::List(nodes) = &member.node.content else {
            self.problem(member.line, format!("{name}: must be a list of texts"));
            return None;
        };
        nodes
            .iter()
            .map(|node| self.text_at(node, member.line, name))
            .collect()
    }
}

fn find<'n>(members: &'n [Member], key: &str) -> Option<&'n Member> {
    members.iter().find(|member| member.key == key)
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} for {}", self.webhook_type, self.object)
    }
}

impl Manifest {
    /// What no file could have said, of a manifest that comes from elsewhere.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut seen = std::collections::HashSet::new();
        if self.scopes.contains(&Scope::default()) {
            problems.push("a scope names neither types nor objects".to_owned());
        }
        for wanted in &self.webhooks {
            let identity = &wanted.identity;
            if !seen.insert(identity) {
                problems.push(format!("{identity} is there twice"));
            }
            if let Some(why) = wrong_url(&wanted.url) {
                problems.push(format!("{identity}: {why}"));
            }
            let known = webhook_type::find(&identity.webhook_type);
            let anchored = wanted.criteria.iter().any(|(key, value)| {
                *value == identity.object && known.is_none_or(|known| known.anchor == key)
            });
            if !anchored {
                problems.push(format!("{identity}: its criteria are not for that object"));
            }
        }
        problems
    }
}

/// What is wrong with the URL of an endpoint.
fn wrong_url(text: &str) -> Option<String> {
    match parse_http(text) {
        Err(error) => Some(format!("url: {text} {error}")),
        Ok(url) if url.scheme() == "http" && !is_loopback(&url) => {
            Some(format!("url: {text}: http:// is for this machine only"))
        }
        Ok(_) => None,
    }
}

impl Wanted {
    pub fn criteria(&self) -> Criteria {
        let pairs = self.criteria.iter();
        pairs
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod test;
