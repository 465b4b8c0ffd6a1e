//! A file from what exists, in an order of its own so that it compares well.

use serde_json::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table};

use super::file::{ANCHORS, Entry, File, Form, SecretReference, VERSION};
use super::plan::Existing;
use super::variables::escape;
use crate::model::webhook_type;
use crate::ui::{json, yaml};

/// A webhook to export, and whether it has a secret.
pub struct Exported {
    pub webhook: Existing,
    pub has_secret: bool,
}

/// Whether a file can say which webhook it is: by a criterion that is its object.
pub fn can_be_told(webhook: &Existing) -> bool {
    let anchor = webhook_type::find(&webhook.identity.webhook_type).map(|known| known.anchor);
    ANCHORS
        .iter()
        .filter(|(_, criterion)| anchor.is_none_or(|anchor| anchor == *criterion))
        .any(|(_, criterion)| webhook.criteria.get(criterion) == Some(&webhook.identity.object))
}

/// The file that describes these webhooks.
pub fn file(webhooks: &[Exported]) -> File {
    let mut sorted: Vec<&Exported> = webhooks.iter().collect();
    sorted.sort_by(|one, other| one.webhook.identity.cmp(&other.webhook.identity));
    File {
        version: VERSION,
        scope: None,
        webhooks: sorted.into_iter().map(entry).collect(),
    }
}

fn entry(exported: &Exported) -> Entry {
    let webhook = &exported.webhook;
    let identity = &webhook.identity;
    let mut entry = Entry {
        webhook_type: escape(&identity.webhook_type),
        url: escape(&webhook.url),
        description: Some(escape(&webhook.description)).filter(|text| !text.is_empty()),
        enabled: webhook.enabled,
        secret: exported
            .has_secret
            .then(|| SecretReference::Env(secret_variable(identity))),
        ..Entry::default()
    };
    let anchor = webhook_type::find(&identity.webhook_type).map(|known| known.anchor);
    let mut rest = std::collections::BTreeMap::new();
    for (key, value) in webhook.criteria.iter() {
        let short = ANCHORS.iter().find(|(_, criterion)| *criterion == key);
        match short {
            Some((short, _)) if anchor.is_none_or(|anchor| anchor == key) => {
                let place = match *short {
                    "product" => &mut entry.product,
                    "program" => &mut entry.program,
                    _ => &mut entry.form,
                };
                *place = Some(escape(value));
            }
            _ => {
                rest.insert(key.to_owned(), escape(value));
            }
        }
    }
    entry.criteria = Some(rest).filter(|rest| !rest.is_empty());
    entry
}

/// `VALIDATE_ANSWER_FRM_1111_1111_SECRET`
fn secret_variable(identity: &super::check::Identity) -> String {
    let mut name = String::new();
    let mut after_lower = false;
    for c in identity.webhook_type.chars() {
        if c.is_uppercase() && after_lower {
            name.push('_');
        }
        after_lower = c.is_lowercase() || c.is_ascii_digit();
        name.push(if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        });
    }
    name.push('_');
    name.extend(identity.object.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    }));
    format!("{name}_SECRET")
}

/// The file's text.
pub fn text(file: &File, form: Form) -> Result<String, serde_json::Error> {
    let document = serde_json::to_value(file)?;
    Ok(match form {
        Form::Json => json::pretty(&document),
        Form::Yaml => yaml::document(&document),
        Form::Toml => toml(&document),
    })
}

fn toml(document: &Value) -> String {
    let mut text = DocumentMut::new();
    text["version"] = toml_edit::value(VERSION as i64);
    let mut webhooks = toml_edit::ArrayOfTables::new();
    for webhook in document["webhooks"].as_array().into_iter().flatten() {
        let mut table = Table::new();
        for (key, value) in webhook.as_object().into_iter().flatten() {
            if let Some(value) = toml_value(value) {
                table.insert(key, Item::Value(value));
            }
        }
        webhooks.push(table);
    }
    if !webhooks.is_empty() {
        text.insert("webhooks", Item::ArrayOfTables(webhooks));
    }
    text.to_string()
}

fn toml_value(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number.as_i64()?.into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items
            .iter()
            .filter_map(toml_value)
            .collect::<Array>()
            .into(),
        Value::Object(members) => {
            let members = members
                .iter()
                .filter_map(|(key, value)| Some((key.as_str(), toml_value(value)?)));
            InlineTable::from_iter(members).into()
        }
    })
}
