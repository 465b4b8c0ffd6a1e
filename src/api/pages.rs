//! A list, page by page, and never one page more than is needed (CONTRACT.md, "Lists and RQL").

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;

use super::Error;
use super::webhooks::{PAGE, Page, Query, Webhooks};

pub struct Pages<'a> {
    webhooks: &'a Webhooks<'a>,
    query: &'a Query,
    /// Documents that do not pass are left out before `wanted` counts.
    passes: fn(&Value) -> bool,
    /// Whether all pass, so that no more need be asked for than are wanted.
    all_pass: bool,
    /// How many documents are still wanted.
    wanted: Option<u64>,
    offset: u64,
    ended: bool,
    /// The first document of the last page: a service that ignores the offset sends it again.
    first: Option<Value>,
}

impl<'a> Pages<'a> {
    /// All of them, or the first `wanted`.
    pub fn new(webhooks: &'a Webhooks<'a>, query: &'a Query, wanted: Option<u64>) -> Self {
        Self {
            webhooks,
            query,
            passes: |_| true,
            all_pass: true,
            wanted,
            offset: 0,
            ended: false,
            first: None,
        }
    }

    /// Only those that pass, which is decided here and not by the service.
    #[must_use]
    pub fn that(self, passes: fn(&Value) -> bool) -> Self {
        Self {
            passes,
            all_pass: false,
            ..self
        }
    }

    /// The next documents; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, Error> {
        if self.ended || self.wanted == Some(0) {
            return Ok(None);
        }
        let limit = match self.wanted {
            Some(wanted) if self.all_pass => wanted.min(PAGE),
            _ => PAGE,
        };
        let page = self.webhooks.page(self.query, self.offset, limit).await?;
        self.check_progress(&page)?;
        self.offset += page.data.len() as u64;
        // The answer says where the list ends; what was asked for says nothing.
        self.ended = page.data.is_empty()
            || match (page.total, page.limit) {
                (Some(total), _) => self.offset >= total,
                (None, Some(limit)) => (page.data.len() as u64) < limit,
                (None, None) => false,
            };
        let mut documents = page.data;
        documents.retain(self.passes);
        if let Some(wanted) = &mut self.wanted {
            documents.truncate(usize::try_from(*wanted).unwrap_or(usize::MAX));
            *wanted -= documents.len() as u64;
        }
        Ok(Some(documents))
    }

    /// A service that ignores the offset sends the same page for ever.
    fn check_progress(&mut self, page: &Page) -> Result<(), Error> {
        let first = page.data.first().cloned();
        let repeats = first.is_some()
            && first == self.first
            // Without ids the documents may be alike; then the total tells when it ends.
            && (first.as_ref().is_some_and(|first| first["id"].is_string()) || page.total.is_none());
        self.first = first;
        if repeats {
            let reason = "the same page comes again and again".to_owned();
            return Err(Error::Unreadable {
                status: Some(200),
                reason,
            });
        }
        Ok(())
    }
}

/// Every document of a list, each once; after the first page the others come at the same time.
pub async fn all(
    webhooks: &Webhooks<'_>,
    query: &Query,
    at_once: usize,
    mut take: impl FnMut(&Value),
) -> Result<(), Error> {
    let first = webhooks.page(query, 0, PAGE).await?;
    let size = first.data.len() as u64;
    let rest = match first.total {
        Some(0) => return Ok(()),
        Some(total) if size > 0 => (1..total.div_ceil(size)).map(|page| page * size),
        _ => return one_by_one(webhooks, query, take).await,
    };
    let total = first.total;
    let pages: Vec<Vec<Value>> = stream::iter(rest)
        .map(|offset| async move {
            webhooks
                .page(query, offset, size)
                .await
                .map(|page| page.data)
        })
        .buffered(at_once.max(1))
        // A total that is too large has no end.
        .try_take_while(|page| std::future::ready(Ok(!page.is_empty())))
        .try_collect()
        .await?;
    let documents: Vec<Value> = first
        .data
        .into_iter()
        .chain(pages.into_iter().flatten())
        .collect();
    let ids: HashSet<&str> = documents
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    // The list changed while it was read, or its pages are not what they should be.
    if Some(ids.len() as u64) != total {
        return one_by_one(webhooks, query, take).await;
    }
    documents.iter().for_each(&mut take);
    Ok(())
}

async fn one_by_one(
    webhooks: &Webhooks<'_>,
    query: &Query,
    mut take: impl FnMut(&Value),
) -> Result<(), Error> {
    let mut seen = HashSet::new();
    let mut pages = Pages::new(webhooks, query, None);
    while let Some(documents) = pages.next().await? {
        for document in &documents {
            let is_new = match document["id"].as_str() {
                Some(id) => seen.insert(id.to_owned()),
                None => true,
            };
            if is_new {
                take(document);
            }
        }
    }
    Ok(())
}
