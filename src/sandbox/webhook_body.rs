//! Validates a webhook as the platform does (docs/platform-api.md, "Creating a webhook").

use serde_json::{Map, Value};

use crate::model::url::Error as UrlError;
use crate::model::webhook_type::{self, WebhookType};
use crate::model::{Criteria, EndpointUrl};
use crate::sandbox::problem::Problem;

/// The validated members of a webhook. The outer `Option` says whether the member was sent.
#[derive(Debug, Default)]
pub struct Body {
    pub url: Option<String>,
    pub description: Option<Option<String>>,
    pub criteria: Option<Criteria>,
    pub secret: Option<Option<String>>,
}

/// The maximum length of texts, in characters.
const MAX_URL: usize = 4_096;
const MAX_TEXT: usize = 10_000;
const MAX_CRITERIA: usize = 100;

/// Validates a body for POST.
pub fn create(document: &Value) -> Result<(&'static WebhookType, Body), Problem> {
    let mut errors = Errors::default();
    let members = object(document)?;
    errors.unknown(members, &["type", "description", "url", "criteria", "secret", "status"]);
    let is_enabled = |status: &Value| {
        status.is_null() || status.as_str().is_some_and(|name| name.eq_ignore_ascii_case("enabled"))
    };
    if members.get("status").is_some_and(|status| !is_enabled(status)) {
        errors.add("status", "A webhook is created Enabled.");
    }
    let webhook_type = match members.get("type") {
        None | Some(Value::Null) => {
            errors.add("type", "The type is required.");
            None
        }
        Some(Value::String(name)) => {
            let known = webhook_type::KNOWN.iter().find(|known| known.name == name);
            if known.is_none() {
                errors.add("type", &format!("The type '{name}' is not known."));
            }
            known
        }
        Some(_) => {
            errors.add("type", "The type must be a string.");
            None
        }
    };
    let mut body = body(members, &mut errors);
    if body.url.is_none() && !members.contains_key("url") {
        errors.add("url", "The url is required.");
    }
    if let Some(webhook_type) = webhook_type {
        let criteria = body.criteria.get_or_insert_default();
        errors.anchor(webhook_type, criteria);
    }
    match webhook_type {
        Some(webhook_type) if errors.0.is_empty() => Ok((webhook_type, body)),
        _ => Err(Problem::invalid(errors.0)),
    }
}

/// Validates a body for PUT of a webhook of this type.
pub fn update(document: &Value, webhook_type: &WebhookType) -> Result<Body, Problem> {
    let mut errors = Errors::default();
    let members = object(document)?;
    if members.contains_key("type") {
        errors.add("type", "The type of a webhook cannot be changed.");
    }
    errors.unknown(members, &["type", "description", "url", "criteria", "secret"]);
    let body = body(members, &mut errors);
    if let Some(Value::Null) = members.get("criteria") {
        errors.anchor(webhook_type, &Criteria::default());
    }
    if let Some(criteria) = &body.criteria {
        errors.anchor(webhook_type, criteria);
    }
    if errors.0.is_empty() { Ok(body) } else { Err(Problem::invalid(errors.0)) }
}

fn object(document: &Value) -> Result<&Map<String, Value>, Problem> {
    document.as_object().ok_or_else(|| {
        Problem::invalid([("$".to_owned(), "The body must be an object.".to_owned())])
    })
}

fn body(members: &Map<String, Value>, errors: &mut Errors) -> Body {
    Body {
        url: match members.get("url") {
            None => None,
            Some(Value::String(url)) => errors.url(url),
            Some(_) => {
                errors.add("url", "The url must be a string.");
                None
            }
        },
        description: errors.text(members, "description"),
        criteria: errors.criteria(members.get("criteria")),
        secret: errors.text(members, "secret"),
    }
}

#[derive(Default)]
struct Errors(Vec<(String, String)>);

impl Errors {
    fn add(&mut self, field: &str, message: &str) {
        self.0.push((field.to_owned(), message.to_owned()));
    }

    fn unknown(&mut self, members: &Map<String, Value>, known: &[&str]) {
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            self.add(name, "The member is not known.");
        }
    }

    fn url(&mut self, text: &str) -> Option<String> {
        // The platform only accepts https; endpoints under development are on this machine or in a private network.
        let wrong = match EndpointUrl::parse(text) {
            Ok(_) if text.chars().count() <= MAX_URL => return Some(text.to_owned()),
            Ok(_) => "The url is too long.",
            Err(UrlError::Unencrypted) => "The url must be https.",
            Err(_) => "The url must be an absolute http(s) URL.",
        };
        self.add("url", wrong);
        None
    }

    fn text(&mut self, members: &Map<String, Value>, name: &str) -> Option<Option<String>> {
        match members.get(name)? {
            Value::Null => Some(None),
            Value::String(text) if text.chars().count() > MAX_TEXT => {
                self.add(name, &format!("The {name} is longer than {MAX_TEXT} characters."));
                None
            }
            Value::String(text) => Some((!text.is_empty()).then(|| text.clone())),
            _ => {
                self.add(name, &format!("The {name} must be a string."));
                None
            }
        }
    }

    fn criteria(&mut self, value: Option<&Value>) -> Option<Criteria> {
        let members = match value {
            None | Some(Value::Null) => return None,
            Some(Value::Object(members)) => members,
            Some(_) => {
                self.add("criteria", "The criteria must be an object.");
                return None;
            }
        };
        if members.len() > MAX_CRITERIA {
            self.add("criteria", &format!("There are more than {MAX_CRITERIA} criteria."));
        }
        let mut pairs = Vec::new();
        for (key, value) in members {
            match value {
                Value::String(text)
                    if text.chars().count() <= MAX_TEXT && key.chars().count() <= MAX_TEXT =>
                {
                    pairs.push((key.clone(), text.clone()));
                }
                Value::String(_) => {
                    self.add(&format!("criteria.{key}"), "The criterion is too long.")
                }
                _ => self.add(&format!("criteria.{key}"), "The value must be a string."),
            }
        }
        Some(pairs.into_iter().collect())
    }

    /// Validates the type's mandatory criterion: it must be a well-formed ID of an existing object.
    fn anchor(&mut self, webhook_type: &WebhookType, criteria: &Criteria) {
        let (anchor, prefix) = (webhook_type.anchor(), webhook_type.anchor().id_prefix());
        let field = format!("criteria.{}", anchor.criterion());
        match criteria.get(anchor.criterion()) {
            None => self.add(&field, "This criterion is required for this type."),
            Some(id) if !is_object_id(id, prefix) => {
                self.add(&field, &format!("'{id}' is not an ID of the form {prefix}-1111-1111."));
            }
            Some(id) if id.ends_with("-0000-0000") => {
                self.add(&field, &format!("The object '{id}' was not found."));
            }
            Some(_) => {}
        }
    }
}

/// Whether an ID looks like `PRD-1111-1111`.
pub fn is_object_id(id: &str, prefix: &str) -> bool {
    let mut parts = id.split('-');
    let digits = |part: Option<&str>| {
        part.is_some_and(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    parts.next() == Some(prefix)
        && digits(parts.next())
        && digits(parts.next())
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::create;

    fn fields(document: Value) -> Vec<String> {
        match create(&document) {
            Ok(_) => Vec::new(),
            Err(problem) => problem.errors.keys().cloned().collect(),
        }
    }

    #[test]
    fn every_wrong_member_is_named() {
        let right = json!({
            "type": "ValidateAnswer", "url": "https://a.example", "criteria": {"form.id": "FRM-1111-1111"}
        });
        assert!(fields(right).is_empty());
        assert_eq!(fields(json!({})), ["type", "url"]);
        assert_eq!(fields(json!([])), ["$"]);
        assert_eq!(
            fields(json!({
                "type": "ValidateAnswer", "url": "http://a.example", "secret": 5, "uri": "",
                "criteria": {"form.id": "PRD-1111-1111", "status": 3}
            })),
            ["uri", "url", "criteria.status", "secret", "criteria.form.id"]
        );
        assert_eq!(
            fields(json!({
                "type": "SelectOrderLines", "url": "http://localhost:1",
                "criteria": {"product.id": "PRD-0000-0000"}
            })),
            ["criteria.product.id"]
        );
    }
}
