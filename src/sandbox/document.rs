//! Creates and updates the documents of webhooks.

use serde_json::{Map, Value, json};

use super::facts;
use super::problem::Problem;
use super::store::NewWebhook;
use crate::model::timestamp;
use crate::model::webhook_type::{self, WebhookType};
use crate::sandbox::webhook_body::{self, Body};
use crate::system::clock;

/// The document of a new webhook.
pub fn new(webhook_type: &'static WebhookType, body: Body) -> NewWebhook {
    let criteria = body.criteria.unwrap_or_default();
    let object_id = criteria.get(webhook_type.anchor().criterion()).unwrap_or_default().to_owned();
    let created = event();
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("revision", 1.into());
    set("audit", json!({ "created": created, "updated": created }));
    set("url", body.url.into());
    set("description", body.description.flatten().into());
    set("status", "Enabled".into());
    set("type", webhook_type.name.into());
    set("secret", body.secret.flatten().into());
    set(
        "statistics",
        json!({"total": 0, "successes": 0, "failures": 0, "failuresSinceLastSuccess": 0}),
    );
    set("objectType", webhook_type.kind.object_type.into());
    set(
        "account",
        json!({
            "id": "ACC-1000-0001", "href": "/accounts/accounts/ACC-1000-0001", "type": "Vendor",
            "status": "Active", "name": "Northwind Software"
        }),
    );
    set("object", facts::reference(&object_id));
    set("criteria", Value::Object(criteria.to_object()));
    NewWebhook { webhook_type: webhook_type.name, object_id, document }
}

/// Applies the members that were sent.
pub fn update(mut webhook: Value, document: &Value) -> Result<Value, Problem> {
    let name = webhook["type"].as_str().unwrap_or_default();
    let webhook_type = webhook_type::find(name).ok_or_else(Problem::internal)?;
    let body = webhook_body::update(document, webhook_type)?;
    if let Some(url) = body.url {
        webhook["url"] = url.into();
    }
    if let Some(description) = body.description {
        webhook["description"] = description.into();
    }
    if let Some(secret) = body.secret {
        webhook["secret"] = secret.into();
    }
    if let Some(criteria) = body.criteria {
        webhook["object"] =
            facts::reference(criteria.get(webhook_type.anchor().criterion()).unwrap_or_default());
        webhook["criteria"] = Value::Object(criteria.to_object());
    }
    touch(&mut webhook);
    Ok(webhook)
}

/// Sets a new revision; the author is the owner of the token.
pub fn touch(webhook: &mut Value) {
    let revision = webhook["revision"].as_i64().unwrap_or(0);
    webhook["revision"] = revision.saturating_add(1).into();
    webhook["audit"]["updated"] = event();
}

fn event() -> Value {
    json!({"at": timestamp::format(clock::now()), "by": {"id": "USR-0000-0000", "name": "mpt sandbox"}})
}
