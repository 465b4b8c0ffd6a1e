//! Creates a manifest from existing webhooks, sorted so that versions compare well.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ExistingWebhook;
use super::file::{ManifestEntry, VERSION};
use super::variables::escape;
use crate::model::{Anchor, WebhookKey, webhook_type};
use crate::source::FileFormat;
use crate::text::{json, toml, yaml};

/// Whether a manifest can identify the webhook: its criteria must contain its object.
pub fn is_expressible(webhook: &ExistingWebhook) -> bool {
    anchors(&webhook.key)
        .any(|anchor| webhook.criteria.get(anchor.criterion()) == Some(&webhook.key.object))
}

/// The anchor of a webhook's type; for an unknown type, any anchor in its criteria.
fn anchors(key: &WebhookKey) -> impl Iterator<Item = Anchor> {
    let known = webhook_type::find(&key.webhook_type).map(|known| known.anchor());
    let is_possible = move |anchor: &Anchor| known.is_none_or(|known| known == *anchor);
    Anchor::ALL.into_iter().filter(is_possible)
}

/// The webhook as a manifest describes it.
pub fn entry(webhook: &ExistingWebhook) -> ManifestEntry {
    let key = &webhook.key;
    let mut entry = ManifestEntry {
        webhook_type: escape(&key.webhook_type),
        url: escape(&webhook.url),
        description: Some(escape(&webhook.description)).filter(|text| !text.is_empty()),
        enabled: webhook.enabled,
        ..ManifestEntry::default()
    };
    let mut rest = std::collections::BTreeMap::new();
    for (key, value) in webhook.criteria.iter() {
        match anchors(&webhook.key).find(|anchor| anchor.criterion() == key) {
            Some(anchor) => *entry.anchor_mut(anchor) = Some(escape(value)),
            None => drop(rest.insert(key.to_owned(), escape(value))),
        }
    }
    entry.criteria = Some(rest).filter(|rest| !rest.is_empty());
    entry
}

/// `VALIDATE_ANSWER_FRM_1111_1111_SECRET`
pub fn secret_variable(key: &WebhookKey) -> String {
    let mut name = String::new();
    let mut after_lower = false;
    for c in key.webhook_type.chars() {
        if c.is_uppercase() && after_lower {
            name.push('_');
        }
        after_lower = c.is_lowercase() || c.is_ascii_digit();
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    name.push('_');
    name.extend(
        key.object
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }),
    );
    format!("{name}_SECRET")
}

/// Writes a manifest one webhook at a time, so that it does not have to fit into memory.
pub struct Writer {
    format: FileFormat,
    is_empty: bool,
}

impl Writer {
    pub fn new(format: FileFormat) -> Self {
        Self { format, is_empty: true }
    }

    /// The text before the first webhook. A scope of these types is suggested in a comment.
    pub fn begin(&self, types: &BTreeSet<String>) -> String {
        let types: Vec<_> =
            types.iter().map(|name| json::line(&Value::from(name.as_str()))).collect();
        let types = types.join(", ");
        let suggestion = match self.format {
            _ if types.is_empty() => String::new(),
            FileFormat::Json => String::new(),
            FileFormat::Yaml => {
                format!("# What --prune may delete:\n# scope:\n#   types: [{types}]\n")
            }
            FileFormat::Toml => {
                format!("\n# What --prune may delete:\n# [scope]\n# types = [{types}]\n")
            }
        };
        match self.format {
            FileFormat::Json => format!("{{\n  \"version\": {VERSION},\n  \"webhooks\": ["),
            FileFormat::Yaml => format!("version: {VERSION}\n{suggestion}webhooks:"),
            FileFormat::Toml => format!("version = {VERSION}\n{suggestion}"),
        }
    }

    /// The text of one webhook, given as JSON. The variable for its secret is suggested in a comment.
    pub fn webhook(&mut self, entry: &Value, secret_variable: Option<&str>) -> String {
        let text = self.entry(entry);
        match (secret_variable, self.format) {
            (None, _) | (_, FileFormat::Json) => text,
            (Some(name), FileFormat::Yaml) => format!("{text}    # secret: {{env: {name}}}\n"),
            (Some(name), FileFormat::Toml) => {
                format!("{text}# secret = {{ env = \"{name}\" }}\n")
            }
        }
    }

    fn entry(&mut self, entry: &Value) -> String {
        let is_first = std::mem::take(&mut self.is_empty);
        match self.format {
            FileFormat::Json => {
                let comma = if is_first { "" } else { "," };
                format!("{comma}\n    {}", json::pretty(entry).trim_end().replace('\n', "\n    "))
            }
            FileFormat::Yaml => {
                let item = yaml::document(&Value::Array(vec![entry.clone()]));
                let line_end = if is_first { "\n" } else { "" };
                line_end.to_owned()
                    + &item.lines().map(|line| format!("  {line}\n")).collect::<String>()
            }
            FileFormat::Toml => format!("\n{}", toml_text(entry)),
        }
    }

    /// The text after the last webhook.
    pub fn end(&self) -> &'static str {
        match (self.format, self.is_empty) {
            (FileFormat::Json, true) => "]\n}\n",
            (FileFormat::Json, false) => "\n  ]\n}\n",
            (FileFormat::Yaml, true) => " []\n",
            (FileFormat::Yaml, false) | (FileFormat::Toml, _) => "",
        }
    }
}

fn toml_text(entry: &Value) -> String {
    let members = entry.as_object().into_iter().flatten();
    let lines = members.filter_map(|(name, value)| Some(toml::pair(name, value)? + "\n"));
    format!("[[webhooks]]\n{}", lines.collect::<String>())
}
