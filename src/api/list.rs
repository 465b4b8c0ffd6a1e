//! One page of a list (docs/platform-api.md, "Lists").

use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::Answer;
use super::request::Request;
use super::retry::Retries;
use super::{Client, Error, rql};
use crate::model::Document;

/// The largest page size of the platform.
pub const PAGE: u64 = 100;

/// The path of a list below the base URL.
pub type Collection<'a> = &'a [&'a str];

/// What to list, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// An RQL filter as typed; empty for all.
    pub filter: String,
    pub order: Option<String>,
    pub select: Option<String>,
}

#[derive(Debug)]
pub struct Page<T> {
    pub data: Vec<Document<T>>,
    /// The total number, if the response contains it.
    pub total: Option<u64>,
    /// The page size in the response, which may be smaller than requested.
    pub limit: Option<u64>,
}

impl Client<'_> {
    pub(super) async fn page<T: DeserializeOwned + Default>(
        &self,
        collection: Collection<'_>,
        query: &Query,
        offset: u64,
        limit: u64,
    ) -> Result<Page<T>, Error> {
        let retries = self.new_retries();
        let answer = self.page_answer(collection, query, offset, limit, &retries).await?;
        self.read_page(collection, answer)
    }

    /// The response with a page, which is not parsed yet.
    pub(super) async fn page_answer(
        &self,
        collection: Collection<'_>,
        query: &Query,
        offset: u64,
        limit: u64,
        retries: &Retries,
    ) -> Result<Answer, Error> {
        let mut parts = Vec::new();
        if !query.filter.is_empty() {
            parts.push(rql::encode(&query.filter));
        }
        for (name, value) in [("select", &query.select), ("order", &query.order)] {
            let value = value.as_ref();
            parts.extend(value.map(|value| format!("{name}={}", rql::encode_list(value))));
        }
        parts.push(format!("limit={limit}"));
        if offset > 0 {
            parts.push(format!("offset={offset}"));
        }
        let request =
            Request { query: parts.join("&"), ..Request::new(Method::GET, collection, retries) };
        self.send(&request).await
    }

    pub(super) fn read_page<T: DeserializeOwned + Default>(
        &self,
        collection: Collection<'_>,
        answer: Answer,
    ) -> Result<Page<T>, Error> {
        let status = answer.status;
        Page::read(answer.object()?).ok_or_else(|| Error::Unreadable {
            status: Some(status),
            place: self.place().clone(),
            reason: format!(
                "not a list of {}: `data` is missing or not an array of objects",
                collection.last().copied().unwrap_or_default()
            ),
        })
    }
}

impl<T: DeserializeOwned + Default> Page<T> {
    /// `None`: `data` is missing or no array of objects.
    fn read(document: Value) -> Option<Self> {
        let page = Self::read_any(document)?;
        let mut rows = page.data.iter();
        rows.all(|row| row.json().is_object()).then_some(page)
    }

    /// `None`: `data` is missing or no array.
    pub(super) fn read_any(mut document: Value) -> Option<Self> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Pagination {
            total: Option<u64>,
            limit: Option<u64>,
        }
        let pagination = document.pointer_mut("/$meta/pagination").map(Value::take);
        let pagination: Pagination =
            pagination.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        let Value::Array(data) = document.get_mut("data")?.take() else {
            return None;
        };
        Some(Self {
            data: data.into_iter().map(Document::new).collect(),
            total: pagination.total,
            limit: pagination.limit,
        })
    }
}
