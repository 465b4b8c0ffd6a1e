//! Reads the existing webhooks as a manifest.

use std::cell::RefCell;
use std::io;

use serde_json::Value;

use super::Session;
use super::reconcile::cannot_list;
use crate::api::pages;
use crate::api::webhooks::{Query, WebhookDocument};
use crate::failure::{Failure, Kind};
use crate::manifest::ExistingWebhook;
use crate::manifest::export::{entry, is_expressible};
use crate::manifest::file::SecretReference;
use crate::model::WebhookKey;
use crate::system::spool::{Part, Spool};

/// The webhooks to export, sorted so that versions compare well.
pub struct Export {
    /// Where the JSON text of each webhook is held: an account may have more webhooks than fit into memory.
    webhooks: Vec<Part>,
    texts: Spool,
    /// The IDs of webhooks that a manifest cannot express.
    pub left_out: Vec<String>,
    /// The variables that the secrets are read from.
    pub secret_variables: Vec<String>,
}

impl Export {
    /// Each webhook as a manifest describes it.
    pub fn webhooks(self) -> impl Iterator<Item = io::Result<Value>> {
        let mut texts = self.texts;
        self.webhooks.into_iter().map(move |part| {
            let text = texts.read(part)?;
            Ok(serde_json::from_str(&text)?)
        })
    }
}

/// One webhook of the list.
enum Row {
    Expressible {
        key: WebhookKey,
        text: io::Result<Part>,
        secret: Option<String>,
    },
    LeftOut(String),
}

/// Exports the webhooks that the query selects and that pass.
pub async fn export(
    session: &Session<'_>,
    query: &Query,
    passes: impl Fn(&WebhookDocument) -> bool,
    jobs: usize,
) -> Result<Export, Failure> {
    let texts = RefCell::new(Spool::default());
    let row = |webhook: &WebhookDocument| {
        if !passes(webhook) {
            return None;
        }
        let Some(existing) = ExistingWebhook::of(webhook).filter(is_expressible) else {
            let id = webhook.id.as_deref();
            return Some(Row::LeftOut(
                id.unwrap_or("a webhook without an ID").to_owned(),
            ));
        };
        let entry = entry(&existing, webhook.secret.is_some());
        let text = serde_json::to_string(&entry).map_err(io::Error::from);
        Some(Row::Expressible {
            key: existing.key,
            text: text.and_then(|text| texts.borrow_mut().write(&text)),
            secret: match entry.secret {
                Some(SecretReference::Env(name)) => Some(name),
                _ => None,
            },
        })
    };
    let rows = pages::all(&session.webhooks, query, jobs, row).await;
    let (mut webhooks, mut left_out) = (Vec::new(), Vec::new());
    for row in rows.map_err(cannot_list)? {
        match row {
            Row::Expressible { key, text, secret } => {
                webhooks.push((key, text.map_err(spool_failure)?, secret));
            }
            Row::LeftOut(id) => left_out.push(id),
        }
    }
    webhooks.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let secrets = webhooks.iter_mut();
    let secret_variables = secrets.filter_map(|(_, _, secret)| secret.take()).collect();
    Ok(Export {
        webhooks: webhooks.into_iter().map(|(_, part, _)| part).collect(),
        texts: texts.into_inner(),
        left_out,
        secret_variables,
    })
}

pub fn spool_failure(error: io::Error) -> Failure {
    Failure::new(Kind::Internal, error.to_string())
        .with_hint("free some space there, or set another folder with TMPDIR")
}
