//! Reads a list page by page, and never more pages than needed (docs/platform-api.md, "Lists").

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;

use super::Error;
use super::webhooks::{PAGE, Page, Query, WebhookDocument, Webhooks};

pub struct Pages<'a> {
    webhooks: &'a Webhooks<'a>,
    query: &'a Query,
    /// A filter that `mpt` applies itself; `remaining` counts what passes.
    passes: fn(&WebhookDocument) -> bool,
    /// Whether every document passes, so that the page size can be the remaining number.
    all_pass: bool,
    /// The number of documents still remaining.
    remaining: Option<u64>,
    offset: u64,
    ended: bool,
    /// The first document of the previous page, to detect a server that ignores the offset.
    first: Option<Value>,
}

impl<'a> Pages<'a> {
    /// Reads all documents, or the first `remaining`.
    pub fn new(webhooks: &'a Webhooks<'a>, query: &'a Query, remaining: Option<u64>) -> Self {
        Self {
            webhooks,
            query,
            passes: |_| true,
            all_pass: true,
            remaining,
            offset: 0,
            ended: false,
            first: None,
        }
    }

    /// Keeps only documents that pass, which is decided here and not by the platform.
    #[must_use]
    pub fn that(self, passes: fn(&WebhookDocument) -> bool) -> Self {
        Self {
            passes,
            all_pass: false,
            ..self
        }
    }

    /// The documents of the next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<WebhookDocument>>, Error> {
        if self.ended || self.remaining == Some(0) {
            return Ok(None);
        }
        let limit = match self.remaining {
            Some(remaining) if self.all_pass => remaining.min(PAGE),
            _ => PAGE,
        };
        let page = self.webhooks.page(self.query, self.offset, limit).await?;
        self.check_progress(&page)?;
        self.offset += page.data.len() as u64;
        // The response says where the list ends; the requested size does not.
        self.ended = page.data.is_empty()
            || match (page.total, page.limit) {
                (Some(total), _) => self.offset >= total,
                (None, Some(limit)) => (page.data.len() as u64) < limit,
                (None, None) => false,
            };
        let mut documents = page.data;
        documents.retain(self.passes);
        if let Some(remaining) = &mut self.remaining {
            documents.truncate(usize::try_from(*remaining).unwrap_or(usize::MAX));
            *remaining -= documents.len() as u64;
        }
        Ok(Some(documents))
    }

    /// A server that ignores the offset sends the same page forever.
    fn check_progress(&mut self, page: &Page) -> Result<(), Error> {
        let first = page.data.first().map(|document| document.json().clone());
        let repeats = first.is_some()
            && first == self.first
            // Documents without IDs may be equal; then the total says when the list ends.
            && (first.as_ref().is_some_and(|first| first["id"].is_string()) || page.total.is_none());
        self.first = first;
        if repeats {
            let reason = "the same page is returned again and again".to_owned();
            return Err(Error::Unreadable {
                status: Some(200),
                reason,
            });
        }
        Ok(())
    }
}

/// Applies `view` to every document of a list, each once. After the first page, the others are read
/// concurrently, and documents are not kept.
pub async fn all<T>(
    webhooks: &Webhooks<'_>,
    query: &Query,
    at_once: usize,
    view: impl Fn(&WebhookDocument) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let first = webhooks.page(query, 0, PAGE).await?;
    let size = first.data.len() as u64;
    let rest = match first.total {
        Some(0) => return Ok(Vec::new()),
        Some(total) if size > 0 => (1..total.div_ceil(size)).map(|page| page * size),
        _ => return one_by_one(webhooks, query, view).await,
    };
    let mut seen = Seen::default();
    seen.add(&first.data, &view);
    let pages = stream::iter(rest).map(|offset| async move {
        let page = webhooks.page(query, offset, size).await;
        page.map(|page| page.data)
    });
    let mut pages = pages.buffered(at_once.max(1));
    while let Some(page) = pages.try_next().await? {
        // A wrong, very large total would never end.
        if page.is_empty() {
            break;
        }
        seen.add(&page, &view);
    }
    // The list changed while it was read, or the pages are inconsistent.
    if Some(seen.ids.len() as u64) != first.total {
        return one_by_one(webhooks, query, view).await;
    }
    Ok(seen.views)
}

async fn one_by_one<T>(
    webhooks: &Webhooks<'_>,
    query: &Query,
    view: impl Fn(&WebhookDocument) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let mut seen = Seen::default();
    let mut pages = Pages::new(webhooks, query, None);
    while let Some(documents) = pages.next().await? {
        seen.add(&documents, &view);
    }
    Ok(seen.views)
}

/// The results so far, each webhook once.
struct Seen<T> {
    ids: HashSet<String>,
    views: Vec<T>,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self {
            ids: HashSet::new(),
            views: Vec::new(),
        }
    }
}

impl<T> Seen<T> {
    fn add(
        &mut self,
        documents: &[WebhookDocument],
        view: &impl Fn(&WebhookDocument) -> Option<T>,
    ) {
        for document in documents {
            let is_new = match &document.id {
                Some(id) => self.ids.insert(id.clone()),
                None => true,
            };
            if is_new {
                self.views.extend(view(document));
            }
        }
    }
}
