//! The audit records of changes of webhooks (docs/platform-api.md, "Objects around a webhook"). Calls are not in them.

use serde_json::{Value, json};

use super::accounts::Account;
use super::rql::Scope;
use super::select::Shape;
use crate::model::timestamp;
use crate::system::clock;

pub const RECORD: Shape = Shape {
    members: &["id", "event", "summary", "details", "object", "timestamp", "actor", "documents"],
    omitted: &["object", "actor", "details", "documents"],
    scope: Scope(&["id", "event", "timestamp", "object.id", "object.objectType", "actor.id"], &[]),
};

/// The members whose values a record shows.
const SHOWN: [&str; 4] = ["url", "description", "criteria", "status"];

/// A record of a change of a webhook; null stands for a webhook that does not exist. `None` if nothing that records
/// show has changed.
pub fn record(before: &Value, after: &Value, account: Account) -> Option<Value> {
    let webhook = if after.is_null() { before } else { after };
    let event = match (before.is_null(), after.is_null()) {
        (true, _) => "created",
        (_, true) => "deleted",
        _ => "updated",
    };
    let mut details: Vec<String> = Vec::new();
    for member in SHOWN {
        let (old, new) = (&before[member], &after[member]);
        if old != new && event != "deleted" {
            details.push(match (old, new) {
                (Value::Null, new) => format!("{member}: {}", text(new)),
                (old, new) => format!("{member}: {} → {}", text(old), text(new)),
            });
        }
    }
    if before["secret"] != after["secret"] && event != "deleted" {
        details.push("secret: changed".to_owned());
    }
    if details.is_empty() && event == "updated" {
        return None;
    }
    let id = webhook["id"].as_str().unwrap_or_default();
    Some(json!({
        "event": format!("webhook.{event}"),
        "summary": format!("Webhook {id} was {event}."),
        "details": details.join("\n"),
        "object": {"id": id, "name": id, "objectType": "Webhook"},
        "timestamp": timestamp::format(clock::now()),
        "actor": account.actor(),
        "documents": null
    }))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
