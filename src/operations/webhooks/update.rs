//! Updates a webhook; an update without changes is not sent.

use serde_json::Value;

use crate::api::webhooks::{SELECT, WebhookDocument};
use crate::api::{Error as ApiError, Fate, Retries, Webhooks};
use crate::failure::{Failure, Kind};
use crate::manifest::change::Change;
use crate::model::document::omitted;
use crate::model::{
    Criteria, Secret, Webhook, WebhookBody, WebhookChanges, WebhookKey, webhook_type,
};
use crate::operations::webhooks::secret_file::SecretFile;
use crate::text::json;

/// The result of an update.
pub struct Updated {
    /// The webhook with the selected members.
    pub webhook: WebhookDocument,
    /// `WBH-1234-5678 (ValidateAnswer for FRM-1111-1111)`
    pub described: String,
    pub is_disabled: bool,
    /// The members that changed; `None`: the webhook already matched, and nothing was sent.
    pub changes: Option<Vec<Change>>,
}

impl Updated {
    fn new(webhook: WebhookDocument, read: &Webhook, changes: Option<Vec<Change>>) -> Self {
        // With a `select`, the answer may not have type and object.
        let is_whole = WebhookKey::of(&webhook).is_some();
        Self {
            described: if is_whole { webhook.described() } else { read.described() },
            webhook,
            is_disabled: read.enabled() == Some(false),
            changes,
        }
    }
}

/// An update of one webhook.
pub struct Update<'a> {
    pub webhooks: &'a Webhooks<'a>,
    pub id: &'a str,
    pub changes: WebhookChanges,
    pub select: &'a str,
}

impl Update<'_> {
    /// Changes the webhook. `write` stores a generated secret on disk just before it is sent. Each attempt is based on
    /// the webhook as it was read just before it.
    ///
    /// # Errors
    /// The webhook cannot be read completely, the platform refuses, or it has stored something else.
    pub async fn send<'r>(
        mut self,
        write: impl FnOnce(Option<&Secret>) -> Result<SecretFile<'r>, Failure>,
    ) -> Result<Updated, Failure> {
        let (webhooks, id, select) = (self.webhooks, self.id, self.select);
        let failed = |error| Failure::from(error).about_webhook("update", id);
        let retries = webhooks.client().new_retries();
        let given_type = self.changes.body.webhook_type.take();
        let (mut write, mut file) = (Some(write), None);
        // The webhook before an attempt that may have taken effect.
        let mut attempted: Option<WebhookDocument> = None;
        loop {
            let earlier = match attempted {
                Some(_) => Fate::Unknown,
                None => Fate::NotDone,
            };
            let current = match webhooks.current(id).await {
                Ok(current) => current,
                Err(error) => return Err(failed(ended(error, earlier, file))),
            };
            let checked = check_type(given_type.as_deref(), &current);
            let body = checked.and_then(|()| self.body(&current));
            let body = body.inspect_err(|_| {
                if let Some(file) = file.take() {
                    file.finish(earlier);
                }
            })?;
            if body.secret.is_none() && body.is_met_by(&current) {
                let read = self.read_as_selected(&current).await;
                let webhook = read.map_err(|error| failed(error.after(earlier)))?;
                let changes = attempted.map(|before| changes_of(&body, &before));
                return Ok(Updated::new(webhook, &current, changes));
            }
            if let Some(write) = write.take() {
                file = Some(write(body.secret.as_ref().and_then(Option::as_ref))?);
            }
            let error = match webhooks.update(id, &body, select, &Retries::new(0)).await {
                Ok(webhook) => {
                    if let Some(file) = file {
                        file.finish(Fate::Done);
                    }
                    self.warn_of_others(&body, &current, &webhook);
                    let changes = changes_of(&body, &current);
                    return Ok(Updated::new(webhook, &current, Some(changes)));
                }
                Err(error) => error,
            };
            let fate = error.fate();
            let paused = match webhooks.client().may_retry(&error, &retries) {
                true => webhooks.client().pause(error, &retries, id).await,
                false => Err(error),
            };
            match paused {
                Ok(_) if fate == Fate::NotDone => {}
                Ok(_) => attempted = Some(current),
                Err(error) => return Err(failed(ended(error, earlier, file))),
            }
        }
    }

    /// A webhook that was read, with the members that were asked for.
    async fn read_as_selected(
        &self,
        current: &WebhookDocument,
    ) -> Result<WebhookDocument, ApiError> {
        match self.select {
            SELECT => Ok(current.clone()),
            select => self.webhooks.get(self.id, select).await,
        }
    }

    /// The body to send.
    fn body(&self, current: &WebhookDocument) -> Result<WebhookBody, Failure> {
        let merges = !self.changes.criteria.is_empty() && self.changes.body.criteria().is_none();
        let left_out = omitted(current.json());
        let is_unread = left_out.iter().any(|name| matches!(name.as_str(), "criteria" | "params"));
        if merges && (is_unread || current.criteria.is_incomplete()) {
            let criteria =
                current.json().get("criteria").map_or_else(|| "left out".to_owned(), json::line);
            let message = format!(
                "cannot update {}: its other criteria cannot be read, so they would be lost",
                self.id
            );
            return Err(Failure::new(Kind::Service, message)
                .with_details(vec![format!("criteria: {criteria}")])
                .with_hint("give all criteria in a file with --from"));
        }
        Ok(self.changes.clone().into_body(&current.criteria))
    }

    /// Names what is different after the update although it was not sent: someone else has changed it.
    fn warn_of_others(&self, body: &WebhookBody, before: &Webhook, after: &Webhook) {
        let unsent = WebhookBody {
            url: before.url.clone().filter(|_| body.url.is_none()),
            description: match body.description {
                None => Some(before.description.clone()),
                Some(_) => None,
            },
            criteria: match body.criteria {
                None => Some(Some(before.criteria.clone())),
                Some(_) => None,
            },
            ..WebhookBody::default()
        };
        let mut differences = match unsent.is_shown_by(after) {
            true => unsent.differences(after),
            false => Vec::new(),
        };
        if let (Some(before), Some(after)) = (&before.status, &after.status)
            && before != after
        {
            differences.push(format!("status is {after}, not {before}"));
        }
        for difference in differences {
            self.webhooks.client().reporter().warn(&format!(
                "{} has also changed otherwise in the meantime: {difference}",
                self.id
            ));
        }
    }
}

/// The final error of an update, after the file of a secret was kept or removed.
fn ended(error: ApiError, earlier: Fate, file: Option<SecretFile<'_>>) -> ApiError {
    if let Some(file) = file {
        file.finish(earlier.max(error.fate()));
    }
    error.after(earlier)
}

/// What a body changes. A secret is only named.
fn changes_of(body: &WebhookBody, current: &Webhook) -> Vec<Change> {
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let mut changes = Vec::new();
    if let Some(url) = &body.url {
        changes.push(Change::new("url", text(&current.url), url.as_str()));
    }
    if let Some(description) = &body.description {
        let (before, after) = (text(&current.description), text(description));
        changes.push(Change::new("description", before, after));
    }
    if let Some(criteria) = &body.criteria {
        let after = criteria.as_ref().map(Criteria::to_object);
        changes.push(Change::new("criteria", current.criteria.to_object(), after));
    }
    changes.retain(|change| change.before != change.after);
    if let Some(secret) = &body.secret {
        let after = if secret.is_some() { "set" } else { "cleared" };
        changes.push(Change::new("secret", Value::Null, after));
    }
    changes
}

/// A file may contain the webhook's own type; the platform cannot change types.
fn check_type(given: Option<&str>, current: &Webhook) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    let given = webhook_type::canonical(given);
    match &current.webhook_type {
        Some(current) if webhook_type::canonical(current) != given => Err(Failure::usage(format!(
            "type {given}: the webhook has the type {current}, and a type cannot be changed"
        ))
        .with_hint("create a new webhook and delete this one")),
        _ => Ok(()),
    }
}
