//! Reads the existing webhooks as a manifest.

use std::collections::HashSet;

use super::reconcile::cannot_list;
use crate::api::Pages;
use crate::failure::Failure;
use crate::manifest::ExistingWebhook;
use crate::manifest::export::{Exported, file, is_expressible};
use crate::manifest::file::File;

pub struct Export {
    pub file: File,
    /// The IDs of webhooks that a manifest cannot express.
    pub left_out: Vec<String>,
}

pub async fn export(mut pages: Pages<'_>) -> Result<Export, Failure> {
    let mut exported = Vec::new();
    let mut left_out = Vec::new();
    let mut seen = HashSet::new();
    while let Some(webhooks) = pages.next().await.map_err(cannot_list)? {
        for webhook in webhooks {
            // A list that changes while it is read may contain a webhook twice.
            if webhook
                .id
                .as_ref()
                .is_some_and(|id| !seen.insert(id.clone()))
            {
                continue;
            }
            match ExistingWebhook::of(&webhook).filter(is_expressible) {
                Some(existing) => exported.push(Exported {
                    webhook: existing,
                    has_secret: webhook.secret.is_some(),
                }),
                None => {
                    let id = webhook.id.as_deref().unwrap_or("a webhook without an ID");
                    left_out.push(id.to_owned());
                }
            }
        }
    }
    Ok(Export {
        file: file(&exported),
        left_out,
    })
}
