//! Updates a webhook; an update without changes is not sent.

use serde_json::Value;

use super::secret_file::SecretFile;
use crate::api::webhooks::{SELECT, WebhookDocument};
use crate::api::{Fate, Webhooks};
use crate::failure::Failure;
use crate::manifest::step::Change;
use crate::model::{Criteria, Secret, Webhook, WebhookBody, WebhookChanges, webhook_type};

pub enum Updated {
    /// The webhook, and the members that changed.
    Changed(WebhookDocument, Vec<Change>),
    /// The webhook already matches; nothing was sent.
    Matches(WebhookDocument),
}

/// Changes the webhook. `write` stores a generated secret on disk just before it is sent.
pub async fn update<'r>(
    webhooks: &Webhooks<'_>,
    id: &str,
    mut changes: WebhookChanges,
    select: &str,
    write: impl FnOnce(Option<&Secret>) -> Result<SecretFile<'r>, Failure>,
) -> Result<Updated, Failure> {
    let failed = |error| Failure::from(error).about_webhook("update", id);
    let current = webhooks.get(id, SELECT).await.map_err(failed)?;
    check_type(changes.body.webhook_type.take(), &current)?;
    let body = changes.into_body(&current.criteria);
    if body.secret.is_none() && body.is_met_by(&current) {
        let current = match select {
            SELECT => current,
            select => webhooks.get(id, select).await.map_err(failed)?,
        };
        return Ok(Updated::Matches(current));
    }
    let file = write(body.secret.as_ref().and_then(Option::as_ref))?;
    match webhooks.update(id, &body.to_json(), select).await {
        Ok(webhook) => {
            // The response has only the selected members.
            let described = current.described();
            let reporter = webhooks.client().reporter();
            reporter.note(&format!("Updated {described}"));
            file.finish(Fate::Done);
            Ok(Updated::Changed(webhook, changes_of(&body, &current)))
        }
        Err(error) => {
            file.finish(error.fate());
            Err(failed(error))
        }
    }
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
fn check_type(given: Option<String>, current: &Webhook) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    let given = webhook_type::canonical(&given);
    match &current.webhook_type {
        Some(current) if webhook_type::canonical(current) != given => Err(Failure::usage(format!(
            "type {given}: the webhook has the type {current}, and a type cannot be changed"
        ))
        .with_hint("create a new webhook and delete this one")),
        _ => Ok(()),
    }
}
