//! Reads the existing webhooks as a manifest.

use super::Session;
use super::reconcile::cannot_list;
use crate::api::pages;
use crate::api::webhooks::{Query, WebhookDocument};
use crate::failure::Failure;
use crate::manifest::ExistingWebhook;
use crate::manifest::export::{Exported, file, is_expressible};
use crate::manifest::file::File;

pub struct Export {
    pub file: File,
    /// The IDs of webhooks that a manifest cannot express.
    pub left_out: Vec<String>,
}

/// Number of pages that are read concurrently.
const AT_ONCE: usize = 8;

/// Exports the webhooks that the query selects and that pass.
pub async fn export(
    session: &Session<'_>,
    query: &Query,
    passes: impl Fn(&WebhookDocument) -> bool,
) -> Result<Export, Failure> {
    let exported = pages::all(&session.webhooks, query, AT_ONCE, |webhook| {
        passes(webhook).then(
            || match ExistingWebhook::of(webhook).filter(is_expressible) {
                Some(existing) => Ok(Exported {
                    webhook: existing,
                    has_secret: webhook.secret.is_some(),
                }),
                None => Err(webhook
                    .id
                    .as_deref()
                    .unwrap_or("a webhook without an ID")
                    .to_owned()),
            },
        )
    });
    let (mut webhooks, mut left_out) = (Vec::new(), Vec::new());
    for one in exported.await.map_err(cannot_list)? {
        match one {
            Ok(webhook) => webhooks.push(webhook),
            Err(id) => left_out.push(id),
        }
    }
    Ok(Export {
        file: file(&webhooks),
        left_out,
    })
}
