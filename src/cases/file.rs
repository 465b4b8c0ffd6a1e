//! The shape of a case file, for its schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::source::schema_of;

/// Test cases of an endpoint.
#[derive(Serialize, JsonSchema)]
#[schemars(
    deny_unknown_fields,
    title = "Test cases of an endpoint of the SoftwareOne Marketplace Platform"
)]
pub struct CaseFile {
    /// The address of this schema, for editors
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<String>,
    pub cases: Vec<CaseEntry>,
    /// Claims that are added to the tokens, or replace theirs; they need a secret
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub claims: Option<BTreeMap<String, Value>>,
}

/// A callout, and what the endpoint should make of it
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CaseEntry {
    /// The name in reports; each case has another
    pub name: String,
    /// The webhook type, in any letter case or in kebab-case; its sample is sent if there is no payload
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub webhook_type: Option<String>,
    /// The file with the JSON object that is sent; below the folder of this file
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub payload: Option<String>,
    /// Values to set in the object, by paths such as lines.0.quantity
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub set: Option<BTreeMap<String, Value>>,
    /// The verdict of the platform on the answer
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Expectation")]
    pub expect: Option<Expectation>,
    /// The message of the refusal; * stands for any text
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub message: Option<String>,
    /// Exactly these values are changed, by their paths, { any = true } being any value; without it, any change is accepted
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub changes: Option<BTreeMap<String, Value>>,
    /// The maximum time until the answer, such as 2s; 10s if it is not given
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub within: Option<String>,
}

/// The verdict on an answer
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expectation {
    Success,
    Refusal,
    Failure,
}

/// The JSON Schema of a case file.
pub fn schema() -> Value {
    schema_of::<CaseFile>()
}

#[cfg(test)]
mod tests {
    use crate::cases::reader::CASE_KEYS;

    #[test]
    fn the_schema_knows_the_keys_that_are_read() {
        let schema = super::schema();
        let known = schema.pointer("/$defs/CaseEntry/properties").unwrap();
        let mut known: Vec<_> = known.as_object().unwrap().keys().collect();
        known.sort();
        assert_eq!(known, CASE_KEYS);
    }
}
