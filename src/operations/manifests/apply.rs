//! Applies a plan with several concurrent requests, and records the outcome of each step. It can stop
//! between two steps.

use std::cell::Cell;
use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use serde_json::Value;

use crate::api::{Error, Fate, Webhooks};
use crate::failure::{Failure, Kind};
use crate::manifest::plan::steps_for;
use crate::manifest::step::{Action, Step};
use crate::manifest::{DesiredWebhook, ExistingWebhook, Plan, SecretPolicy};
use crate::model::WebhookKey;
use crate::operations::webhooks::create_once::{CreateOutcome, SecretOrigin, create};
use crate::system::signals::Signals;

/// The outcome of a step.
#[derive(Debug)]
pub enum StepOutcome {
    /// The step is done, with the webhook's ID if known.
    Done(Option<String>),
    /// Someone else created the webhook first, and it was updated.
    Adopted(String),
    Failed(Error),
    /// The webhook was created but could not be disabled.
    NotDisabled {
        id: String,
        error: Error,
    },
    /// It is unknown whether the webhook was created.
    Unknown(Error),
    NotStarted,
}

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
                outcomes = &mut applying => {
                    return Ok(Applied { outcomes, interrupted: self.stop.get() });
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
    /// begins.
    async fn apply(&self, plan: &Plan) -> Vec<StepOutcome> {
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
        outcomes
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
            if !matches!(outcome, StepOutcome::Done(_) | StepOutcome::Adopted(_)) {
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
            let error = match self.webhooks.update_once(id, &step.body, SELECT).await {
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

/// The outcome of a plan.
pub struct Applied {
    /// One outcome for each step, in the order of the plan.
    pub outcomes: Vec<StepOutcome>,
    pub interrupted: bool,
}

impl Applied {
    /// The outcome of a plan without changes.
    pub fn unchanged(plan: &Plan) -> Self {
        let done = |step: &Step| StepOutcome::Done(step.id.clone());
        Self { outcomes: plan.steps.iter().map(done).collect(), interrupted: false }
    }

    /// `2 created, 1 updated, 7 unchanged; 1 failed, 3 not started`
    pub fn counts(&self, plan: &Plan) -> String {
        let count = |is_counted: &dyn Fn(&Step, &StepOutcome) -> bool| {
            let pairs = plan.steps.iter().zip(&self.outcomes);
            pairs.filter(|(step, outcome)| is_counted(step, outcome)).count()
        };
        let mut done: Vec<(usize, &str)> = Vec::new();
        for action in Action::ALL {
            let is_it = |step: &Step, outcome: &StepOutcome| {
                step.action == action && matches!(outcome, StepOutcome::Done(_))
            };
            done.push((count(&is_it), action.past()));
        }
        let adopted = count(&|_, outcome| matches!(outcome, StepOutcome::Adopted(_)));
        done.push((adopted, "updated, after someone else created it"));
        let not_done = [
            (count(&|step, outcome| outcome.failure(step).is_some()), "failed"),
            (count(&|_, outcome| matches!(outcome, StepOutcome::NotStarted)), "not started"),
        ];
        match (joined(&done).as_str(), joined(&not_done).as_str()) {
            (done, "") => done.to_owned(),
            ("", not_done) => format!("nothing was done; {not_done}"),
            (done, not_done) => format!("{done}; {not_done}"),
        }
    }

    /// The value as JSON.
    pub fn record(&self, plan: &Plan) -> ApplyRecord {
        let pairs = plan.steps.iter().zip(&self.outcomes);
        ApplyRecord {
            plan: plan.steps.clone(),
            outcome: pairs.map(|(step, outcome)| OutcomeRecord::new(step, outcome)).collect(),
        }
    }
}

fn joined(counts: &[(usize, &str)]) -> String {
    let parts = counts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, name)| format!("{count} {name}")).collect();
    parts.join(", ")
}

impl StepOutcome {
    /// `created ValidateAnswer for FRM-1111-1111 (WBH-1234-5678)`
    pub fn described(&self, step: &Step) -> String {
        let (past, key) = (step.action.past(), &step.key);
        match self {
            Self::Done(Some(id)) => format!("{past} {key} ({id})"),
            Self::Adopted(id) => {
                format!("updated {key} ({id}), which was created by someone else in the meantime")
            }
            _ => format!("{past} {key}"),
        }
    }

    pub fn failure(&self, step: &Step) -> Option<Failure> {
        let what = format!("{} {}", step.action.name(), step.key);
        match self {
            Self::Done(_) | Self::Adopted(_) | Self::NotStarted => None,
            Self::Failed(error) => Some(Failure::from(error).while_trying(&what)),
            Self::NotDisabled { id, error } => {
                let what = format!("disable {id}, which was created and is enabled");
                Some(Failure::from(error).while_trying(&what))
            }
            Self::Unknown(error) => {
                let mut failure = Failure::from(error).while_trying(&what);
                failure.message.push_str("; it is unknown whether the webhook was created");
                Some(failure.with_hint("run the same command again; it creates at most one"))
            }
        }
    }
}

#[derive(Serialize)]
pub struct ApplyRecord {
    plan: Vec<Step>,
    outcome: Vec<OutcomeRecord>,
}

#[derive(Serialize)]
struct OutcomeRecord {
    action: Action,
    #[serde(flatten)]
    key: WebhookKey,
    id: Option<String>,
    result: &'static str,
    error: Option<Value>,
}

impl OutcomeRecord {
    fn new(step: &Step, outcome: &StepOutcome) -> Self {
        let (result, id) = match outcome {
            StepOutcome::Done(id) => ("done", id.as_deref()),
            StepOutcome::Adopted(id) => ("done", Some(id.as_str())),
            StepOutcome::Failed(_) => ("failed", step.id.as_deref()),
            StepOutcome::NotDisabled { id, .. } => ("created, but not disabled", Some(id.as_str())),
            StepOutcome::Unknown(_) => ("unknown", step.id.as_deref()),
            StepOutcome::NotStarted => ("not started", step.id.as_deref()),
        };
        let failure = outcome.failure(step);
        Self {
            action: step.action,
            key: step.key.clone(),
            id: id.map(str::to_owned),
            result,
            error: failure.map(|failure| failure.to_json()["error"].take()),
        }
    }
}
