//! The objects around a webhook (docs/platform-api.md, "Objects around a webhook").

use reqwest::Method;
use serde_json::Value;

use super::answer::{Answer, check_id};
use super::list::{Collection, Page, Query};
use super::request::Request;
use super::retry::Retries;
use super::{Client, Error, rql};
use crate::model::object::{AuditRecord, CatalogObject, TokenRecord};
use crate::model::{Anchor, Document};
use crate::text::json;

/// The path of a list of products, programs or forms.
pub fn collection(anchor: Anchor) -> Collection<'static> {
    match anchor {
        Anchor::Product => &["catalog", "products"],
        Anchor::Program => &["program", "programs"],
        Anchor::Form => &["helpdesk", "forms"],
    }
}

/// The members to select of an object: forms have no settings.
pub fn select(anchor: Anchor) -> Option<String> {
    (anchor != Anchor::Form).then(|| "settings".to_owned())
}

fn about(id: &str, answer: Answer) -> Result<Document<CatalogObject>, Error> {
    let place = answer.place.clone();
    let object: Document<CatalogObject> = Document::new(answer.object()?);
    check_id(object.id.as_deref(), id, &place)?;
    Ok(object)
}

/// Returns an error if the text of an answer cannot be sent back unchanged.
fn check_text(answer: &Answer) -> Result<(), Error> {
    if !json::has_lone_surrogate(&answer.body) {
        return Ok(());
    }
    let reason = "it contains text that is not Unicode (a lone surrogate), which cannot be sent back unchanged";
    let place = answer.place.clone();
    Err(Error::Unreadable { status: Some(answer.status), place, reason: reason.to_owned() })
}

const HISTORY: Collection<'static> = &["audit", "records"];

impl Client<'_> {
    /// A product, program or form with its settings.
    pub async fn object(&self, anchor: Anchor, id: &str) -> Result<Document<CatalogObject>, Error> {
        about(id, self.answer_about(anchor, id, &self.new_retries()).await?)
    }

    /// The same, to be sent back.
    ///
    /// # Errors
    /// Also if the response contains text that JSON cannot repeat unchanged.
    pub async fn object_to_change(
        &self,
        anchor: Anchor,
        id: &str,
    ) -> Result<Document<CatalogObject>, Error> {
        let retries = self.new_retries();
        let answer = self.answer_about(anchor, id, &retries).await?;
        check_text(&answer)?;
        about(id, answer)
    }

    /// The same in one attempt, for a message that the command can do without.
    pub async fn object_once(
        &self,
        anchor: Anchor,
        id: &str,
    ) -> Result<Document<CatalogObject>, Error> {
        about(id, self.answer_about(anchor, id, &Retries::new(0)).await?)
    }

    async fn answer_about(
        &self,
        anchor: Anchor,
        id: &str,
        retries: &Retries,
    ) -> Result<Answer, Error> {
        let query = select(anchor).map(|select| format!("select={select}")).unwrap_or_default();
        let segments = [collection(anchor), &[id]].concat();
        let request = Request { query, ..Request::new(Method::GET, &segments, retries) };
        self.send(&request).await
    }

    /// Changes settings of a product or program in one attempt; members that are left out stay as they are. It is not
    /// retried, since the settings that are sent would then be older.
    pub async fn change_settings_once(
        &self,
        anchor: Anchor,
        id: &str,
        settings: &Value,
    ) -> Result<(), Error> {
        let segments = [collection(anchor), &[id, "settings"]].concat();
        let once = Retries::new(0);
        let request =
            Request { body: Some(settings), ..Request::new(Method::PUT, &segments, &once) };
        self.send(&request).await.map(drop)
    }

    /// What the platform says about the token in use; `None` if the token may not read that, or its ID is not known.
    pub async fn token_record(&self) -> Result<Option<TokenRecord>, Error> {
        let Some(id) = self.token_id() else {
            return Ok(None);
        };
        let segments = ["accounts", "api-tokens", id];
        let retries = self.new_retries();
        let request = Request::new(Method::GET, &segments, &retries);
        match self.send(&request).await.and_then(Answer::object) {
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

    /// An object with every member that can be selected, to be sent back.
    ///
    /// # Errors
    /// Also if the response contains text that JSON cannot repeat unchanged.
    pub async fn get_whole(&self, segments: &[&str]) -> Result<Value, Error> {
        let retries = self.new_retries();
        let request = Request {
            query: "select=*".to_owned(),
            ..Request::new(Method::GET, segments, &retries)
        };
        let answer = self.send(&request).await?;
        check_text(&answer)?;
        answer.object()
    }

    /// Sends one POST, which is only repeated if it certainly had no effect.
    pub async fn post_once(&self, segments: &[&str], body: &Value) -> Result<Value, Error> {
        let retries = self.new_retries();
        let request = Request::post_once(segments, body, &retries);
        self.send(&request).await?.object()
    }
}
