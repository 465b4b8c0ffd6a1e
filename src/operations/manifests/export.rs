//! Reads the existing webhooks as a manifest.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::io;

use serde_json::Value;

use crate::api::List;
use crate::api::webhooks::{Query, WebhookDocument};
use crate::failure::{Failure, Kind};
use crate::manifest::ExistingWebhook;
use crate::manifest::export::{entry, is_expressible, secret_variable};
use crate::model::WebhookKey;
use crate::operations::Session;
use crate::operations::manifests::objects;
use crate::operations::manifests::reconcile::cannot_list;
use crate::system::spool::{Part, Spool};

/// The webhooks to export, sorted so that versions compare well.
pub struct Export {
    /// Where the JSON text of each webhook is held: an account may have more webhooks than fit into memory.
    webhooks: Vec<ExportedWebhook>,
    texts: Spool,
    /// The IDs of webhooks that a manifest cannot express, and why.
    pub left_out: Vec<(String, &'static str)>,
    pub types: BTreeSet<String>,
}

impl Export {
    /// The variables for the secrets of those that have one.
    pub fn secret_variables(&self) -> Vec<String> {
        let variables = self.webhooks.iter();
        variables.filter_map(|webhook| webhook.secret.clone()).collect()
    }

    /// Each webhook as a manifest describes it, and the variable for its secret if it has one.
    pub fn webhooks(self) -> impl Iterator<Item = io::Result<(Value, Option<String>)>> {
        let mut texts = self.texts;
        self.webhooks.into_iter().map(move |webhook| {
            let text = texts.read(webhook.text)?;
            let mut entry: Value = serde_json::from_str(&text)?;
            if webhook.is_switched_on && entry["enabled"] != false {
                entry["switch"] = true.into();
            }
            Ok((entry, webhook.secret))
        })
    }
}

struct ExportedWebhook {
    text: Part,
    /// The variable for its secret.
    secret: Option<String>,
    /// Whether its switch is on, and is to be written.
    is_switched_on: bool,
}

/// One webhook of the list.
enum Row {
    Expressible { key: WebhookKey, text: io::Result<Part>, secret: Option<String> },
    LeftOut(String, &'static str),
}

impl Row {
    fn of(webhook: &WebhookDocument, texts: &RefCell<Spool>) -> Self {
        let Some(existing) = ExistingWebhook::of(webhook).filter(is_expressible) else {
            let id = webhook.id.as_deref().unwrap_or("a webhook without an ID");
            let why = match webhook.webhook_type {
                None => "it has no type",
                Some(_) => "its criteria do not name a product, program or form",
            };
            return Self::LeftOut(id.to_owned(), why);
        };
        let text = serde_json::to_string(&entry(&existing)).map_err(io::Error::from);
        Self::Expressible {
            secret: webhook.secret.is_some().then(|| secret_variable(&existing.key)),
            key: existing.key,
            text: text.and_then(|text| texts.borrow_mut().write(&text)),
        }
    }
}

/// Exports the webhooks that the query selects and that pass.
pub async fn export(
    session: &Session<'_>,
    query: &Query,
    passes: impl Fn(&WebhookDocument) -> bool,
    with_switches: bool,
    jobs: usize,
) -> Result<Export, Failure> {
    let texts = RefCell::new(Spool::default());
    let row = |webhook: &WebhookDocument| passes(webhook).then(|| Row::of(webhook, &texts));
    let list = List::of_webhooks(query).at_once(jobs);
    let rows = list.collect(session.webhooks.client(), row).await;
    let (mut webhooks, mut left_out) = (Vec::new(), Vec::new());
    for row in rows.map_err(cannot_list)? {
        match row {
            Row::Expressible { key, text, secret } => {
                webhooks.push((key, text.map_err(spool_failure)?, secret));
            }
            Row::LeftOut(id, why) => left_out.push((id, why)),
        }
    }
    webhooks.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let mut switched_on = HashSet::new();
    if with_switches {
        let keys: Vec<_> = webhooks.iter().map(|(key, ..)| key).collect();
        let (on, unread) = objects::switched_on(&keys, session, jobs).await?;
        unread.iter().for_each(|what| session.webhooks.client().reporter().warn(what));
        switched_on = on;
    }
    let types = webhooks.iter().map(|(key, ..)| key.webhook_type.clone());
    Ok(Export {
        types: types.collect(),
        webhooks: webhooks
            .into_iter()
            .map(|(key, text, secret)| ExportedWebhook {
                text,
                secret,
                is_switched_on: switched_on.contains(&key),
            })
            .collect(),
        texts: texts.into_inner(),
        left_out,
    })
}

pub fn spool_failure(error: io::Error) -> Failure {
    Failure::new(Kind::Internal, error.to_string())
        .with_hint("free some space there, or set another folder with TMPDIR")
}
