//! The plan: a value, made by a pure function of what is wanted and what exists.

mod step;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use step::{Action, Change, Plan, SecretState, Step};

use super::check::{Identity, Wanted};
use super::file::Scope;
use super::secrets::Read;
use crate::model::url::is_same;
use crate::model::{Criteria, Secret, Webhook, WebhookBody, webhook_type};

/// A webhook as it is on the platform, with no more than can be managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    pub id: String,
    pub identity: Identity,
    pub url: String,
    pub description: String,
    pub criteria: Criteria,
    /// `None`: it says neither.
    pub enabled: Option<bool>,
    /// Where it can be read back (CONTRACT.md, "secret").
    pub secret: Option<Secret>,
}

/// When a secret is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secrets {
    /// When it can be read back and differs, and on creation
    #[default]
    Differing,
    /// Every time
    Always,
    /// Not even on creation
    Never,
}

/// What is wanted, its secret read; `None` where it has none, or none may be sent.
#[derive(Clone, Debug)]
pub struct Goal<'w> {
    pub wanted: &'w Wanted,
    pub secret: Option<Read>,
}

/// The plan that leads from what exists to what is wanted. What exists and is not wanted is deleted
/// where `scopes` hold it.
pub fn plan(goals: &[Goal<'_>], existing: &[Existing], scopes: &[Scope], secrets: Secrets) -> Plan {
    let by_identity: HashMap<&Identity, &Existing> = existing
        .iter()
        .map(|webhook| (&webhook.identity, webhook))
        .collect();
    let mut steps = Vec::new();
    for (index, goal) in goals.iter().enumerate() {
        match by_identity.get(&goal.wanted.identity) {
            Some(webhook) => steps.extend(converge(goal, webhook, secrets)),
            None => steps.push(create(goal, index, secrets)),
        }
    }
    let wanted: std::collections::HashSet<&Identity> =
        goals.iter().map(|goal| &goal.wanted.identity).collect();
    let surplus = existing.iter().filter(|webhook| {
        !wanted.contains(&webhook.identity)
            && scopes.iter().any(|scope| scope.holds(&webhook.identity))
    });
    steps.extend(surplus.map(delete));
    // Stable, so that the order of the files stays within each action.
    steps.sort_by_key(|step| step.action);
    Plan { steps }
}

fn delete(existing: &Existing) -> Step {
    let mut delete = step(Action::Delete, existing);
    let texts = [
        ("url", &existing.url),
        ("description", &existing.description),
    ];
    delete.changes = texts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(member, text)| change(member, text.as_str().into(), Value::Null))
        .collect();
    delete
}

fn create(goal: &Goal<'_>, index: usize, secrets: Secrets) -> Step {
    let wanted = goal.wanted;
    let description = wanted.description.clone().filter(|text| !text.is_empty());
    let secret = goal.secret.as_ref().filter(|_| secrets != Secrets::Never);
    let mut changes = vec![change("url", Value::Null, wanted.url.as_str().into())];
    if let Some(description) = &description {
        changes.push(change(
            "description",
            Value::Null,
            description.as_str().into(),
        ));
    }
    let criteria = wanted.criteria();
    changes.push(change("criteria", Value::Null, criteria.to_object().into()));
    if wanted.enabled == Some(false) {
        changes.push(change("status", Value::Null, "Disabled".into()));
    }
    Step {
        action: Action::Create,
        identity: wanted.identity.clone(),
        id: None,
        changes,
        secret: secret.map(|secret| match secret {
            Read::Secret(_) => SecretState::Changes,
            Read::NotRun => SecretState::NotRun,
        }),
        body: WebhookBody {
            webhook_type: Some(wanted.identity.webhook_type.clone()),
            url: Some(wanted.url.clone()),
            description: description.map(Some),
            criteria: Some(Some(criteria)),
            secret: secret.and_then(known).map(Some),
        },
        disabled: wanted.enabled == Some(false),
        wanted: Some(index),
    }
}

fn known(secret: &Read) -> Option<Secret> {
    match secret {
        Read::Secret(secret) => Some(secret.clone()),
        Read::NotRun => None,
    }
}

/// The steps that bring one webhook to what is wanted of it; at least one, which may be `Unchanged`.
pub fn converge(goal: &Goal<'_>, existing: &Existing, secrets: Secrets) -> Vec<Step> {
    let wanted = goal.wanted;
    let mut update = step(Action::Update, existing);
    if !is_same(&wanted.url, &existing.url) {
        update.changes.push(change(
            "url",
            existing.url.as_str().into(),
            wanted.url.as_str().into(),
        ));
        update.body.url = Some(wanted.url.clone());
    }
    if let Some(description) = &wanted.description
        && *description != existing.description
    {
        let text = |text: &str| match text {
            "" => Value::Null,
            text => text.into(),
        };
        let (before, after) = (text(&existing.description), text(description));
        update.changes.push(change("description", before, after));
        update.body.description = Some(Some(description.clone()).filter(|text| !text.is_empty()));
    }
    let criteria = criteria(wanted, &existing.criteria);
    if !criteria.same_as(&existing.criteria) {
        let before = existing.criteria.to_object().into();
        let after = criteria.to_object().into();
        update.changes.push(change("criteria", before, after));
        update.body.criteria = Some(Some(criteria));
    }
    update.secret = goal
        .secret
        .as_ref()
        .and_then(|secret| match (secret, secrets) {
            (_, Secrets::Never) => None,
            (Read::NotRun, _) => Some(SecretState::NotRun),
            (Read::Secret(_), Secrets::Always) => Some(SecretState::Changes),
            (Read::Secret(secret), Secrets::Differing) => Some(match &existing.secret {
                Some(existing) if existing.expose() == secret.expose() => SecretState::Same,
                Some(_) => SecretState::Changes,
                None => SecretState::NotReadable,
            }),
        });
    if update.secret == Some(SecretState::Changes) {
        update.body.secret = goal.secret.as_ref().and_then(known).map(Some);
    }
    let secret = update.secret;
    let mut steps = Vec::new();
    if !update.body.is_empty() {
        steps.push(update);
    }
    if let Some(enabled) = wanted.enabled
        && existing.enabled != Some(enabled)
    {
        let action = if enabled {
            Action::Enable
        } else {
            Action::Disable
        };
        steps.push(step(action, existing));
    }
    if steps.is_empty() {
        let mut unchanged = step(Action::Unchanged, existing);
        unchanged.secret = secret;
        steps.push(unchanged);
    }
    steps
}

/// What is there with what must be there on top, or that alone.
fn criteria(wanted: &Wanted, existing: &Criteria) -> Criteria {
    if wanted.all_criteria {
        return wanted.criteria();
    }
    let kept = existing
        .iter()
        .filter(|(key, _)| !wanted.criteria.contains_key(*key))
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    kept.chain(wanted.criteria.clone()).collect()
}

fn step(action: Action, existing: &Existing) -> Step {
    Step {
        action,
        identity: existing.identity.clone(),
        id: Some(existing.id.clone()),
        changes: Vec::new(),
        secret: None,
        body: WebhookBody::default(),
        disabled: false,
        wanted: None,
    }
}

fn change(member: &'static str, before: Value, after: Value) -> Change {
    Change {
        member,
        before,
        after,
    }
}

impl Scope {
    pub fn holds(&self, identity: &Identity) -> bool {
        let holds = |list: &Option<Vec<String>>, value: &String| {
            list.as_ref().is_none_or(|list| list.contains(value))
        };
        holds(&self.types, &identity.webhook_type) && holds(&self.objects, &identity.object)
    }
}

impl Existing {
    /// The view of a document; `None` where its identity cannot be told.
    pub fn of(document: &Value) -> Option<Self> {
        let webhook = Webhook::of(document);
        let secret = webhook.readable_secret().map(Secret::new);
        let named = webhook_type::canonical(webhook.webhook_type.as_deref()?);
        let by_anchor = webhook_type::find(named)
            .and_then(|known| webhook.criteria.get(known.anchor))
            .map(str::to_owned);
        let object = webhook.object.and_then(|object| object.id).or(by_anchor)?;
        Some(Self {
            id: webhook.id?,
            identity: Identity {
                webhook_type: named.to_owned(),
                object,
            },
            url: webhook.url.unwrap_or_default(),
            description: webhook.description.unwrap_or_default(),
            criteria: webhook.criteria,
            enabled: match webhook.status.map(|status| status.to_ascii_lowercase()) {
                Some(status) if status == "enabled" => Some(true),
                Some(status) if status == "disabled" => Some(false),
                _ => None,
            },
            secret,
        })
    }
}

#[cfg(test)]
mod test;
