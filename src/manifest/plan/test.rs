//! Property tests: after any plan is applied, the webhooks are as desired and the next plan is empty.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::prop_oneof;

use super::{
    Action, DesiredWebhook, ExistingWebhook, Plan, ResolvedSecret, SecretPolicy, SecretState, plan,
};
use crate::manifest::ManifestWebhook;
use crate::manifest::file::Scope;
use crate::model::{Criteria, Secret, WebhookKey};

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(texts).prop_map(str::to_owned)
}

fn key() -> impl Strategy<Value = WebhookKey> {
    let types = one_of(&["ValidateAnswer", "ValidatePurchaseOrderDraft", "New"]);
    (types, one_of(&["FRM-1", "FRM-2"]))
        .prop_map(|(webhook_type, object)| WebhookKey { webhook_type, object })
}

fn anchored(object: &str, status: Option<String>) -> Criteria {
    let anchor = ("form.id".to_owned(), object.to_owned());
    let status = status.map(|status| ("status".to_owned(), status));
    std::iter::once(anchor).chain(status).collect()
}

/// The members of a webhook apart from its key.
#[derive(Clone, Debug)]
struct Definition {
    url: String,
    description: Option<String>,
    status: Option<String>,
    all_criteria: bool,
    enabled: Option<bool>,
    secret: Option<String>,
}

fn definitions() -> impl Strategy<Value = Definition> {
    (
        one_of(&["https://a.example", "https://a.example/", "https://b.example"]),
        of(one_of(&["", "x", "y"])),
        of(one_of(&["Draft", "Quoted"])),
        any::<bool>(),
        of(any::<bool>()),
        of(one_of(&["s", "t"])),
    )
        .prop_map(|(url, description, status, all_criteria, enabled, secret)| Definition {
            url,
            description,
            status,
            all_criteria,
            enabled,
            secret,
        })
}

fn desired(
    definitions: &BTreeMap<WebhookKey, Definition>,
) -> Vec<(ManifestWebhook, Option<ResolvedSecret>)> {
    let desired = definitions.iter().map(|(key, definition)| {
        let desired = ManifestWebhook {
            switch: false,
            key: key.clone(),
            url: definition.url.clone(),
            description: definition.description.clone(),
            criteria: anchored(&key.object, definition.status.clone()),
            all_criteria: definition.all_criteria,
            enabled: definition.enabled,
            secret: None,
        };
        let secret =
            definition.secret.clone().map(|secret| ResolvedSecret::Known(Secret::new(secret)));
        (desired, secret)
    });
    desired.collect()
}

fn existing(definitions: &BTreeMap<WebhookKey, Definition>) -> Vec<ExistingWebhook> {
    let existing =
        definitions.iter().enumerate().map(|(number, (key, definition))| ExistingWebhook {
            account: None,
            id: format!("WBH-{number}"),
            key: key.clone(),
            url: definition.url.clone(),
            description: definition.description.clone().unwrap_or_default(),
            criteria: anchored(&key.object, definition.status.clone()),
            enabled: Some(definition.enabled.unwrap_or(true)),
            secret: definition.secret.clone().map(Secret::new),
        });
    existing.collect()
}

/// Applies a plan as the platform would.
fn apply(plan: &Plan, mut existing: Vec<ExistingWebhook>) -> Vec<ExistingWebhook> {
    for (number, step) in plan.steps.iter().enumerate() {
        let at =
            existing.iter().position(|webhook| Some(webhook.id.as_str()) == step.id.as_deref());
        match (step.action, at) {
            (Action::Unchanged, Some(_)) => {}
            (Action::Create, None) => {
                let body = step.body.clone();
                assert!(existing.iter().all(|other| other.key != step.key));
                let is_disabled = step.changes.iter().any(|change| change.member == "status");
                existing.push(ExistingWebhook {
                    account: None,
                    id: format!("WBH-new-{number}"),
                    key: step.key.clone(),
                    url: body.url.unwrap(),
                    description: body.description.flatten().unwrap_or_default(),
                    criteria: body.criteria.flatten().unwrap(),
                    enabled: Some(!is_disabled),
                    secret: body.secret.flatten(),
                });
            }
            (Action::Update, Some(at)) => {
                let (webhook, body) = (&mut existing[at], step.body.clone());
                webhook.url = body.url.unwrap_or_else(|| webhook.url.clone());
                if let Some(description) = body.description {
                    webhook.description = description.unwrap_or_default();
                }
                if let Some(criteria) = body.criteria {
                    webhook.criteria = criteria.unwrap();
                }
                if let Some(secret) = body.secret {
                    webhook.secret = secret;
                }
            }
            (Action::Enable, Some(at)) => existing[at].enabled = Some(true),
            (Action::Disable, Some(at)) => existing[at].enabled = Some(false),
            (Action::Delete, Some(at)) => drop(existing.remove(at)),
            step => panic!("{step:?}"),
        }
    }
    existing
}

fn scope() -> impl Strategy<Value = Vec<Scope>> {
    let types = of(vec(one_of(&["ValidateAnswer", "New"]), 0..2));
    let objects = of(vec(one_of(&["FRM-1", "FRM-2"]), 0..2));
    let scope = (types, objects).prop_map(|(types, objects)| Scope { types, objects });
    prop_oneof![Just(Vec::new()), vec(scope, 1..2)]
}

proptest! {
    #[test]
    fn a_plan_leads_to_what_is_wanted(
        a in btree_map(key(), definitions(), 0..6),
        b in btree_map(key(), definitions(), 0..6),
        scopes in scope(),
    ) {
        let desired = desired(&a);
        let desired: Vec<_> = desired
            .iter()
            .map(|(webhook, secret)| DesiredWebhook { webhook, secret: secret.clone() })
            .collect();
        let before = existing(&b);
        let first = plan(&desired, &before, &scopes, SecretPolicy::Differing);
        let after = apply(&first, before.clone());
        for (key, definition) in &a {
            let found: Vec<_> = after.iter().filter(|one| one.key == *key).collect();
            prop_assert_eq!(found.len(), 1);
            let found = found[0];
            prop_assert!(crate::model::url::is_same(&found.url, &definition.url));
            if let Some(description) = &definition.description {
                prop_assert_eq!(&found.description, description);
            }
            let must: Criteria = anchored(&key.object, definition.status.clone());
            prop_assert!(must.iter().all(|(key, value)| found.criteria.get(key) == Some(value)));
            prop_assert!(!definition.all_criteria || found.criteria.same_as(&must));
            if let Some(enabled) = definition.enabled {
                prop_assert_eq!(found.enabled, Some(enabled));
            }
            // A webhook without a secret cannot be distinguished from one that hides it.
            let was_there = before.iter().find(|one| one.key == *key);
            let readable = was_there.is_none_or(|one| one.secret.is_some());
            if let (Some(secret), true) = (&definition.secret, readable) {
                prop_assert_eq!(found.secret.as_ref().map(Secret::expose), Some(secret.as_str()));
            }
        }
        // Webhooks that are not desired are deleted within a scope and unchanged elsewhere.
        for webhook in before.iter().filter(|one| !a.contains_key(&one.key)) {
            let held = scopes.iter().any(|scope| scope.holds(&webhook.key));
            prop_assert_eq!(after.contains(webhook), !held);
        }
        let second = plan(&desired, &after, &scopes, SecretPolicy::Differing);
        prop_assert!(second.changes_nothing(), "{second:?}");
        prop_assert_eq!(second.steps.len(), a.len());
        for step in &second.steps {
            prop_assert!(step.secret != Some(SecretState::Changes));
        }
    }
}
