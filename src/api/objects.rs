//! The objects around a webhook (docs/platform-api.md, "Objects around a webhook").

use reqwest::Method;
use serde_json::Value;

use super::client::Request;
use super::list::{Collection, Identified, Page, Query};
use super::retry::Repeat;
use super::{Client, Error, rql};
use crate::model::object::{AuditRecord, CatalogObject, Order, TokenRecord};
use crate::model::{Anchor, Document, Webhook};

impl Identified for Webhook {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Identified for CatalogObject {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Identified for Order {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// The path of a list of products, programs or forms.
pub fn collection(anchor: Anchor) -> Collection<'static> {
    match anchor {
        Anchor::Product => &["catalog", "products"],
        Anchor::Program => &["program", "programs"],
        Anchor::Form => &["helpdesk", "forms"],
    }
}

/// The members to select of an object: forms have no settings.
pub fn select(anchor: Anchor) -> &'static str {
    match anchor {
        Anchor::Product | Anchor::Program => "settings",
        Anchor::Form => "",
    }
}

const HISTORY: Collection<'static> = &["audit", "records"];

impl Client<'_> {
    /// A product, program or form with its settings.
    pub async fn object(&self, anchor: Anchor, id: &str) -> Result<Document<CatalogObject>, Error> {
        let segments = [collection(anchor), &[id]].concat();
        let query = match select(anchor) {
            "" => String::new(),
            select => format!("select={select}"),
        };
        let object = self.request(Method::GET, &segments, query, None).await?;
        Ok(Document::new(object))
    }

    /// Changes settings of a product or program; members that are left out stay as they are.
    pub async fn change_settings(
        &self,
        anchor: Anchor,
        id: &str,
        settings: &Value,
    ) -> Result<(), Error> {
        let segments = [collection(anchor), &[id, "settings"]].concat();
        let changed = self.request(Method::PUT, &segments, String::new(), Some(settings));
        changed.await.map(drop)
    }

    /// What the platform says about the token in use; `None` if the token may not read that, or its ID is not known.
    pub async fn token_record(&self) -> Result<Option<TokenRecord>, Error> {
        let Some(id) = self.token_id() else {
            return Ok(None);
        };
        let segments = ["accounts", "api-tokens", id];
        match self
            .request(Method::GET, &segments, String::new(), None)
            .await
        {
            // The response contains the live token, which the view leaves out.
            Ok(record) => Ok(serde_json::from_value(record).ok()),
            Err(error) if matches!(error.status(), Some(401 | 403 | 404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The changes of a webhook, latest first, at most one page.
    pub async fn history(&self, id: &str, limit: u64) -> Result<Page<AuditRecord>, Error> {
        let query = Query {
            // An ID cannot contain both kinds of quotes.
            filter: rql::eq("object.id", id).ok_or_else(|| Error::Id(id.to_owned()))?,
            order: Some("-timestamp".to_owned()),
            select: Some("object,actor,details,documents".to_owned()),
        };
        self.page(HISTORY, &query, 0, limit).await
    }

    /// An object with every member that can be selected.
    pub async fn get_whole(&self, segments: &[&str]) -> Result<Value, Error> {
        self.request(Method::GET, segments, "select=*".to_owned(), None)
            .await
    }

    /// Sends one POST, which is only repeated if it certainly had no effect.
    pub async fn post_once(&self, segments: &[&str], body: &Value) -> Result<Value, Error> {
        let request = Request {
            method: Method::POST,
            segments,
            query: String::new(),
            body: Some(body),
            repeat: Repeat::IfNotCarriedOut,
            retries: &self.new_retries(),
        };
        self.send(&request).await?.object()
    }

    async fn request(
        &self,
        method: Method,
        segments: &[&str],
        query: String,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let request = Request {
            method,
            segments,
            query,
            body,
            repeat: Repeat::Always,
            retries: &self.new_retries(),
        };
        self.send(&request).await?.object()
    }
}
