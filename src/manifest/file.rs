//! The shape of a manifest: one model for TOML, YAML and JSON, for the schema and for `export`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Anchor;
use crate::source::schema_of;

/// The format version that this program reads and writes.
pub const VERSION: u64 = 1;

/// The webhooks that should exist.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Webhooks of the SoftwareOne Marketplace Platform")]
#[schemars(extend("patternProperties" = other_keys()))]
pub struct ManifestFile {
    /// The address of this schema, for editors
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<String>,
    /// The version of this format
    #[schemars(range(min = 1, max = 1))]
    pub version: u64,
    /// Defaults of variables; the environment, --vars and --var override them
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub variables: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "defaults")]
    pub defaults: Option<ManifestEntry>,
    /// What --prune may delete; without it nothing is
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Scope")]
    pub scope: Option<Scope>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<ManifestEntry>,
}

/// An entry without criteria, of which nothing is required.
fn defaults(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = ManifestEntry::json_schema(generator);
    let secret = generator.subschema_for::<SecretReference>();
    schema.insert(
        "description".to_owned(),
        "Members of every webhook of this file that does not have them".into(),
    );
    schema.remove("required");
    if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        members.remove("criteria");
        members.remove("switch");
        members.insert("secret".to_owned(), secret.to_value());
    }
    schema
}

/// If types and objects are both given, both must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Scope {
    /// Webhook types
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub types: Option<Vec<String>>,
    /// IDs of products, programs and forms
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub objects: Option<Vec<String>>,
}

/// One webhook; its type and its object identify it. An absent member stays unchanged. In text,
/// ${NAME} is a variable, and $${ a literal ${.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Entry")]
#[schemars(extend("patternProperties" = other_keys()))]
pub struct ManifestEntry {
    /// A type such as ValidatePurchaseOrderDraft, in any letter case or in kebab-case
    #[serde(rename = "type")]
    pub webhook_type: String,
    /// The product that it is for: criteria product.id
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub product: Option<String>,
    /// The program that it is for: criteria program.id
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub program: Option<String>,
    /// The form that it is for: criteria form.id
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub form: Option<String>,
    /// Values that the event's object must have, by path. They replace all criteria; if absent, only
    /// the criterion of the object is compared
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub criteria: Option<BTreeMap<String, String>>,
    /// URL of the endpoint; http:// is only allowed for this machine
    pub url: String,
    /// What the webhook is for; "" clears
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub description: Option<String>,
    /// If absent: enabled when created, later unchanged
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub enabled: Option<bool>,
    /// true: turn on the switch of the product or program for this type. If absent, it is left as it is
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "True")]
    pub switch: Option<bool>,
    /// false: none is sent, even if the file has a default
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "EntrySecret")]
    pub secret: Option<SecretReference>,
}

/// A secret of an entry, for the schema.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum EntrySecret {
    Reference(SecretReference),
    None(bool),
}

/// Where to read a secret from; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum SecretReference {
    Env {
        /// Read it from this environment variable
        env: String,
        /// The member of the JSON object in the variable
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        key: Option<String>,
    },
    File {
        /// Read it from this file, relative to the manifest, without its last line break
        file: String,
    },
    Command {
        /// Read it from the output of this command, which only runs with --allow-commands
        command: Vec<String>,
    },
}

/// The only value of a switch: turning one off silences the webhooks of others.
#[derive(JsonSchema)]
#[schemars(extend("const" = true), transparent)]
#[allow(dead_code)]
struct True(bool);

/// Keys for other programs, and for YAML anchors.
fn other_keys() -> Value {
    serde_json::json!({ "^x-": true })
}

impl ManifestEntry {
    /// The short key for an anchor.
    pub fn anchor(&self, anchor: Anchor) -> &Option<String> {
        match anchor {
            Anchor::Product => &self.product,
            Anchor::Program => &self.program,
            Anchor::Form => &self.form,
        }
    }

    pub fn anchor_mut(&mut self, anchor: Anchor) -> &mut Option<String> {
        match anchor {
            Anchor::Product => &mut self.product,
            Anchor::Program => &mut self.program,
            Anchor::Form => &mut self.form,
        }
    }
}

/// The JSON Schema of a manifest.
pub fn schema() -> Value {
    schema_of::<ManifestFile>()
}

#[cfg(test)]
mod tests {
    use super::schema;
    use crate::manifest::reader::{DEFAULT_KEYS, ENTRY_KEYS, FILE_KEYS, SCOPE_KEYS};

    #[test]
    fn the_schema_knows_the_keys_that_are_read() {
        let schema = schema();
        for (pointer, keys) in [
            ("/properties", &FILE_KEYS[..]),
            ("/$defs/Scope/properties", &SCOPE_KEYS[..]),
            ("/$defs/Entry/properties", &ENTRY_KEYS[..]),
            ("/properties/defaults/properties", &DEFAULT_KEYS[..]),
        ] {
            let known = schema.pointer(pointer).unwrap().as_object().unwrap();
            let mut known: Vec<_> = known.keys().collect();
            known.sort();
            assert_eq!(known, keys, "{pointer}");
        }
    }
}
