//! How webhooks are shown: one in detail, several as rows.

use serde_json::Value;

use crate::model::Webhook;
use crate::ui::columns::{self, Column};
use crate::ui::{Layout, details, escape, json};

/// One webhook, in detail.
pub fn one(reveal_secret: bool) -> Layout<Webhook> {
    Layout {
        columns: default_columns(),
        ..Layout::one(Webhook::of, move |webhook, style| {
            details::render(webhook, reveal_secret, style)
        })
    }
    .with_id(|webhook| webhook.id.clone())
}

/// Webhooks as rows.
pub fn rows(columns: Vec<&'static Column<Webhook>>) -> Layout<Webhook> {
    Layout::rows(Webhook::of, columns).with_id(|webhook| webhook.id.clone())
}

pub fn default_columns() -> Vec<&'static Column<Webhook>> {
    columns::select(&columns::DEFAULT).unwrap_or_default()
}

/// A request that was not sent: `--dry-run`.
pub fn request() -> Layout<Value> {
    Layout::one(Value::clone, |request, _| {
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let body = json::pretty(&request["body"]);
        format!("{} {}\n\n{body}", text("method"), text("url"))
    })
}

/// `WBH-1234-5678 (ValidateAnswer for FRM-1111-1111)`, as far as it is known.
pub fn described(document: &Value) -> String {
    let webhook = Webhook::of(document);
    let id = webhook
        .id
        .unwrap_or_else(|| "a webhook without an id".to_owned());
    let described = match (
        webhook.webhook_type,
        webhook.object.and_then(|object| object.id),
    ) {
        (Some(webhook_type), Some(object)) => format!("{id} ({webhook_type} for {object})"),
        (Some(webhook_type), None) => format!("{id} ({webhook_type})"),
        _ => id,
    };
    // It goes into messages, which are one line each.
    escape::line(&described).into_owned()
}
