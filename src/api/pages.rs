//! Reads a list page by page, and never more pages than needed (docs/platform-api.md, "Lists").

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::future::{FutureExt, LocalBoxFuture, poll_immediate};
use futures_util::stream::{self, FuturesUnordered, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;

use super::list::{Collection, Identified, PAGE, Page, Query};
use super::webhooks::{COLLECTION, WebhookDocument, Webhooks};
use super::{Client, Error};
use crate::model::{Document, Webhook};

/// The pages of a list of `T`.
pub struct Pages<'a, T> {
    client: &'a Client<'a>,
    collection: Collection<'a>,
    query: &'a Query,
    /// The maximum number of pages that are requested or held at the same time.
    at_once: usize,
    /// A filter that `mpt` applies itself; `remaining` counts what passes.
    passes: fn(&T) -> bool,
    /// Whether every document passes, so that the number of documents to request is known.
    all_pass: bool,
    /// The number of documents still remaining.
    remaining: Option<u64>,
    offset: u64,
    total: Option<u64>,
    ended: bool,
    seen: Seen,
    ahead: Ahead<'a, T>,
}

/// A request for a page, with its offset.
type RunningPage<'a, T> = LocalBoxFuture<'a, (u64, Result<Page<T>, Error>)>;

/// Pages that were requested ahead.
struct Ahead<'a, T> {
    running: FuturesUnordered<RunningPage<'a, T>>,
    /// Pages that arrived before an earlier one, by their offset.
    ready: BTreeMap<u64, Result<Page<T>, Error>>,
    /// The offsets of all these pages, in order.
    offsets: VecDeque<u64>,
    /// The offset of the page after the last requested one.
    end: u64,
}

impl<T> Default for Ahead<'_, T> {
    fn default() -> Self {
        Self {
            running: FuturesUnordered::new(),
            ready: BTreeMap::new(),
            offsets: VecDeque::new(),
            end: 0,
        }
    }
}

impl<T> Ahead<'_, T> {
    /// The next page in order; `None` if no page was requested.
    async fn next(&mut self) -> Option<Result<Page<T>, Error>> {
        let offset = self.offsets.pop_front()?;
        loop {
            if let Some(page) = self.ready.remove(&offset) {
                return Some(page);
            }
            let (arrived, page) = self.running.next().await?;
            self.ready.insert(arrived, page);
        }
    }

    /// Sends requests that were not sent yet: a future does nothing before its first poll.
    async fn start(&mut self) {
        // The connection of the last answer is free again once its task has run.
        tokio::task::yield_now().await;
        while let Some(Some((offset, page))) = poll_immediate(self.running.next()).await {
            self.ready.insert(offset, page);
        }
        // The tasks of the connections write the requests.
        tokio::task::yield_now().await;
    }
}

/// The IDs of the documents so far.
#[derive(Default)]
struct Seen(HashSet<u64>);

impl Seen {
    /// Removes the documents of earlier pages from a page.
    fn keep_new<T: Identified>(&mut self, page: &mut Vec<Document<T>>) {
        page.retain(|document| !hash(&**document).is_some_and(|id| self.0.contains(&id)));
        self.0
            .extend(page.iter().filter_map(|document| hash(&**document)));
    }

    /// Whether the document was not seen before. Documents without IDs cannot be recognised.
    fn add(&mut self, document: &impl Identified) -> bool {
        hash(document).is_none_or(|id| self.0.insert(id))
    }
}

/// A hash of the ID, which needs less memory.
fn hash<T: Identified>(document: &T) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    document.id()?.hash(&mut hasher);
    Some(hasher.finish())
}

impl<'a> Pages<'a, Webhook> {
    /// The pages of all webhooks, or of the first `remaining`.
    pub fn of_webhooks(
        webhooks: &'a Webhooks<'a>,
        query: &'a Query,
        remaining: Option<u64>,
        at_once: usize,
    ) -> Self {
        Self::new(webhooks.client(), COLLECTION, query, remaining, at_once)
    }
}

impl<'a, T: Identified + DeserializeOwned + Default + 'a> Pages<'a, T> {
    /// Reads all documents, or the first `remaining`.
    pub fn new(
        client: &'a Client<'a>,
        collection: Collection<'a>,
        query: &'a Query,
        remaining: Option<u64>,
        at_once: usize,
    ) -> Self {
        Self {
            client,
            collection,
            query,
            at_once: at_once.max(1),
            passes: |_| true,
            all_pass: true,
            remaining,
            offset: 0,
            total: None,
            ended: false,
            seen: Seen::default(),
            ahead: Ahead::default(),
        }
    }

    /// Keeps only documents that pass, which is decided here and not by the platform.
    #[must_use]
    pub fn that(self, passes: fn(&T) -> bool) -> Self {
        Self {
            passes,
            all_pass: false,
            ..self
        }
    }

    /// How many documents there are, as the last response said.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The documents of the next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Document<T>>>, Error> {
        if self.ended || self.remaining == Some(0) {
            return Ok(None);
        }
        let page = match self.ahead.next().await {
            Some(page) => page?,
            None => {
                let limit = self.wanted().unwrap_or(PAGE).min(PAGE);
                let (collection, query) = (self.collection, self.query);
                self.client
                    .page(collection, query, self.offset, limit)
                    .await?
            }
        };
        self.offset += page.data.len() as u64;
        // The response says where the list ends; the requested size does not.
        self.ended = match (page.total, page.limit) {
            (Some(total), _) => self.offset >= total,
            (None, Some(limit)) => (page.data.len() as u64) < limit,
            (None, None) => page.data.is_empty(),
        };
        let (size, total) = (page.data.len() as u64, page.total);
        self.total = total;
        let mut documents = page.data;
        self.seen.keep_new(&mut documents);
        // Documents that are created in the meantime move others to the next page. A server that
        // ignores the offset repeats most of them.
        let new = documents.len() as u64;
        if !self.ended && (new == 0 || new < size - new) {
            return Err(no_end());
        }
        documents.retain(|document| (self.passes)(document));
        if let Some(remaining) = &mut self.remaining {
            documents.truncate(usize::try_from(*remaining).unwrap_or(usize::MAX));
            *remaining -= documents.len() as u64;
        }
        self.request_ahead(size, total);
        self.ahead.start().await;
        Ok(Some(documents))
    }

    /// The number of documents to request, if it is limited.
    fn wanted(&self) -> Option<u64> {
        self.remaining.filter(|_| self.all_pass)
    }

    /// Requests the pages after one of `size` documents, never one more than needed.
    fn request_ahead(&mut self, size: u64, total: Option<u64>) {
        // With a filter of its own and a limit, it is not known whether another page is needed.
        let is_known = self.all_pass || self.remaining.is_none();
        let Some(total) = total.filter(|_| is_known && !self.ended) else {
            self.ahead = Ahead::default();
            return;
        };
        // After a page that is shorter than requested, the others begin at the wrong offset.
        if self.ahead.offsets.front() != Some(&self.offset) {
            self.ahead = Ahead {
                end: self.offset,
                ..Ahead::default()
            };
        }
        let end = match self.wanted() {
            Some(wanted) => total.min(self.offset + wanted),
            None => total,
        };
        while self.ahead.offsets.len() < self.at_once && self.ahead.end < end {
            let offset = self.ahead.end;
            let limit = size.min(end - offset);
            let (client, collection, query) = (self.client, self.collection, self.query);
            let page = async move { (offset, client.page(collection, query, offset, limit).await) };
            self.ahead.running.push(page.boxed_local());
            self.ahead.offsets.push_back(offset);
            self.ahead.end += limit;
        }
    }
}

fn no_end() -> Error {
    Error::Unreadable {
        status: Some(200),
        reason: "the pages of the list repeat, or one is empty before its end".to_owned(),
    }
}

/// The maximum number of attempts to read a list that changes meanwhile.
const MAX_READS: u32 = 2;

/// Applies `view` to every document of a list, each once. Each page starts with the last document of
/// the page before, so that a list that changes in the meantime is noticed and read again. After the
/// first page, the others are read concurrently, and documents are not kept.
///
/// # Errors
/// The list changes each time it is read, or its pages are inconsistent.
pub async fn all<T>(
    webhooks: &Webhooks<'_>,
    query: &Query,
    at_once: usize,
    view: impl Fn(&WebhookDocument) -> Option<T>,
) -> Result<Vec<T>, Error> {
    for _ in 0..MAX_READS {
        let first = webhooks.page(query, 0, PAGE).await?;
        let read = match first.total {
            Some(total) => concurrently(webhooks, query, at_once, first, total, &view).await?,
            None => one_by_one(webhooks, query, first, &view).await?,
        };
        if let Some(views) = read {
            return Ok(views);
        }
    }
    Err(Error::Unreadable {
        status: Some(200),
        reason: "the list changed each time it was read, or its pages are inconsistent".to_owned(),
    })
}

/// `None`: the pages do not belong to one list.
async fn concurrently<T>(
    webhooks: &Webhooks<'_>,
    query: &Query,
    at_once: usize,
    first: Page<Webhook>,
    total: u64,
    view: &impl Fn(&WebhookDocument) -> Option<T>,
) -> Result<Option<Vec<T>>, Error> {
    let size = first.data.len() as u64;
    let mut whole = CompleteList::new(view);
    whole.add(&first.data);
    if size >= total {
        return Ok(Some(whole.views));
    }
    if size == 0 {
        return Ok(None);
    }
    // A page of one document cannot overlap with another.
    let step = (size - 1).max(1);
    let offsets = (1..).map(|page| page * step);
    let offsets = offsets.take_while(|offset| offset + (size - step) < total);
    let pages = stream::iter(offsets).map(|offset| webhooks.page(query, offset, size));
    let mut pages = pages.buffered(at_once.max(1));
    while let Some(page) = pages.try_next().await? {
        let is_next = if step < size {
            whole.add_overlapping(&page.data)
        } else {
            whole.add(&page.data)
        };
        if !is_next || page.total != Some(total) {
            return Ok(None);
        }
    }
    Ok((whole.count == total).then_some(whole.views))
}

/// The same for a server that does not say how many documents there are.
async fn one_by_one<T>(
    webhooks: &Webhooks<'_>,
    query: &Query,
    first: Page<Webhook>,
    view: &impl Fn(&WebhookDocument) -> Option<T>,
) -> Result<Option<Vec<T>>, Error> {
    let mut whole = CompleteList::new(view);
    whole.add(&first.data);
    let mut page = first;
    let mut offset = 0;
    loop {
        let size = page.data.len() as u64;
        if size == 0 || page.limit.is_some_and(|limit| size < limit) {
            return Ok(Some(whole.views));
        }
        let step = (size - 1).max(1);
        offset += step;
        page = webhooks.page(query, offset, PAGE).await?;
        if step < size && page.data.len() == 1 && whole.is_last(&page.data[0]) {
            return Ok(Some(whole.views));
        }
        let is_next = if step < size {
            whole.add_overlapping(&page.data)
        } else {
            whole.add(&page.data)
        };
        if !is_next {
            return Ok(None);
        }
    }
}

/// The documents of a list, each once.
struct CompleteList<'v, T, V> {
    view: &'v V,
    views: Vec<T>,
    count: u64,
    seen: Seen,
    last: Option<String>,
}

impl<'v, T, V: Fn(&WebhookDocument) -> Option<T>> CompleteList<'v, T, V> {
    fn new(view: &'v V) -> Self {
        Self {
            view,
            views: Vec::new(),
            count: 0,
            seen: Seen::default(),
            last: None,
        }
    }

    fn is_last(&self, document: &WebhookDocument) -> bool {
        document.id == self.last
    }

    /// Adds a page whose first document is the last one so far. Whether it is, and all others are new.
    fn add_overlapping(&mut self, page: &[WebhookDocument]) -> bool {
        let Some((first, rest)) = page.split_first() else {
            return false;
        };
        self.is_last(first) && !rest.is_empty() && self.add(rest)
    }

    /// Whether all documents of the page are new.
    fn add(&mut self, page: &[WebhookDocument]) -> bool {
        let mut all_new = true;
        for document in page {
            all_new &= self.seen.add(&**document);
            self.views.extend((self.view)(document));
            self.last.clone_from(&document.id);
        }
        self.count += page.len() as u64;
        all_new
    }
}
