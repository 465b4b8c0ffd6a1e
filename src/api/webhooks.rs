//! The operations on webhooks, one method each (docs/platform-api.md, "Operations").

use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;

use super::answer::{Answer, check_id};
use super::list::{Collection, Page};
pub use super::list::{PAGE, Query};
use super::request::Request;
use super::retry::Retries;
use super::{Client, Error, Place, rql};
use crate::model::{BaseUrl, Document, Webhook, WebhookBody, WebhookKey};

/// The members that the API omits by default, except the secret.
pub const SELECT: &str = "audit,criteria,statistics,lastCall,lastSuccess,lastFailure,-secret";
/// The members that the API omits by default, with the secret.
pub const SELECT_WITH_SECRET: &str =
    "audit,criteria,statistics,lastCall,lastSuccess,lastFailure,secret";

/// The given `select`, plus the last call if it is needed.
pub fn with_last_call(select: &str, is_needed: bool) -> String {
    if is_needed { format!("{select},lastCall") } else { select.to_owned() }
}

pub(super) const COLLECTION: Collection<'static> = &["notifications", "webhooks"];

/// A webhook as the platform returned it.
pub type WebhookDocument = Document<Webhook>;

pub struct Webhooks<'r> {
    client: Client<'r>,
}

impl<'r> Webhooks<'r> {
    pub fn new(client: Client<'r>) -> Self {
        Self { client }
    }

    pub fn client(&self) -> &Client<'r> {
        &self.client
    }

    /// Sends one POST, which is not retried if it may have taken effect; who calls this handles that case. `key` names
    /// the webhook in notes.
    pub async fn post(
        &self,
        body: &Value,
        key: &str,
        select: &str,
        retries: &Retries,
    ) -> Result<WebhookDocument, Error> {
        let request = Request {
            query: query(select),
            subject: key,
            ..Request::post_once(COLLECTION, body, retries)
        };
        let answer = self.client.send(&request).await?;
        answer.object().map(Document::new)
    }

    /// The URL that a create is sent to.
    pub fn collection_url(base_url: &BaseUrl, select: &str) -> url::Url {
        base_url.join(COLLECTION, &query(select))
    }

    /// The URL of one webhook.
    pub fn item_url(base_url: &BaseUrl, id: &str, select: &str) -> url::Url {
        base_url.join(&[COLLECTION[0], COLLECTION[1], id], &query(select))
    }

    pub async fn get(&self, id: &str, select: &str) -> Result<WebhookDocument, Error> {
        let answer = self.item(Method::GET, id, &[], select).await?;
        let webhook = about(id, Document::new(answer.object()?), self.client.place())?;
        // A redirect may lead to a list.
        if webhook.json().get("data").is_some() {
            check_id(webhook.id.as_deref(), id, self.client.place())?;
        }
        Ok(webhook)
    }

    /// The webhook as it is, for a change that is based on it: an answer without an ID is an error.
    pub async fn current(&self, id: &str) -> Result<WebhookDocument, Error> {
        let webhook = self.get(id, SELECT).await?;
        check_id(webhook.id.as_deref(), id, self.client.place())?;
        Ok(webhook)
    }

    /// Sends the given members by PUT, and compares them with what the platform has stored. If the response does not
    /// contain them, a GET follows. A body that depends on what was read before it allows no retry.
    ///
    /// # Errors
    /// Also if the platform has stored something else.
    pub async fn update(
        &self,
        id: &str,
        body: &WebhookBody,
        select: &str,
        retries: &Retries,
    ) -> Result<WebhookDocument, Error> {
        let segments = [COLLECTION[0], COLLECTION[1], id];
        let request = Request {
            query: query(select),
            body: Some(&body.to_json()),
            ..Request::new(Method::PUT, &segments, retries)
        };
        let answer = self.client.send(&request).await?;
        let webhook = self.read_back(answer, id, select).await?;
        let differences = if body.is_shown_by(&webhook) {
            body.differences(&webhook)
        } else {
            let read = self.get(id, SELECT).await;
            body.differences(&*read.map_err(|error| Error::ReadBackFailed(Box::new(error)))?)
        };
        match differences.as_slice() {
            [] => Ok(webhook),
            differences => Err(Error::NotStored(differences.join(", "))),
        }
    }

    /// Enables or disables. If the response is 204, a GET follows.
    pub async fn switch(
        &self,
        id: &str,
        enable: bool,
        select: &str,
    ) -> Result<WebhookDocument, Error> {
        let verb = if enable { "enable" } else { "disable" };
        let answer = self.item(Method::POST, id, &[verb], select).await?;
        let webhook = self.read_back(answer, id, select).await?;
        let with_status = match webhook.status {
            Some(_) => None,
            // `select` may leave the status out.
            None => {
                let read = self.get(id, SELECT).await;
                Some(read.map_err(|error| Error::ReadBackFailed(Box::new(error)))?)
            }
        };
        let seen = with_status.as_ref().unwrap_or(&webhook);
        if seen.enabled() == Some(enable) {
            return Ok(webhook);
        }
        let status = seen.status.as_deref().unwrap_or("without a status");
        Err(Error::NotSwitched(status.to_owned()))
    }

    /// Deletes. A 404 means success only if an earlier attempt may have taken effect.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.item(Method::DELETE, id, &[], "").await {
            Err(Error::MaybeDone(error)) if error.status() == Some(404) => Ok(()),
            deleted => deleted.map(drop),
        }
    }

    /// The webhook after a change: from the response, or read again after a 204.
    async fn read_back(
        &self,
        answer: Answer,
        id: &str,
        select: &str,
    ) -> Result<WebhookDocument, Error> {
        let seen = if answer.status == 204 {
            self.get(id, select).await
        } else {
            answer.object().and_then(|json| about(id, Document::new(json), self.client.place()))
        };
        seen.map_err(|error| Error::ReadBackFailed(Box::new(error)))
    }

    pub async fn page(
        &self,
        query: &Query,
        offset: u64,
        limit: u64,
    ) -> Result<Page<Webhook>, Error> {
        self.client.page(COLLECTION, query, offset, limit).await
    }

    /// Those of some webhooks that one request without retries can read, for messages about them.
    pub async fn known(&self, ids: &[String]) -> Vec<WebhookDocument> {
        let Some(filter) = rql::is_in("id", ids.iter().map(String::as_str)) else {
            return Vec::new();
        };
        let query = Query { filter, select: Some(SELECT.to_owned()), order: None };
        let client = &self.client;
        let retries = Retries::new(0);
        let answer = client.page_answer(COLLECTION, &query, 0, PAGE, &retries).await;
        let page = answer.and_then(|answer| client.read_page(COLLECTION, answer));
        page.map(|page| page.data).unwrap_or_default()
    }

    /// The webhook with this key, if it exists. `None` also if no filter can express the key.
    pub async fn find(
        &self,
        key: &WebhookKey,
        select: &str,
    ) -> Result<Option<WebhookDocument>, Error> {
        let terms = [rql::eq("type", &key.webhook_type), rql::eq("object.id", &key.object)];
        let [Some(by_type), Some(by_object)] = terms else {
            return Ok(None);
        };
        let query = Query {
            filter: rql::all(&[by_type, by_object]),
            select: Some(select.to_owned()),
            order: None,
        };
        let page = self.page(&query, 0, PAGE).await?;
        let place = self.client.place();
        let unreadable = |reason: String| {
            let place = place.clone();
            Error::Unreadable { status: Some(200), place, reason }
        };
        let is_empty = page.data.is_empty();
        let has_key = |document: &WebhookDocument| WebhookKey::of(document).as_ref() == Some(key);
        let mut found: Vec<_> = page.data.into_iter().filter(has_key).collect();
        if found.is_empty() && !is_empty {
            return Err(unreadable(format!("a list of {key} contains other webhooks")));
        }
        if found.len() > 1 {
            // A token of an Operations account may see several accounts.
            let account = self.account().await?.ok_or_else(|| {
                unreadable(format!("{key} is in several accounts, and the token's is not known"))
            })?;
            found.retain(|document| document.account_id() == Some(&account));
        }
        Ok(found.into_iter().next())
    }

    /// The ID of the account that the token belongs to; `None` if the token may not read that.
    pub async fn account(&self) -> Result<Option<String>, Error> {
        let record = self.client.token_record().await?;
        Ok(record.and_then(|record| record.account?.id))
    }

    async fn item(
        &self,
        method: Method,
        id: &str,
        below: &[&str],
        select: &str,
    ) -> Result<Answer, Error> {
        let mut segments = vec![COLLECTION[0], COLLECTION[1], id];
        segments.extend(below);
        let retries = self.client.new_retries();
        let request = Request { query: query(select), ..Request::new(method, &segments, &retries) };
        self.client.send(&request).await
    }
}

/// Returns an error if the response to a change describes another webhook. It may have no ID.
fn about(
    id: &str,
    document: WebhookDocument,
    place: &Arc<Place>,
) -> Result<WebhookDocument, Error> {
    if document.id.is_some() {
        check_id(document.id.as_deref(), id, place)?;
    }
    Ok(document)
}

fn query(select: &str) -> String {
    if select.is_empty() { String::new() } else { format!("select={}", rql::encode_list(select)) }
}
