//! Which webhook types of a product, program or form are covered: a webhook is registered, and its switch is on.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::api::list::Query;
use crate::api::webhooks::WebhookDocument;
use crate::api::{Error, List, Webhooks, rql};
use crate::model::Document;
use crate::model::WebhookKey;
use crate::model::object::CatalogObject;
use crate::model::webhook_type::{self, Anchor, WebhookType};

/// The state of one type for one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// A webhook is registered, and the platform calls it.
    Registered,
    /// A webhook is registered, but its switch is off or it is disabled.
    Silent,
    /// The switch is on, but no webhook is registered.
    Missing,
    /// Neither.
    None,
    Unknown,
}

impl Coverage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Silent => "silent",
            Self::Missing => "missing",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

/// An object with the coverage of each type that it can have.
#[derive(Debug, Serialize)]
pub struct CoveredObject {
    pub id: Option<String>,
    pub name: Option<String>,
    pub status: Option<String>,
    pub coverage: serde_json::Map<String, Value>,
    #[serde(skip)]
    pub types: Vec<Coverage>,
}

/// The number of IDs in one filter.
const MAX_IDS: usize = 50;

/// Reads the webhooks of these objects. If that is not permitted, the coverage is unknown.
///
/// # Errors
/// The webhooks cannot be listed for another reason.
pub async fn cover(
    webhooks: &Webhooks<'_>,
    anchor: Anchor,
    objects: Vec<Document<CatalogObject>>,
    jobs: usize,
) -> Result<Vec<CoveredObject>, Error> {
    let ids: Vec<&str> = objects.iter().filter_map(|object| object.id.as_deref()).collect();
    let mut registered: Option<HashMap<WebhookKey, bool>> = Some(HashMap::new());
    for part in ids.chunks(MAX_IDS) {
        let query = Query {
            filter: rql::is_in("object.id", part.iter().copied()).unwrap_or_default(),
            ..Query::default()
        };
        let list = List::of_webhooks(&query).at_once(jobs);
        let view = |webhook: &WebhookDocument| {
            Some((WebhookKey::of(webhook)?, webhook.enabled() == Some(true)))
        };
        match list.collect(webhooks.client(), view).await {
            Ok(read) => {
                for (key, is_enabled) in read {
                    if let Some(known) = &mut registered {
                        *known.entry(key).or_default() |= is_enabled;
                    }
                }
            }
            Err(error) if matches!(error.status(), Some(403 | 404)) => registered = None,
            Err(error) => return Err(error),
        }
    }
    // A client sees no webhooks, so that there are none says nothing.
    let found_no_webhooks = registered.as_ref().is_some_and(HashMap::is_empty);
    if found_no_webhooks && !objects.is_empty() && is_client(webhooks).await {
        registered = None;
    }
    Ok(objects.iter().map(|object| covered(anchor, object, registered.as_ref())).collect())
}

/// Whether the token is known to belong to a client.
async fn is_client(webhooks: &Webhooks<'_>) -> bool {
    let record = webhooks.client().token_record().await;
    let account = record.ok().flatten().and_then(|record| record.account);
    account.is_some_and(|account| account.is_client())
}

fn covered(
    anchor: Anchor,
    object: &CatalogObject,
    registered: Option<&HashMap<WebhookKey, bool>>,
) -> CoveredObject {
    let of_type = |known: &WebhookType| {
        let Some(registered) = registered else {
            return Coverage::Unknown;
        };
        let key = WebhookKey {
            webhook_type: known.name.to_owned(),
            object: object.id.clone().unwrap_or_default(),
        };
        let is_enabled = registered.get(&key).copied();
        let Some(switch) = known.switch.as_ref().filter(|switch| switch.is_certain) else {
            return match is_enabled {
                Some(true) => Coverage::Registered,
                Some(false) => Coverage::Silent,
                None => Coverage::None,
            };
        };
        match (switch.value_in(&object.settings).and_then(Value::as_bool), is_enabled) {
            (None, _) => Coverage::Unknown,
            (Some(true), Some(true)) => Coverage::Registered,
            (_, Some(_)) => Coverage::Silent,
            (Some(true), None) => Coverage::Missing,
            (Some(false), None) => Coverage::None,
        }
    };
    let types: Vec<Coverage> = webhook_type::of(anchor).map(of_type).collect();
    let named = webhook_type::of(anchor).zip(&types);
    CoveredObject {
        id: object.id.clone(),
        name: object.name.clone(),
        status: object.status.clone(),
        coverage: named
            .map(|(known, state)| (known.name.to_owned(), state.name().into()))
            .collect(),
        types,
    }
}
