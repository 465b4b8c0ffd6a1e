//! Computes the plan from the existing webhooks and a manifest.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

use crate::api::webhooks::{Query, WebhookDocument};
use crate::api::{Error as ApiError, List, rql};
use crate::failure::{Failure, Kind};
use crate::manifest::file::Scope;
use crate::manifest::{
    DesiredWebhook, ExistingWebhook, Plan, PlanOwner, ResolvedSecret, SavedPlan, SecretPolicy, plan,
};
use crate::model::url::{PASSWORD_WARNING, without_userinfo};
use crate::operations::Session;
use crate::operations::manifests::load::LoadedManifest;
use crate::text::MPT;

/// The maximum number of values in a filter.
const MAX_VALUES: usize = 50;

impl LoadedManifest {
    /// Computes the plan from the webhooks of the token's account that exist now.
    ///
    /// # Errors
    /// The webhooks cannot be read, or belong to several accounts and the token's is not known.
    pub async fn plan(
        &self,
        desired: &[DesiredWebhook<'_>],
        session: &Session<'_>,
        jobs: usize,
    ) -> Result<Plan, Failure> {
        let (fetched, objects) =
            tokio::join!(self.fetch(desired, session, jobs), self.objects(session, jobs));
        let (mut existing, accounts) = fetched?;
        let objects = objects?;
        self.check_objects(&objects)?;
        if accounts.len() > 1 {
            let account = session.webhooks.account().await.map_err(cannot_list)?;
            let Some(account) = account else {
                return Err(several_accounts(&accounts));
            };
            existing.retain(|webhook| webhook.account.as_ref() == Some(&account));
        }
        let mut plan = plan(desired, &existing, self.scopes(), self.secrets);
        plan.notes.clone_from(&objects.unread);
        let webhooks = self.manifest.webhooks.iter();
        let has_password = webhooks.filter(|webhook| without_userinfo(&webhook.url) != webhook.url);
        plan.notes
            .extend(has_password.map(|webhook| format!("{}: {PASSWORD_WARNING}", webhook.key)));
        objects.complete(&mut plan, desired);
        Ok(plan)
    }

    fn scopes(&self) -> &[Scope] {
        if self.prune { &self.manifest.scopes } else { &[] }
    }

    /// The webhooks that the plan can touch, and the accounts of all that were listed.
    async fn fetch(
        &self,
        desired: &[DesiredWebhook<'_>],
        session: &Session<'_>,
        jobs: usize,
    ) -> Result<(Vec<ExistingWebhook>, BTreeSet<String>), Failure> {
        let Some(filter) = self.filter() else {
            return Ok(Default::default());
        };
        let has_secret =
            |desired: &DesiredWebhook<'_>| matches!(desired.secret, Some(ResolvedSecret::Known(_)));
        let compares_secrets =
            self.secrets == SecretPolicy::Differing && desired.iter().any(has_secret);
        let query =
            Query { filter, select: compares_secrets.then(|| "secret".to_owned()), order: None };
        let keys: HashSet<_> = desired.iter().map(|desired| &desired.webhook.key).collect();
        let is_planned = |webhook: &ExistingWebhook| {
            let mut scopes = self.scopes().iter();
            keys.contains(&webhook.key) || scopes.any(|scope| scope.holds(&webhook.key))
        };
        let accounts = RefCell::new(BTreeSet::new());
        let list = List::of_webhooks(&query).at_once(jobs);
        let view = |document: &WebhookDocument| {
            let account = document.account_id().map(str::to_owned);
            accounts.borrow_mut().extend(account);
            ExistingWebhook::of(document).filter(is_planned)
        };
        let existing = list.collect(session.webhooks.client(), view);
        let existing = existing.await.map_err(cannot_list)?;
        let unread = existing
            .iter()
            .find(|webhook| keys.contains(&webhook.key) && webhook.criteria.is_incomplete());
        if let Some(webhook) = unread {
            let message = format!(
                "the criteria of {} cannot be understood completely, so it is not known what would change",
                webhook.id
            );
            return Err(Failure::new(Kind::Service, message)
                .with_hint(format!("see them with {MPT} webhook show {} -o json", webhook.id)));
        }
        Ok((existing, accounts.into_inner()))
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
        if types.len() + objects.len() > MAX_VALUES {
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

fn several_accounts(accounts: &BTreeSet<String>) -> Failure {
    let accounts: Vec<_> = accounts.iter().map(String::as_str).collect();
    let message = format!(
        "the token sees webhooks of several accounts ({}), and its own is not known",
        accounts.join(", ")
    );
    Failure::new(Kind::Config, message)
        .with_hint("use a token of the account whose webhooks the files describe")
}

/// The platform and the account that a plan is for. The account is that of any webhook if all that
/// the token sees are of one account, else that of the token.
pub async fn owner(session: &Session<'_>) -> Result<PlanOwner, Failure> {
    let account = session.webhooks.account().await.map_err(cannot_list)?;
    let account = match account {
        Some(account) => Some(account),
        None => account_of_webhooks(session).await?,
    };
    Ok(PlanOwner {
        platform: session.platform(),
        account,
        token_id: session.webhooks.client().token_id().map(str::to_owned),
    })
}

/// The account of the first webhook, unless there are others.
async fn account_of_webhooks(session: &Session<'_>) -> Result<Option<String>, Failure> {
    let order = |order: &str| Query { order: Some(order.to_owned()), ..Query::default() };
    let mut accounts = Vec::new();
    for query in [order("account.id"), order("-account.id")] {
        let page = session.webhooks.page(&query, 0, 1).await.map_err(cannot_list)?;
        let first = page.data.first();
        accounts.push(first.and_then(|webhook| webhook.account_id().map(str::to_owned)));
    }
    accounts.dedup();
    Ok(if accounts.len() == 1 { accounts.pop().flatten() } else { None })
}

/// Returns an error unless a saved plan is for the current platform and account. Where an account is not known, the
/// token must be the same one.
pub async fn check_owner(saved: &SavedPlan, session: &Session<'_>) -> Result<(), Failure> {
    let conflict = |of: &str, now: &str| {
        let message = format!("the plan is for {of}, not for {now}");
        Err(Failure::new(Kind::Conflict, message)
            .with_hint(format!("save a new plan with {MPT} webhook diff FILE --out PLAN")))
    };
    let of = &saved.owner;
    if of.platform != session.platform() {
        return conflict(&of.platform, &session.platform());
    }
    if of.account.is_none() && of.token_id.is_none() {
        let message = "the plan does not say for which account it is";
        return Err(Failure::new(Kind::Conflict, message)
            .with_hint(format!("save a new plan with {MPT} webhook diff FILE --out PLAN")));
    }
    let now = owner(session).await?;
    if let (Some(of), Some(now)) = (&of.account, &now.account) {
        return match of == now {
            true => Ok(()),
            false => conflict(&format!("account {of}"), &format!("account {now}")),
        };
    }
    if of.token_id.is_some() && of.token_id == now.token_id {
        return Ok(());
    }
    let named = |owner: &PlanOwner| match (&owner.account, &owner.token_id) {
        (Some(account), _) => format!("account {account}"),
        (None, Some(token)) => format!("token {token}, whose account is not known"),
        (None, None) => "a token whose account is not known".to_owned(),
    };
    conflict(&named(of), &named(&now))
}

/// The number of differences that an error lists.
const MAX_DIFFERENCES: usize = 20;

/// Returns an error if a new plan differs from the saved one.
pub fn check_still_applies(saved: &SavedPlan, plan: &Plan) -> Result<(), Failure> {
    let mut differences = saved.differences(plan);
    if differences.is_empty() {
        return Ok(());
    }
    let count = differences.len();
    differences.truncate(MAX_DIFFERENCES);
    if count > differences.len() {
        differences.push(format!("… and {} more", count - differences.len()));
    }
    let message = "the webhooks have changed since the plan was saved; nothing was changed";
    Err(Failure::new(Kind::Conflict, message)
        .with_details(differences)
        .with_hint(format!("save a new plan with {MPT} webhook diff FILE --out PLAN")))
}

pub fn cannot_list(error: ApiError) -> Failure {
    let failure = Failure::from(error).while_trying("list webhooks");
    if failure.kind == Kind::NotFound {
        return failure.with_hint(format!("check the base URL with {MPT} config show"));
    }
    failure
}
