//! Any plan, carried out, leads to what is wanted, and then there is nothing left to plan.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::prop_oneof;

use super::{Action, Existing, Goal, Plan, SecretState, Secrets, plan};
use crate::manifest::check::{Identity, Wanted};
use crate::manifest::file::Scope;
use crate::manifest::secrets::Read;
use crate::model::{Criteria, Secret};

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(texts).prop_map(str::to_owned)
}

fn identity() -> impl Strategy<Value = Identity> {
    let types = one_of(&["ValidateAnswer", "ValidatePurchaseOrderDraft", "New"]);
    (types, one_of(&["FRM-1", "FRM-2"])).prop_map(|(webhook_type, object)| Identity {
        webhook_type,
        object,
    })
}

fn anchored(object: &str, status: Option<String>) -> BTreeMap<String, String> {
    let anchor = ("form.id".to_owned(), object.to_owned());
    let status = status.map(|status| ("status".to_owned(), status));
    std::iter::once(anchor).chain(status).collect()
}

/// What is said of a webhook apart from its identity.
#[derive(Clone, Debug)]
struct Said {
    url: String,
    description: Option<String>,
    status: Option<String>,
    all_criteria: bool,
    enabled: Option<bool>,
    secret: Option<String>,
}

fn said() -> impl Strategy<Value = Said> {
    (
        one_of(&[
            "https://a.example",
            "https://a.example/",
            "https://b.example",
        ]),
        of(one_of(&["", "x", "y"])),
        of(one_of(&["Draft", "Quoted"])),
        any::<bool>(),
        of(any::<bool>()),
        of(one_of(&["s", "t"])),
    )
        .prop_map(
            |(url, description, status, all_criteria, enabled, secret)| Said {
                url,
                description,
                status,
                all_criteria,
                enabled,
                secret,
            },
        )
}

fn wanted(said: &BTreeMap<Identity, Said>) -> Vec<(Wanted, Option<Read>)> {
    let wanted = said.iter().map(|(identity, said)| {
        let wanted = Wanted {
            identity: identity.clone(),
            url: said.url.clone(),
            description: said.description.clone(),
            criteria: anchored(&identity.object, said.status.clone()),
            all_criteria: said.all_criteria,
            enabled: said.enabled,
            secret: None,
        };
        let secret = said
            .secret
            .clone()
            .map(|secret| Read::Secret(Secret::new(secret)));
        (wanted, secret)
    });
    wanted.collect()
}

fn existing(said: &BTreeMap<Identity, Said>) -> Vec<Existing> {
    let existing = said
        .iter()
        .enumerate()
        .map(|(number, (identity, said))| Existing {
            id: format!("WBH-{number}"),
            identity: identity.clone(),
            url: said.url.clone(),
            description: said.description.clone().unwrap_or_default(),
            criteria: anchored(&identity.object, said.status.clone())
                .into_iter()
                .collect(),
            enabled: Some(said.enabled.unwrap_or(true)),
            secret: said.secret.clone().map(Secret::new),
        });
    existing.collect()
}

/// What the platform makes of a plan.
fn carry_out(plan: &Plan, mut existing: Vec<Existing>) -> Vec<Existing> {
    for (number, step) in plan.steps.iter().enumerate() {
        let at = existing
            .iter()
            .position(|webhook| Some(&webhook.id) == step.id.as_ref());
        match (step.action, at) {
            (Action::Unchanged, Some(_)) => {}
            (Action::Create, None) => {
                let body = step.body.clone();
                assert!(existing.iter().all(|other| other.identity != step.identity));
                existing.push(Existing {
                    id: format!("WBH-new-{number}"),
                    identity: step.identity.clone(),
                    url: body.url.unwrap(),
                    description: body.description.flatten().unwrap_or_default(),
                    criteria: body.criteria.flatten().unwrap(),
                    enabled: Some(!step.disabled),
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
        a in btree_map(identity(), said(), 0..6),
        b in btree_map(identity(), said(), 0..6),
        scopes in scope(),
    ) {
        let wanted = wanted(&a);
        let goals: Vec<_> = wanted
            .iter()
            .map(|(wanted, secret)| Goal { wanted, secret: secret.clone() })
            .collect();
        let before = existing(&b);
        let first = plan(&goals, &before, &scopes, Secrets::Differing);
        let after = carry_out(&first, before.clone());
        for (identity, said) in &a {
            let found: Vec<_> = after.iter().filter(|one| one.identity == *identity).collect();
            prop_assert_eq!(found.len(), 1);
            let found = found[0];
            prop_assert!(crate::model::url::is_same(&found.url, &said.url));
            if let Some(description) = &said.description {
                prop_assert_eq!(&found.description, description);
            }
            let must: Criteria = anchored(&identity.object, said.status.clone()).into_iter().collect();
            prop_assert!(must.iter().all(|(key, value)| found.criteria.get(key) == Some(value)));
            prop_assert!(!said.all_criteria || found.criteria.same_as(&must));
            if let Some(enabled) = said.enabled {
                prop_assert_eq!(found.enabled, Some(enabled));
            }
            // A webhook that has none gives none back, which cannot be told from one that hides it.
            let was_there = before.iter().find(|one| one.identity == *identity);
            let readable = was_there.is_none_or(|one| one.secret.is_some());
            if let (Some(secret), true) = (&said.secret, readable) {
                prop_assert_eq!(found.secret.as_ref().map(Secret::expose), Some(secret.as_str()));
            }
        }
        // What is not wanted goes where a scope holds it, and stays as it was elsewhere.
        for webhook in before.iter().filter(|one| !a.contains_key(&one.identity)) {
            let held = scopes.iter().any(|scope| scope.holds(&webhook.identity));
            prop_assert_eq!(after.contains(webhook), !held);
        }
        let second = plan(&goals, &after, &scopes, Secrets::Differing);
        prop_assert_eq!(second.changing().count(), 0, "{}", second.to_json());
        prop_assert_eq!(second.steps.len(), a.len());
        for step in &second.steps {
            prop_assert!(step.secret != Some(SecretState::Changes));
        }
    }
}
