//! A list, page by page, and never one page more than is needed (CONTRACT.md, "Lists and RQL").

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
