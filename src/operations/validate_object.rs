//! Makes the platform call the webhook of an order or enrollment for real (docs/platform-api.md, "When a webhook is not
//! called"). The platform stores what it is sent, so nothing is sent that was not just read.

use serde::Serialize;
use serde_json::Value;

use crate::api::list::{PAGE, Query};
use crate::api::webhooks::{SELECT, WebhookDocument};
use crate::api::{Error as ApiError, Fate, rql};
use crate::callout::change::{Change, Refusal, changes, refusals};
use crate::failure::{Failure, Kind};
use crate::model::Webhook;
use crate::model::document::{omitted, without_meta};
use crate::model::id::{id_hint, is_id};
use crate::model::webhook_type::types_of;
use crate::operations::Session;
use crate::text::MPT;
use crate::text::json;

/// An object that can be validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Order,
    Enrollment,
}

impl Subject {
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Enrollment => "enrollment",
        }
    }

    fn id_prefix(self) -> &'static str {
        match self {
            Self::Order => "ORD",
            Self::Enrollment => "ENR",
        }
    }

    pub fn collection(self) -> [&'static str; 2] {
        match self {
            Self::Order => ["commerce", "orders"],
            Self::Enrollment => ["program", "enrollments"],
        }
    }

    /// The statuses in which the platform calls a webhook. The draft of an enrollment is sent as Processing.
    fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Order => &["Draft", "Querying"],
            Self::Enrollment => &["Processing", "Querying"],
        }
    }

    /// The object that the webhook is registered for.
    fn anchor(self) -> &'static str {
        match self {
            Self::Order => "/product/id",
            Self::Enrollment => "/program/id",
        }
    }
}

/// What the platform answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ValidationOutcome {
    /// The object was changed.
    Changed,
    /// The object is as before. The platform does not say why.
    Unchanged,
    /// The endpoint refused the object.
    Refused,
    /// The platform, or a proxy in front of it, refused the request; the endpoint is not known to have.
    Rejected,
}

#[derive(Debug, Serialize)]
pub struct Validated {
    pub id: String,
    pub outcome: ValidationOutcome,
    /// The message of the endpoint, if it refused; that of the platform, if it rejected.
    pub message: Option<String>,
    /// The refusals of parameters, where the platform names them.
    pub refusals: Vec<Refusal>,
    pub changes: Vec<Change>,
    /// The types of the webhooks that such an object is for.
    #[serde(skip)]
    pub webhook_types: Vec<&'static str>,
    /// The product or program that the webhook is registered for.
    #[serde(skip)]
    pub object: Option<String>,
}

/// An object that was read and may be validated.
pub struct Validation<'a> {
    session: &'a Session<'a>,
    subject: Subject,
    id: &'a str,
    document: Value,
}

impl<'a> Validation<'a> {
    /// Reads the whole object.
    ///
    /// # Errors
    /// It cannot be read, is not complete, or is in a status that the platform does not validate.
    pub async fn read(
        session: &'a Session<'a>,
        subject: Subject,
        id: &'a str,
    ) -> Result<Self, Failure> {
        let document = fetch(session, subject, id).await?;
        let Some(status) = document["status"].as_str() else {
            let message = format!("the platform did not return the status of {id}");
            return Err(Failure::new(Kind::Service, message));
        };
        if !subject.statuses().contains(&status) {
            let message = format!("cannot validate {id}: its status is {status}");
            let hint = format!(
                "the platform validates {}s in the status {}",
                subject.name(),
                subject.statuses().join(" or ")
            );
            return Err(Failure::new(Kind::Rejected, message).with_hint(hint));
        }
        Ok(Self { session, subject, id, document })
    }

    /// What will happen, for a question.
    pub fn described(&self) -> String {
        let text =
            |pointer: &str| self.document.pointer(pointer).and_then(Value::as_str).unwrap_or("?");
        format!(
            "Validate the {} {} ({}, {}, for {})? The platform stores it and calls the webhook",
            self.subject.name(),
            self.id,
            text("/type"),
            text("/status"),
            text(self.subject.anchor()),
        )
    }

    /// Sends the object as it was read. It is never sent a second time.
    ///
    /// # Errors
    /// The object was changed meanwhile, or it is unknown whether the request took effect.
    pub async fn send(self) -> Result<Validated, Failure> {
        let Self { session, subject, id, document } = self;
        let [service, list] = subject.collection();
        let hint =
            format!("look at it with {MPT} api GET /{service}/{list}/{id} before you try again");
        let object = document.pointer(subject.anchor()).and_then(Value::as_str);
        let mut validated = Validated {
            id: id.to_owned(),
            outcome: ValidationOutcome::Unchanged,
            message: None,
            refusals: Vec::new(),
            changes: Vec::new(),
            object: object.map(str::to_owned),
            webhook_types: types_of(&document).map(|known| known.name).collect(),
        };
        let before = validated.webhooks(session).await;
        if fetch(session, subject, id).await? != document {
            let message = format!("{id} was changed in the meantime; nothing was sent");
            return Err(Failure::new(Kind::Conflict, message).with_hint("run the command again"));
        }
        let client = session.webhooks.client();
        let path = [service, list, id, "validate"];
        match client.post_once(&path, &document).await {
            Ok(after) if after["id"] != id => {
                let message = format!("the outcome is unknown: the answer is not about {id}");
                return Err(Failure::new(Kind::Service, message).with_hint(hint));
            }
            Ok(after) => validated.compare(&document, &after),
            Err(ApiError::Refused { status: 400, problem, .. }) => {
                let errors = problem.errors.into_iter();
                let refusals = errors.map(|(path, message)| Refusal { path, message });
                validated.refusals = refusals.collect();
                validated.message = problem.detail.or(problem.title);
                let after = validated.webhooks(session).await;
                validated.outcome = match has_refused(before.as_deref(), after.as_deref()) {
                    true => ValidationOutcome::Refused,
                    false => ValidationOutcome::Rejected,
                };
            }
            Err(error) if error.fate() == Fate::Unknown => {
                let failure = Failure::from(error);
                let message = format!("the outcome is unknown: {}", failure.message);
                return Err(Failure { message, ..failure }.with_hint(hint));
            }
            Err(error) => {
                return Err(Failure::from(error).while_trying(&format!("validate {id}")));
            }
        }
        Ok(validated)
    }
}

impl Validated {
    /// The outcome of a 200. A refusal may also come inside of the object, as the endpoint answered it.
    fn compare(&mut self, before: &Value, after: &Value) {
        let known = refusals(before);
        self.changes = changed_members(before, after);
        self.refusals = refusals(after);
        self.refusals.retain(|refusal| !known.contains(refusal));
        self.outcome = match (self.refusals.as_slice(), self.changes.as_slice()) {
            ([], []) => ValidationOutcome::Unchanged,
            ([], _) => ValidationOutcome::Changed,
            (new, _) => {
                let messages: Vec<_> = new.iter().map(|one| one.message.as_str()).collect();
                self.message = Some(messages.join(" "));
                ValidationOutcome::Refused
            }
        };
    }

    /// The webhooks that are for such an object; `None` if that is not known.
    pub async fn webhooks(&self, session: &Session<'_>) -> Option<Vec<WebhookDocument>> {
        let types = rql::is_in("type", self.webhook_types.iter().copied())?;
        let object = rql::eq("object.id", self.object.as_deref()?)?;
        let query = Query {
            filter: rql::all(&[types, object]),
            select: Some(SELECT.to_owned()),
            order: None,
        };
        let page = session.webhooks.page(&query, 0, PAGE).await.ok()?;
        Some(page.data)
    }
}

/// Whether an endpoint was called between two readings of the webhooks, and its answer is a refusal.
fn has_refused(before: Option<&[WebhookDocument]>, after: Option<&[WebhookDocument]>) -> bool {
    let total = |webhook: &Webhook| -> Option<u64> {
        webhook.statistics.as_ref()?.total.as_deref()?.parse().ok()
    };
    let was_called = |now: &Webhook| {
        let mut before = before.unwrap_or_default().iter();
        let then = before.find(|then| then.id.is_some() && then.id == now.id);
        let totals = then.and_then(|then| total(then)).zip(total(now));
        totals.is_some_and(|(then, now)| now > then)
    };
    let is_refusal = |webhook: &Webhook| {
        let call = webhook.last_call.as_ref();
        let response = call.and_then(|call| call.response.as_deref());
        let answer = response.and_then(|text| json::parse::<Value>(text.as_bytes()).ok());
        answer.is_some_and(|answer| !refusals(&answer).is_empty())
    };
    let mut after = after.unwrap_or_default().iter();
    after.any(|webhook| was_called(webhook) && is_refusal(webhook))
}

/// The changes, without that of `audit`, which storing always changes.
fn changed_members(before: &Value, after: &Value) -> Vec<Change> {
    let mut after = after.clone();
    if let Some(members) = after.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "$meta" | "audit"));
    }
    changes(before, &after)
}

/// The whole object, without `$meta`.
async fn fetch(session: &Session<'_>, subject: Subject, id: &str) -> Result<Value, Failure> {
    let [service, list] = subject.collection();
    let document = session.webhooks.client().get_whole(&[service, list, id]).await;
    let document = document.map_err(|error| {
        let failure = Failure::from(error).while_trying(&format!("read {id}"));
        match failure.kind {
            Kind::NotFound | Kind::Usage if !is_id(id) => {
                failure.with_hint(id_hint(subject.name(), subject.id_prefix()))
            }
            _ => failure,
        }
    })?;
    let left_out = omitted_parts(&document);
    if !left_out.is_empty() {
        let message = format!(
            "the platform leaves out {} of {id}; what is left out could be lost",
            left_out.join(", ")
        );
        return Err(Failure::new(Kind::Service, message));
    }
    if document["id"] != id {
        let message = format!("the platform answered with another {} than {id}", subject.name());
        return Err(Failure::new(Kind::Service, message));
    }
    Ok(without_meta(document))
}

/// What the platform left out of the object and of its parts. A member with an ID is another object, of which only the
/// ID counts.
fn omitted_parts(document: &Value) -> Vec<String> {
    fn own_parts(value: &Value, is_member: bool) -> Value {
        match value {
            Value::Object(members) if is_member && members.contains_key("id") => Value::Null,
            Value::Object(members) => {
                let parts = members.iter().map(|(name, member)| match name.as_str() {
                    "$meta" => (name.clone(), member.clone()),
                    _ => (name.clone(), own_parts(member, true)),
                });
                Value::Object(parts.collect())
            }
            Value::Array(items) => items.iter().map(|item| own_parts(item, false)).collect(),
            _ => Value::Null,
        }
    }
    omitted(&own_parts(document, false))
}
