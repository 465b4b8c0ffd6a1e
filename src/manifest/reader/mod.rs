//! Reads manifests and reports all errors, not only the first one.

mod entry;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::{Scope, SecretReference, VERSION};
use super::variables::{self, Variables};
use crate::model::url::without_userinfo;
use crate::model::{Criteria, EndpointUrl, WebhookKey, webhook_type};
use crate::source::node::{self, Content, Member, Node, find};
use crate::source::{FileError, Source, add_error};
use crate::text::did_you_mean;

pub(super) const FILE_KEYS: [&str; 6] =
    ["$schema", "defaults", "scope", "variables", "version", "webhooks"];
pub(super) const DEFAULT_KEYS: [&str; 8] =
    ["description", "enabled", "form", "product", "program", "secret", "type", "url"];
pub(super) const SCOPE_KEYS: [&str; 2] = ["objects", "types"];
pub(super) const ENTRY_KEYS: [&str; 10] = [
    "criteria", "description", "enabled", "form", "product", "program", "secret", "switch", "type",
    "url",
];
const SECRET_KEYS: [&str; 4] = ["command", "env", "file", "key"];

/// Where a manifest refers to a secret.
#[derive(Clone, Debug)]
pub struct SecretUse {
    pub reference: SecretReference,
    pub file: String,
    pub line: Option<usize>,
}

/// A desired webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestWebhook {
    #[serde(flatten)]
    pub key: WebhookKey,
    pub url: String,
    /// `""` clears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The required criteria; other existing ones are kept unless `all_criteria`.
    pub criteria: Criteria,
    pub all_criteria: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretReference>,
    /// Whether the switch of its type is to be turned on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub switch: bool,
}

/// The contents of all files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub webhooks: Vec<ManifestWebhook>,
    pub scopes: Vec<Scope>,
}

/// What was read from files.
#[derive(Debug, Default)]
pub struct ReadManifest {
    /// Without the webhooks that have errors.
    pub manifest: Manifest,
    pub secrets: Vec<SecretUse>,
    /// Where each webhook is.
    pub places: HashMap<WebhookKey, Place>,
    pub errors: Vec<FileError>,
    /// Whether every file has the syntax of its format, so that it is known which variables are used.
    pub is_parsed: bool,
}

/// A file and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: Option<usize>,
    /// The line that names its object.
    pub object_line: Option<usize>,
}

impl ReadManifest {
    /// # Errors
    /// Every error of the files, not only the first.
    pub fn into_result(self) -> Result<Manifest, Vec<FileError>> {
        match self.errors.is_empty() {
            true => Ok(self.manifest),
            false => Err(self.errors),
        }
    }
}

/// Reads files and replaces variables.
pub fn read(sources: &[Source], variables: Variables<'_>) -> ReadManifest {
    let mut all = ReadManifest { is_parsed: true, ..ReadManifest::default() };
    for source in sources {
        let mut reader = Reader {
            source,
            variables,
            own_variables: HashMap::new(),
            secrets: Vec::new(),
            errors: Vec::new(),
            error_count: 0,
        };
        match node::parse(&source.text, source.format) {
            Ok(root) => reader.file(&root, &mut all.manifest, &mut all.places),
            Err((line, message)) => {
                all.is_parsed = false;
                reader.error(line, message);
            }
        }
        // Errors are sorted by their position in the file.
        for error in &mut reader.errors {
            error.lines.sort_unstable();
        }
        reader.errors.sort_by_key(|error| error.lines.first().copied());
        all.errors.extend(reader.errors);
        all.secrets.extend(reader.secrets);
    }
    all
}

struct Reader<'a> {
    source: &'a Source,
    variables: Variables<'a>,
    /// The defaults of variables that the file has.
    own_variables: HashMap<String, String>,
    secrets: Vec<SecretUse>,
    errors: Vec<FileError>,
    /// The number of errors, the same ones included.
    error_count: usize,
}

impl Reader<'_> {
    fn error(&mut self, line: Option<usize>, message: impl Into<String>) {
        self.error_count += 1;
        add_error(&mut self.errors, &self.source.name, line, message.into());
    }

    fn file(
        &mut self,
        root: &Node,
        manifest: &mut Manifest,
        seen: &mut HashMap<WebhookKey, Place>,
    ) {
        let Some(members) = self.table(root, "the file", &FILE_KEYS) else {
            return;
        };
        match find(members, "version").map(|member| (&member.node.content, member.line)) {
            None => {
                self.error(None, format!("`version = {VERSION}` is missing"));
            }
            Some((Content::Scalar(version), _)) if version.as_u64() == Some(VERSION) => {}
            Some((_, line)) => {
                let message = format!("version: this mpt reads version {VERSION} only");
                self.error(line, message);
            }
        }
        if let Some(member) = find(members, "variables") {
            self.own_variables = self.variables(member);
        }
        let defaults = match find(members, "defaults") {
            Some(member) => self.table(&member.node, "defaults", &DEFAULT_KEYS),
            None => None,
        };
        let defaults = defaults.unwrap_or_default();
        for default in defaults {
            self.check_default(default);
        }
        if let Some(member) = find(members, "scope") {
            manifest.scopes.extend(self.scope(member));
        }
        let Some(member) = find(members, "webhooks") else {
            return;
        };
        let Content::List(nodes) = &member.node.content else {
            self.error(member.line, "webhooks: must be a list");
            return;
        };
        for node in nodes {
            let line = node.line.or(member.line);
            let webhook = self.webhook(node, line, defaults, seen);
            manifest.webhooks.extend(webhook);
        }
    }

    /// A type that is nearly a known one is a mistake; any other unknown one may be new.
    fn check_type(&mut self, name: &str, what: &str, line: Option<usize>) {
        let near = did_you_mean(name, webhook_type::names());
        if webhook_type::find(name).is_none() && !near.is_empty() {
            self.error(line, format!("{what}: unknown type `{name}`{near}"));
        }
    }

    /// Each webhook may occur only once in all files.
    fn check_first(
        &mut self,
        key: &WebhookKey,
        line: Option<usize>,
        object_line: Option<usize>,
        seen: &mut HashMap<WebhookKey, Place>,
    ) {
        match seen.get(key) {
            Some(first) => {
                let first = match first.line {
                    Some(line) => format!("{}:{line}", first.file),
                    None => first.file.clone(),
                };
                let message = format!("{key} is given twice; first at {first}");
                self.error(line, message);
            }
            None => {
                seen.insert(
                    key.clone(),
                    Place { file: self.source.name.clone(), line, object_line },
                );
            }
        }
    }

    /// The defaults of variables. Their values contain no variables.
    fn variables(&mut self, member: &Member) -> HashMap<String, String> {
        let Content::Table(members) = &member.node.content else {
            self.error(member.line, "variables: must be a table of strings");
            return HashMap::new();
        };
        let mut own = HashMap::new();
        for member in members {
            let name = &member.key;
            if !variables::is_name(name) {
                let message = format!("variables: `{name}` is not a valid variable name");
                self.error(member.line, message);
            } else if variables::is_reserved(name, self.variables.reserved) {
                let error = variables::Error::Reserved(name.clone());
                self.error(member.line, error.to_string());
            } else if let Content::Scalar(Value::String(value)) = &member.node.content {
                if value.contains("${") {
                    let message = format!("variables.{name}: a value cannot refer to a variable");
                    self.error(member.line, message);
                }
                own.insert(name.clone(), value.clone());
            } else {
                self.error(member.line, format!("variables.{name}: must be a string"));
                // It is not reported as missing, too.
                own.insert(name.clone(), String::new());
            }
        }
        own
    }

    fn scope(&mut self, member: &Member) -> Option<Scope> {
        let members = self.table(&member.node, "scope", &SCOPE_KEYS)?;
        let types = find(members, "types").and_then(|types| self.texts(types, "scope.types"));
        for name in types.iter().flatten() {
            self.check_type(name, "scope.types", member.line);
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
            self.error(member.line, "scope: has neither types nor objects");
            return None;
        }
        Some(scope)
    }

    /// The members of a table; unknown members are errors.
    fn table<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&'static str],
    ) -> Option<&'n [Member]> {
        node.table(what, known, &mut |line, message| self.error(line, message))
    }

    /// A string with its variables replaced.
    fn text(&mut self, member: &Member, name: &str) -> Option<String> {
        self.text_at(&member.node, member.line, name)
    }

    fn text_at(&mut self, node: &Node, line: Option<usize>, name: &str) -> Option<String> {
        let line = node.line.or(line);
        let Content::Scalar(Value::String(text)) = &node.content else {
            self.error(line, format!("{name}: must be a string"));
            return None;
        };
        match self.expanded(text) {
            Ok(text) => Some(text),
            Err(errors) => {
                for error in errors {
                    // The same variable may be missing in many places.
                    let message = match &error {
                        variables::Error::Syntax => format!("{name}: {error}"),
                        error => error.to_string(),
                    };
                    self.error(line, message);
                }
                None
            }
        }
    }

    /// A text with its variables replaced.
    fn expanded(&self, text: &str) -> Result<String, Vec<variables::Error>> {
        let own = &self.own_variables;
        let value_of = |name: &str| {
            let value = (self.variables.value_of)(name);
            value.or_else(|| own.get(name).cloned())
        };
        let variables = Variables { value_of: &value_of, ..self.variables };
        variables::expand(text, variables)
    }

    fn texts(&mut self, member: &Member, name: &str) -> Option<Vec<String>> {
        let Content::List(nodes) = &member.node.content else {
            self.error(member.line, format!("{name}: must be a list of strings"));
            return None;
        };
        nodes.iter().map(|node| self.text_at(node, member.line, name)).collect()
    }
}

impl Manifest {
    /// Validates a manifest that was not read from files, such as that of a saved plan.
    pub fn errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        let mut seen = HashSet::new();
        if self.scopes.contains(&Scope::default()) {
            errors.push("a scope has neither types nor objects".to_owned());
        }
        for webhook in &self.webhooks {
            let key = &webhook.key;
            if !seen.insert(key) {
                errors.push(format!("{key} is given twice"));
            }
            if let Err(error) = EndpointUrl::parse(&webhook.url) {
                errors.push(format!("{key}: url: {}: {error}", without_userinfo(&webhook.url)));
            }
            let known = webhook_type::find(&key.webhook_type);
            let is_anchored = webhook.criteria.iter().any(|(criterion, value)| {
                let is_anchor = known.is_none_or(|known| known.anchor().criterion() == criterion);
                is_anchor && value == key.object
            });
            if !is_anchored {
                errors.push(format!("{key}: its criteria name another object"));
            }
        }
        errors
    }
}

#[cfg(test)]
mod test;
