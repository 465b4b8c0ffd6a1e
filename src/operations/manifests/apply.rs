//! Applies a plan with several concurrent requests, and records the outcome of each step. It can stop
//! between two steps.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;

use crate::api::{Error, Fate, Retries, Webhooks};
use crate::failure::{Failure, Kind};
use crate::manifest::plan::steps_for;
use crate::manifest::step::{Action, Step};
use crate::manifest::switch_step::SwitchStep;
use crate::manifest::{DesiredWebhook, ExistingWebhook, Plan, SecretPolicy};
use crate::model::WebhookKey;
use crate::operations::diagnosis::switches::{OffSwitches, check_permission};
use crate::operations::manifests::applied::{Applied, StepOutcome, SwitchResult};
use crate::operations::webhooks::create_once::{CreateOutcome, SecretOrigin, create};
use crate::system::signals::Signals;

/// One run of apply.
pub struct ApplyRun<'a> {
    pub webhooks: &'a Webhooks<'a>,
    /// The desired webhooks.
    pub desired: &'a [DesiredWebhook<'a>],
    pub secrets: SecretPolicy,
    /// The maximum number of concurrent requests.
    pub jobs: usize,
    /// Called after each step.
    pub on_step: &'a dyn Fn(&Step, &StepOutcome),
    /// Called after the switches of each object, with what was done.
    pub on_switch: &'a dyn Fn(&Result<String, Failure>),
    /// If set, no new step is started.
    pub stop: Cell<bool>,
}

/// Only the ID of the response is needed; the platform always returns it.
const SELECT: &str = "";

impl ApplyRun<'_> {
    /// Applies the plan until it is done or a signal arrives. After the first signal, no new step is
    /// started and `on_signal` is called; a second signal ends it at once.
    ///
    /// # Errors
    /// It was ended by a second signal; requests that were being sent may have taken effect.
    pub async fn run(&self, plan: &Plan, on_signal: &dyn Fn()) -> Result<Applied, Failure> {
        let mut signals = Signals::listen()?;
        let applying = self.apply(plan);
        tokio::pin!(applying);
        loop {
            tokio::select! {
                (outcomes, switches) = &mut applying => {
                    return Ok(Applied { outcomes, switches, interrupted: self.stop.get() });
                }
                _ = signals.next() => {
                    if self.stop.replace(true) {
                        let message = "interrupted while requests were being sent";
                        return Err(Failure::new(Kind::Interrupted, message)
                            .with_hint("run the same command again to continue"));
                    }
                    on_signal();
                }
            }
        }
    }

    /// The outcome of each step, in the order of the plan. Each action is finished before the next
    /// begins, and the switches come last.
    async fn apply(&self, plan: &Plan) -> (Vec<StepOutcome>, Vec<SwitchResult>) {
        let not_started = |_| StepOutcome::NotStarted;
        let mut outcomes: Vec<StepOutcome> = plan.steps.iter().map(not_started).collect();
        let mut failed = HashSet::new();
        for action in Action::ALL {
            let steps: Vec<usize> =
                (0..plan.steps.len()).filter(|index| plan.steps[*index].action == action).collect();
            if action == Action::Unchanged {
                for index in steps {
                    let id = plan.steps[index].id.clone();
                    outcomes[index] = StepOutcome::Done(id);
                }
                continue;
            }
            self.run_steps(plan, &steps, &mut failed, &mut outcomes).await;
        }
        let switches = self.turn_on_switches(plan, &outcomes).await;
        (outcomes, switches)
    }

    /// Turns on the switches of one object after the other. That of a webhook whose own step has failed is left alone.
    async fn turn_on_switches(&self, plan: &Plan, outcomes: &[StepOutcome]) -> Vec<SwitchResult> {
        let client = self.webhooks.client();
        let pairs = plan.steps.iter().zip(outcomes);
        let undone: HashSet<&WebhookKey> = pairs
            .clone()
            .filter(|(_, outcome)| !outcome.is_done())
            .map(|(step, _)| &step.key)
            .collect();
        let ids: HashMap<&WebhookKey, &str> =
            pairs.filter_map(|(step, outcome)| Some((&step.key, outcome.id()?))).collect();
        let mut permission = None;
        let mut results = Vec::new();
        for step in &plan.switches {
            let key = |name: &str| WebhookKey {
                webhook_type: name.to_owned(),
                object: step.object.clone(),
            };
            let step = step.only(|name| !undone.contains(&key(name)));
            let webhooks = step.iter().flat_map(SwitchStep::types);
            let webhooks = webhooks.filter_map(|known| ids.get(&key(known.name)).copied());
            let webhooks: Vec<_> = webhooks.collect();
            let Some((off, step)) = step
                .and_then(|step| Some((OffSwitches::of(&step)?, step)))
                .filter(|_| !self.stop.get())
            else {
                results.push(None);
                continue;
            };
            if permission.is_none() {
                permission = Some(check_permission(client).await);
            }
            let result = match permission.clone() {
                Some(Err(failure)) => {
                    Err(failure.while_trying(&format!("turn on the switches of {}", step.object)))
                }
                _ => match self.check_enabled(&webhooks).await {
                    Ok(()) => off.turn_on_and_describe(client).await,
                    Err(failure) => {
                        Err(failure.while_trying(&format!("turn on {}", off.described())))
                    }
                },
            };
            (self.on_switch)(&result);
            results.push(Some((step, result)));
        }
        results
    }

    /// Returns an error if one of the webhooks is disabled now: its switch is not turned on.
    async fn check_enabled(&self, ids: &[&str]) -> Result<(), Failure> {
        for id in ids {
            if self.webhooks.current(id).await?.enabled() != Some(true) {
                let message = format!("{id} is not enabled any more");
                return Err(Failure::new(Kind::Conflict, message)
                    .with_hint("run the command again for a new plan"));
            }
        }
        Ok(())
    }

    async fn run_steps<'p>(
        &self,
        plan: &'p Plan,
        indices: &[usize],
        failed: &mut HashSet<&'p str>,
        outcomes: &mut [StepOutcome],
    ) {
        let mut waiting = indices.iter().copied();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.jobs && !self.stop.get() {
                let Some(index) = waiting.next() else { break };
                let step = &plan.steps[index];
                if step.id.as_deref().is_some_and(|id| failed.contains(id)) {
                    continue;
                }
                running.push(async move { (index, self.step(step).await) });
            }
            let Some((index, outcome)) = running.next().await else {
                return;
            };
            let step = &plan.steps[index];
            if !outcome.is_done() {
                // Later steps for this webhook depend on this one.
                failed.extend(step.id.as_deref());
            }
            (self.on_step)(step, &outcome);
            outcomes[index] = outcome;
        }
    }

    async fn step(&self, step: &Step) -> StepOutcome {
        let webhooks = self.webhooks;
        // Only a step that creates a webhook has no ID.
        let id = step.id.as_deref().unwrap_or_default();
        let result = match step.action {
            Action::Create => return self.create(step).await,
            Action::Update => self.update(id, step).await,
            Action::Enable => webhooks.switch(id, true, SELECT).await.map(drop),
            Action::Disable => webhooks.switch(id, false, SELECT).await.map(drop),
            Action::Delete => match webhooks.delete(id).await {
                // Someone else has already deleted it.
                Err(error) if error.status() == Some(404) => Ok(()),
                deleted => deleted,
            },
            Action::Unchanged => Ok(()),
        };
        match result {
            Ok(()) => StepOutcome::Done(step.id.clone()),
            Err(error) => StepOutcome::Failed(error),
        }
    }

    /// Criteria of a body contain those that were read. Before another attempt, they are read again.
    async fn update(&self, id: &str, step: &Step) -> Result<(), Error> {
        let client = self.webhooks.client();
        let retries = client.new_retries();
        let mut fate = Fate::NotDone;
        loop {
            let error = match self.webhooks.update(id, &step.body, SELECT, &Retries::new(0)).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if !client.may_retry(&error, &retries) {
                return Err(error.after(fate));
            }
            fate = fate.max(error.fate());
            let paused = client.pause(error, &retries, id).await;
            paused.map_err(|error| error.after(fate))?;
            if let Some(criteria) = step.changes.iter().find(|change| change.member == "criteria") {
                let now = self.webhooks.current(id).await;
                let now = now.map_err(|error| error.after(fate))?;
                let now = Value::from(now.criteria.to_object());
                if now != criteria.before && now != criteria.after {
                    return Err(Error::Changed(id.to_owned()).after(fate));
                }
            }
        }
    }

    async fn create(&self, step: &Step) -> StepOutcome {
        let mut desired = self.desired.iter();
        let desired = desired.find(|desired| desired.webhook.key == step.key);
        let is_disabled = desired.is_some_and(|desired| desired.webhook.enabled == Some(false));
        match create(self.webhooks, &step.body, SELECT, SecretOrigin::Given).await {
            CreateOutcome::Created(webhook) => {
                let id = webhook.id.clone();
                if let Some(id) = &id
                    && is_disabled
                    && let Err(error) = self.webhooks.switch(id, false, SELECT).await
                {
                    let id = id.clone();
                    return StepOutcome::NotDisabled { id, error };
                }
                StepOutcome::Done(id)
            }
            CreateOutcome::Exists { existing: Some(webhook), error, .. } => {
                match (ExistingWebhook::of(&webhook), desired) {
                    (Some(existing), Some(desired)) => self.adopt(desired, &existing).await,
                    _ => StepOutcome::Failed(error),
                }
            }
            CreateOutcome::Exists { error, .. } | CreateOutcome::Failed(error) => {
                StepOutcome::Failed(error)
            }
            CreateOutcome::Unknown { error, .. } => StepOutcome::Unknown(error),
        }
    }

    /// Someone else created the webhook in the meantime: it is updated to the desired state.
    async fn adopt(&self, desired: &DesiredWebhook<'_>, existing: &ExistingWebhook) -> StepOutcome {
        // The other webhook may have no secret or another one, and it cannot be compared.
        let secrets = match self.secrets {
            SecretPolicy::Differing => SecretPolicy::Always,
            secrets => secrets,
        };
        for step in steps_for(desired, existing, secrets) {
            match Box::pin(self.step(&step)).await {
                StepOutcome::Done(_) => {}
                failed => return failed,
            }
        }
        StepOutcome::Adopted(existing.id.clone())
    }
}
