//! Reads a list page by page (docs/platform-api.md, "Lists"). Each page starts with the last row of the page before, so
//! that a list that changes in the meantime is noticed, and read again.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::Answer;
use super::list::{Collection, PAGE, Page, Query};
use super::raw::ApiPath;
use super::webhooks::COLLECTION;
use super::{Client, Error};
use crate::model::Document;

/// How many pages may wait for an earlier one, for each that is requested at the same time.
const MAX_EARLY: usize = 2;

/// A list to read: all of it, or its beginning.
#[derive(Clone, Copy)]
pub struct List<'a> {
    source: Source<'a>,
    /// The maximum number of rows.
    limit: Option<u64>,
    /// The maximum number of pages that are requested at the same time.
    at_once: usize,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Collection(Collection<'a>, &'a Query),
    /// A path that a user has typed.
    Path(&'a ApiPath),
}

/// What the reader of a list gets.
pub enum Part<'p, T> {
    /// The list is read from its beginning, for the first time or again: earlier rows do not count.
    Start,
    /// The next rows, in order.
    Rows(&'p [Document<T>]),
}

/// How often a list is read that changes each time.
const MAX_READS: u32 = 3;

impl<'a> List<'a> {
    pub fn new(collection: Collection<'a>, query: &'a Query) -> Self {
        Self::of(Source::Collection(collection, query))
    }

    pub fn of_webhooks(query: &'a Query) -> Self {
        Self::new(COLLECTION, query)
    }

    /// The list at a path that a user has typed; its rows may be any JSON.
    pub fn at(path: &'a ApiPath) -> Self {
        Self::of(Source::Path(path))
    }

    fn of(source: Source<'a>) -> Self {
        Self { source, limit: None, at_once: 1 }
    }

    /// Reads at most this many rows.
    #[must_use]
    pub fn limit(self, limit: Option<u64>) -> Self {
        Self { limit, ..self }
    }

    /// After the first page, requests this many pages at the same time.
    #[must_use]
    pub fn at_once(self, pages: usize) -> Self {
        Self { at_once: pages.max(1), ..self }
    }

    /// Reads the rows. The reader can break when it has enough. Returns how many rows the platform says there are.
    ///
    /// # Errors
    /// The list changes each time it is read, or its pages are inconsistent: they repeat, one is empty before the end,
    /// or there are fewer or more rows than the platform says.
    pub async fn read<T: DeserializeOwned + Default>(
        self,
        client: &Client<'_>,
        mut reader: impl FnMut(Part<'_, T>) -> ControlFlow<()>,
    ) -> Result<Option<u64>, Error> {
        for _ in 0..MAX_READS {
            if reader(Part::Start).is_break() {
                return Ok(None);
            }
            let mut rows = Rows::new(self.limit, &mut reader);
            match self.read_once(client, &mut rows).await? {
                Reading::Complete(total) => return Ok(total),
                Reading::Inconsistent => {}
            }
        }
        Err(Error::Unreadable {
            status: Some(200),
            place: client.place().clone(),
            reason: "the list changed each time it was read, or its pages are inconsistent"
                .to_owned(),
        })
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// Those of [`List::read`].
    pub async fn all<T: DeserializeOwned + Default + Clone>(
        self,
        client: &Client<'_>,
    ) -> Result<Vec<Document<T>>, Error> {
        self.collect(client, |row: &Document<T>| Some(row.clone())).await
    }

    /// What a view shows of each row.
    ///
    /// # Errors
    /// Those of [`List::read`].
    pub async fn collect<T: DeserializeOwned + Default, V>(
        self,
        client: &Client<'_>,
        view: impl Fn(&Document<T>) -> Option<V>,
    ) -> Result<Vec<V>, Error> {
        let mut views = Vec::new();
        let read = self.read(client, |part| {
            match part {
                Part::Start => views.clear(),
                Part::Rows(rows) => views.extend(rows.iter().filter_map(&view)),
            }
            ControlFlow::Continue(())
        });
        read.await?;
        Ok(views)
    }

    async fn read_once<T: DeserializeOwned + Default>(
        self,
        client: &Client<'_>,
        rows: &mut Rows<'_, T>,
    ) -> Result<Reading, Error> {
        let wanted = self.limit.map_or(PAGE, |limit| limit.min(PAGE));
        let first = self.page(client, 0, wanted).await?;
        match rows.add(&first.data, false) {
            Added::New => {}
            Added::Enough => return Ok(Reading::Complete(first.total)),
            Added::Inconsistent => return Ok(Reading::Inconsistent),
        }
        match first.total {
            Some(total) => self.read_counted(client, rows, &first, total).await,
            None => self.read_uncounted(client, rows, first).await,
        }
    }

    /// The pages after the first, several at a time and never one more than needed.
    async fn read_counted<T: DeserializeOwned + Default>(
        self,
        client: &Client<'_>,
        rows: &mut Rows<'_, T>,
        first: &Page<T>,
        total: u64,
    ) -> Result<Reading, Error> {
        let end = self.limit.map_or(total, |limit| limit.min(total));
        let size = first.data.len() as u64;
        if size > total || size == 0 && end > 0 {
            return Ok(Reading::Inconsistent);
        } else if size >= end {
            return Ok(Reading::Complete(Some(total)));
        }
        let step = step(size);
        let offsets = (1..).map(|page| page * step).take_while(|at| at + (size - step) < end);
        let mut requests = offsets.enumerate().map(|(place, offset)| async move {
            // The connection of the last answer is free again once its task has run.
            tokio::task::yield_now().await;
            let answer = self.answer(client, offset, size.min(end - offset)).await;
            (place, answer)
        });
        // A late page does not hold up other requests. Pages are parsed while there is nothing to send or to receive.
        let mut running = FuturesUnordered::new();
        let mut early = BTreeMap::new();
        let mut next = 0;
        loop {
            while running.len() < self.at_once && early.len() < MAX_EARLY * self.at_once {
                let Some(request) = requests.next() else { break };
                running.push(request);
            }
            let answered = match early.contains_key(&next) {
                false => running.next().await,
                true => tokio::select! {
                    biased;
                    Some(answered) = running.next() => Some(answered),
                    () = tokio::task::yield_now() => None,
                },
            };
            if let Some(answered) = answered {
                early.extend([answered]);
                continue;
            }
            let Some(answer) = early.remove(&next) else { break };
            next += 1;
            let page = self.parse(client, answer?)?;
            if page.total != Some(total) {
                return Ok(Reading::Inconsistent);
            }
            match rows.add(&page.data, step < size) {
                Added::New => {}
                Added::Enough => return Ok(Reading::Complete(Some(total))),
                Added::Inconsistent => return Ok(Reading::Inconsistent),
            }
        }
        Ok(match rows.count == end {
            true => Reading::Complete(Some(total)),
            false => Reading::Inconsistent,
        })
    }

    /// The same for a server that does not say how many rows there are.
    async fn read_uncounted<T: DeserializeOwned + Default>(
        self,
        client: &Client<'_>,
        rows: &mut Rows<'_, T>,
        first: Page<T>,
    ) -> Result<Reading, Error> {
        let mut page = first;
        let mut offset = 0;
        loop {
            let size = page.data.len() as u64;
            if size == 0 || page.limit.is_some_and(|limit| size < limit) {
                return Ok(Reading::Complete(None));
            }
            let step = step(size);
            offset += step;
            page = self.page(client, offset, PAGE).await?;
            let overlaps = step < size;
            if overlaps && page.data.len() == 1 && rows.is_last(&page.data[0]) {
                return Ok(Reading::Complete(None));
            }
            if page.data.is_empty() && !overlaps {
                return Ok(Reading::Complete(None));
            }
            match rows.add(&page.data, overlaps) {
                Added::New => {}
                Added::Enough => return Ok(Reading::Complete(None)),
                Added::Inconsistent => return Ok(Reading::Inconsistent),
            }
        }
    }

    async fn page<T: DeserializeOwned + Default>(
        self,
        client: &Client<'_>,
        offset: u64,
        limit: u64,
    ) -> Result<Page<T>, Error> {
        self.parse(client, self.answer(client, offset, limit).await?)
    }

    /// The response with a page, which is not parsed yet.
    async fn answer(self, client: &Client<'_>, offset: u64, limit: u64) -> Result<Answer, Error> {
        match self.source {
            Source::Collection(collection, query) => {
                let retries = client.new_retries();
                client.page_answer(collection, query, offset, limit, &retries).await
            }
            Source::Path(path) => client.raw_page_answer(path, offset, limit).await,
        }
    }

    fn parse<T: DeserializeOwned + Default>(
        self,
        client: &Client<'_>,
        answer: Answer,
    ) -> Result<Page<T>, Error> {
        match self.source {
            Source::Collection(collection, _) => client.read_page(collection, answer),
            Source::Path(_) => client.read_raw_page(answer),
        }
    }
}

/// From the offset of one page to that of the next. A page of one row cannot overlap with another.
fn step(size: u64) -> u64 {
    (size - 1).max(1)
}

enum Reading {
    /// Everything was read; how many rows the platform says there are.
    Complete(Option<u64>),
    /// The pages do not belong to one list.
    Inconsistent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Added {
    New,
    /// The reader or the limit needs no more rows.
    Enough,
    Inconsistent,
}

/// The rows so far.
struct Rows<'r, T> {
    reader: &'r mut dyn FnMut(Part<'_, T>) -> ControlFlow<()>,
    limit: Option<u64>,
    count: u64,
    /// Hashes of the IDs, which need less memory.
    seen: HashSet<u64>,
    last: Option<u64>,
}

impl<'r, T> Rows<'r, T> {
    fn new(limit: Option<u64>, reader: &'r mut dyn FnMut(Part<'_, T>) -> ControlFlow<()>) -> Self {
        Self { reader, limit, count: 0, seen: HashSet::new(), last: None }
    }

    fn is_last(&self, row: &Document<T>) -> bool {
        self.last == Some(identity(row))
    }

    /// Adds a page; with `overlaps`, its first row is the last one so far.
    fn add(&mut self, page: &[Document<T>], overlaps: bool) -> Added {
        let mut new = page;
        if overlaps {
            match page.split_first() {
                Some((first, rest)) if self.is_last(first) && !rest.is_empty() => new = rest,
                _ => return Added::Inconsistent,
            }
        }
        let identities: Vec<u64> = new.iter().map(identity).collect();
        // Equal rows without IDs may be different ones.
        let mut named = new.iter().zip(&identities).filter(|(row, _)| has_id(row));
        if named.any(|(_, identity)| self.seen.contains(identity)) {
            return Added::Inconsistent;
        }
        let named = new.iter().zip(&identities).filter(|(row, _)| has_id(row));
        self.seen.extend(named.map(|(_, identity)| identity));
        self.last = identities.last().copied().or(self.last);
        let left = self.limit.map_or(u64::MAX, |limit| limit - self.count);
        new = &new[..new.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        self.count += new.len() as u64;
        let is_enough = (self.reader)(Part::Rows(new)).is_break();
        match is_enough || self.limit == Some(self.count) {
            true => Added::Enough,
            false => Added::New,
        }
    }
}

fn has_id<T>(row: &Document<T>) -> bool {
    row.json().get("id").is_some()
}

/// What makes a row the same in two pages: its ID, or everything if it has none.
fn identity<T>(row: &Document<T>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match row.json().get("id") {
        Some(Value::String(id)) => id.hash(&mut hasher),
        _ => row.json().to_string().hash(&mut hasher),
    }
    hasher.finish()
}
