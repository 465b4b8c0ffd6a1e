//! The plan: a pure function of the desired and the existing webhooks.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::Change;
use super::file::Scope;
use super::reader::ManifestWebhook;
use super::step::{Action, Plan, SecretState, Step};
use crate::model::url::is_same;
use crate::model::{Criteria, Secret, Webhook, WebhookBody, WebhookKey};

/// An existing webhook, reduced to the members that a manifest can manage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingWebhook {
    pub id: String,
    /// The ID of the account, if the platform names it.
    pub account: Option<String>,
    pub key: WebhookKey,
    pub url: String,
    pub description: String,
    pub criteria: Criteria,
    /// `None`: the status is unknown.
    pub enabled: Option<bool>,
    /// The secret, if it can be read (docs/platform-api.md, "Secrets").
    pub secret: Option<Secret>,
}

/// When to send a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SecretPolicy {
    /// On creation, and if the current secret can be read and differs
    #[default]
    Differing,
    /// Every time
    Always,
    /// Never, not even on creation
    Never,
}

/// The result of resolving a reference to a secret.
#[derive(Clone, Debug)]
pub enum ResolvedSecret {
    Known(Secret),
    /// The secret comes from a command, and commands must not run now.
    NotRun,
}

impl ResolvedSecret {
    fn known(&self) -> Option<Secret> {
        match self {
            Self::Known(secret) => Some(secret.clone()),
            Self::NotRun => None,
        }
    }
}

/// A webhook of a manifest with its secret resolved. `None`: it has no secret, or none may be
/// sent.
#[derive(Clone, Debug)]
pub struct DesiredWebhook<'m> {
    pub webhook: &'m ManifestWebhook,
    pub secret: Option<ResolvedSecret>,
}

/// Computes the plan. Webhooks that exist and are not desired are deleted if they are
/// within `scopes`.
pub fn plan(
    desired: &[DesiredWebhook<'_>],
    existing: &[ExistingWebhook],
    scopes: &[Scope],
    policy: SecretPolicy,
) -> Plan {
    let by_key: HashMap<&WebhookKey, &ExistingWebhook> =
        existing.iter().map(|webhook| (&webhook.key, webhook)).collect();
    let mut steps = Vec::new();
    for desired in desired {
        match by_key.get(&desired.webhook.key) {
            Some(webhook) => steps.extend(steps_for(desired, webhook, policy)),
            None => steps.push(create(desired, policy)),
        }
    }
    let keys: HashSet<&WebhookKey> = desired.iter().map(|desired| &desired.webhook.key).collect();
    let surplus = existing.iter().filter(|webhook| {
        !keys.contains(&webhook.key) && scopes.iter().any(|scope| scope.holds(&webhook.key))
    });
    steps.extend(surplus.map(delete));
    // The sort is stable, so that each action keeps the order of the files.
    steps.sort_by_key(|step| step.action);
    Plan { steps, ..Plan::default() }
}

fn delete(existing: &ExistingWebhook) -> Step {
    let texts = [("url", &existing.url), ("description", &existing.description)];
    let given = texts.into_iter().filter(|(_, text)| !text.is_empty());
    Step {
        changes: given
            .map(|(member, text)| Change::new(member, text.as_str(), Value::Null))
            .collect(),
        ..existing.step(Action::Delete)
    }
}

fn create(desired: &DesiredWebhook<'_>, policy: SecretPolicy) -> Step {
    let webhook = desired.webhook;
    let description = webhook.description.clone().filter(|text| !text.is_empty());
    let secret = desired.secret.as_ref();
    let secret = secret.filter(|_| policy != SecretPolicy::Never);
    let mut changes = vec![Change::new("url", Value::Null, webhook.url.as_str())];
    changes
        .extend(description.as_deref().map(|text| Change::new("description", Value::Null, text)));
    let criteria = webhook.criteria.to_object();
    changes.push(Change::new("criteria", Value::Null, criteria));
    if webhook.enabled == Some(false) {
        changes.push(Change::new("status", Value::Null, "Disabled"));
    }
    Step {
        action: Action::Create,
        key: webhook.key.clone(),
        id: None,
        changes,
        secret: secret.map(|secret| match secret {
            ResolvedSecret::Known(_) => SecretState::Changes,
            ResolvedSecret::NotRun => SecretState::NotRun,
        }),
        body: WebhookBody {
            webhook_type: Some(webhook.key.webhook_type.clone()),
            url: Some(webhook.url.clone()),
            description: description.map(Some),
            criteria: Some(Some(webhook.criteria.clone())),
            secret: secret.and_then(ResolvedSecret::known).map(Some),
            ..WebhookBody::default()
        },
        stays_disabled: false,
        silent: None,
    }
}

/// The steps that change one webhook; at least one step, which may be
/// `Unchanged`.
pub fn steps_for(
    desired: &DesiredWebhook<'_>,
    existing: &ExistingWebhook,
    policy: SecretPolicy,
) -> Vec<Step> {
    let webhook = desired.webhook;
    let (changes, mut body) = differences(webhook, existing);
    let resolved = desired.secret.as_ref();
    let secret = resolved.and_then(|secret| secret_state(secret, existing, policy));
    if secret == Some(SecretState::Changes) {
        body.secret = resolved.and_then(ResolvedSecret::known).map(Some);
    }
    let step = |action| Step {
        stays_disabled: webhook.enabled.is_none() && existing.enabled == Some(false),
        ..existing.step(action)
    };
    let mut steps = Vec::new();
    if !body.is_empty() {
        steps.push(Step { changes, secret, body, ..step(Action::Update) });
    }
    match webhook.enabled {
        Some(true) if existing.enabled != Some(true) => steps.push(step(Action::Enable)),
        Some(false) if existing.enabled != Some(false) => steps.push(step(Action::Disable)),
        _ => {}
    }
    if steps.is_empty() {
        steps.push(Step { secret, ..step(Action::Unchanged) });
    }
    steps
}

/// The differences apart from secret and status, and the body that applies them.
fn differences(
    webhook: &ManifestWebhook,
    existing: &ExistingWebhook,
) -> (Vec<Change>, WebhookBody) {
    let mut changes = Vec::new();
    let mut body = WebhookBody::default();
    if !is_same(&webhook.url, &existing.url) {
        changes.push(Change::new("url", existing.url.as_str(), webhook.url.as_str()));
        body.url = Some(webhook.url.clone());
    }
    if let Some(description) = &webhook.description
        && *description != existing.description
    {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (before, after) = (given(&existing.description), given(description));
        changes.push(Change::new("description", before, after.clone()));
        body.description = Some(after);
    }
    let criteria = if webhook.all_criteria {
        webhook.criteria.clone()
    } else {
        existing.criteria.merged(&webhook.criteria)
    };
    if !criteria.same_as(&existing.criteria) {
        let (before, after) = (existing.criteria.to_object(), criteria.to_object());
        changes.push(Change::new("criteria", before, after));
        body.criteria = Some(Some(criteria));
    }
    (changes, body)
}

fn secret_state(
    secret: &ResolvedSecret,
    existing: &ExistingWebhook,
    policy: SecretPolicy,
) -> Option<SecretState> {
    Some(match (secret, policy) {
        (_, SecretPolicy::Never) => return None,
        (ResolvedSecret::NotRun, _) => SecretState::NotRun,
        (ResolvedSecret::Known(_), SecretPolicy::Always) => SecretState::Changes,
        (ResolvedSecret::Known(secret), SecretPolicy::Differing) => match &existing.secret {
            Some(existing) if existing.expose() == secret.expose() => SecretState::Same,
            Some(_) => SecretState::Changes,
            None => SecretState::NotReadable,
        },
    })
}

impl Scope {
    pub fn holds(&self, key: &WebhookKey) -> bool {
        let holds = |list: &Option<Vec<String>>, value: &String| {
            list.as_ref().is_none_or(|list| list.contains(value))
        };
        holds(&self.types, &key.webhook_type) && holds(&self.objects, &key.object)
    }
}

impl ExistingWebhook {
    /// The part of a webhook that can be managed; `None` if its key is not known.
    pub fn of(webhook: &Webhook) -> Option<Self> {
        Some(Self {
            id: webhook.id.clone()?,
            account: webhook.account_id().map(str::to_owned),
            key: WebhookKey::of(webhook)?,
            url: webhook.url.clone().unwrap_or_default(),
            description: webhook.description.clone().unwrap_or_default(),
            criteria: webhook.criteria.clone(),
            enabled: webhook.enabled(),
            secret: webhook.readable_secret().map(Secret::new),
        })
    }

    fn step(&self, action: Action) -> Step {
        Step {
            action,
            key: self.key.clone(),
            id: Some(self.id.clone()),
            changes: Vec::new(),
            secret: None,
            body: WebhookBody::default(),
            stays_disabled: false,
            silent: None,
        }
    }
}

#[cfg(test)]
mod test;
