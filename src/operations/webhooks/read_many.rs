//! Reads several webhooks with few requests.

use std::collections::HashMap;

use crate::api::webhooks::{Query, SELECT, WebhookDocument};
use crate::api::{Error as ApiError, List, rql};
use crate::operations::Session;

/// The number of IDs in one filter.
pub const MAX_IDS: usize = 50;

/// The webhooks with these IDs, or all without any, and the IDs that were not found.
pub async fn webhooks(
    session: &Session<'_>,
    ids: &[String],
    jobs: usize,
) -> Result<(Vec<WebhookDocument>, Vec<String>), ApiError> {
    let mut found = Vec::new();
    let chunks: Vec<String> = if ids.is_empty() {
        vec![String::new()]
    } else {
        let parts = ids.chunks(MAX_IDS);
        let filters = parts.map(|part| rql::is_in("id", part.iter().map(String::as_str)));
        let filters: Option<Vec<_>> = filters.collect();
        filters.ok_or_else(|| ApiError::Id(ids.join(", ")))?
    };
    for filter in chunks {
        let query = Query { filter, select: Some(SELECT.to_owned()), order: None };
        let list = List::of_webhooks(&query).at_once(jobs);
        found.extend(list.all(session.webhooks.client()).await?);
    }
    let is_wanted = |webhook: &WebhookDocument| {
        let id = webhook.id.as_ref();
        id.is_some_and(|id| ids.is_empty() || ids.contains(id))
    };
    found.retain(is_wanted);
    let is_missing = |id: &&String| !found.iter().any(|webhook| webhook.id.as_ref() == Some(*id));
    let missing = ids.iter().filter(is_missing).cloned().collect();
    Ok((found, missing))
}

/// The webhooks with these IDs, at most [`MAX_IDS`], for messages about them. What cannot be read is not in the map.
pub async fn known(session: &Session<'_>, ids: &[String]) -> HashMap<String, WebhookDocument> {
    if ids.is_empty() {
        return HashMap::new();
    }
    let found = session.webhooks.known(ids).await;
    let with_id = |webhook: WebhookDocument| Some((webhook.id.clone()?, webhook));
    found.into_iter().filter_map(with_id).collect()
}
