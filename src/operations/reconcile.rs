//! Computes the plan from the existing webhooks and a manifest.

use std::collections::BTreeSet;

use super::Session;
use super::load_manifest::LoadedManifest;
use crate::api::webhooks::Query;
use crate::api::{Error as ApiError, pages, rql};
use crate::failure::{Failure, Kind};
use crate::manifest::file::Scope;
use crate::manifest::{
    DesiredWebhook, ExistingWebhook, Plan, ResolvedSecret, SavedPlan, SecretPolicy, plan,
};

/// The maximum number of values in a filter.
const MOST_VALUES: usize = 50;

impl LoadedManifest {
    /// Computes the plan from the webhooks that exist now.
    pub async fn plan(
        &self,
        desired: &[DesiredWebhook<'_>],
        session: &Session<'_>,
        jobs: usize,
    ) -> Result<Plan, Failure> {
        let existing = self.fetch(desired, session, jobs).await?;
        Ok(plan(desired, &existing, self.scopes(), self.secrets))
    }

    fn scopes(&self) -> &[Scope] {
        if self.prune {
            &self.manifest.scopes
        } else {
            &[]
        }
    }

    async fn fetch(
        &self,
        desired: &[DesiredWebhook<'_>],
        session: &Session<'_>,
        jobs: usize,
    ) -> Result<Vec<ExistingWebhook>, Failure> {
        let Some(filter) = self.filter() else {
            return Ok(Vec::new());
        };
        let has_secret =
            |desired: &DesiredWebhook<'_>| matches!(desired.secret, Some(ResolvedSecret::Known(_)));
        let compares_secrets =
            self.secrets == SecretPolicy::Differing && desired.iter().any(has_secret);
        let query = Query {
            filter,
            select: compares_secrets.then(|| "secret".to_owned()),
            order: None,
        };
        let existing = pages::all(&session.webhooks, &query, jobs, |document| {
            ExistingWebhook::of(document)
        });
        existing.await.map_err(cannot_list)
    }

    /// A filter for the webhooks that the plan can touch; `None`: there are none.
    fn filter(&self) -> Option<String> {
        let mut types: BTreeSet<&str> = BTreeSet::new();
        let mut objects: BTreeSet<&str> = BTreeSet::new();
        for webhook in &self.manifest.webhooks {
            types.insert(&webhook.key.webhook_type);
        }
        for scope in self.scopes() {
            match (&scope.types, &scope.objects) {
                (Some(of_scope), _) => types.extend(of_scope.iter().map(String::as_str)),
                (None, Some(of_scope)) => objects.extend(of_scope.iter().map(String::as_str)),
                (None, None) => {}
            }
        }
        if types.is_empty() && objects.is_empty() {
            return None;
        }
        // If no filter can be written, or it is too long for a URL, more webhooks are read.
        if types.len() + objects.len() > MOST_VALUES {
            return Some(String::new());
        }
        let terms: Option<Vec<String>> = [("type", types), ("object.id", objects)]
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(path, values)| rql::is_in(path, values))
            .collect();
        Some(terms.map(|terms| terms.join("|")).unwrap_or_default())
    }
}

/// Returns an error if a saved plan is for another platform.
pub fn check_platform(saved: &SavedPlan, session: &Session<'_>) -> Result<(), Failure> {
    let platform = session.platform();
    if saved.platform == platform {
        return Ok(());
    }
    let message = format!("the plan is for {}, not for {platform}", saved.platform);
    Err(Failure::new(Kind::Conflict, message))
}

/// Returns an error if a new plan differs from the saved one.
pub fn check_still_applies(saved: &SavedPlan, plan: &Plan) -> Result<(), Failure> {
    if saved.still_applies(plan) {
        return Ok(());
    }
    let message = "the webhooks have changed since the plan was saved; nothing was changed";
    Err(Failure::new(Kind::Conflict, message)
        .with_hint("save a new plan with mpt webhook diff FILE --out PLAN"))
}

pub fn cannot_list(error: ApiError) -> Failure {
    let failure = Failure::from(error).while_trying("list webhooks");
    if failure.kind == Kind::NotFound {
        return failure.with_hint("check the base URL with mpt config show");
    }
    failure
}
