//! The views of webhooks: one in detail, several as rows, and a request that is not sent.

use serde::Serialize;
use serde_json::Value;

use crate::api::webhooks::WebhookDocument;
use crate::model::url::without_userinfo;
use crate::text::json;
use crate::ui::webhook_columns::default_columns;
use crate::ui::{Column, View, webhook_details};

/// One webhook, in detail.
pub fn one(reveal_secret: bool) -> View<WebhookDocument> {
    View::details(move |webhook: &WebhookDocument, style| {
        webhook_details::render(webhook, reveal_secret, style)
    })
    .with_columns(default_columns())
    .with_id(|webhook| webhook.id.clone())
}

/// Webhooks as rows.
pub fn rows(
    columns: impl IntoIterator<Item = &'static Column<WebhookDocument>>,
) -> View<WebhookDocument> {
    View::rows(columns).with_id(|webhook| webhook.id.clone())
}

/// A request that `--dry-run` does not send.
#[derive(Serialize)]
pub struct DryRun {
    pub method: &'static str,
    pub url: String,
    pub body: Value,
}

impl DryRun {
    pub fn view() -> View<Self> {
        View::details(|request: &Self, _| {
            let mut body = request.body.clone();
            if let Some(url) = body.get_mut("url")
                && let Some(text) = url.as_str()
            {
                *url = without_userinfo(text).into();
            }
            let body = json::pretty(&body);
            format!("{} {}\n\n{body}", request.method, request.url)
        })
    }
}
