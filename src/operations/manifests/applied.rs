//! The outcome of a plan: what was done in each step, as text and as JSON.

use serde::Serialize;
use serde_json::Value;

use crate::api::Error;
use crate::failure::Failure;
use crate::manifest::Plan;
use crate::manifest::step::{Action, PlanItem, Step};
use crate::manifest::switch_step::SwitchStep;
use crate::model::WebhookKey;

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

/// The switches of an object that were to be turned on, and what was done; `None`: it was not begun.
pub type SwitchResult = Option<(SwitchStep, Result<String, Failure>)>;

/// The outcome of a plan.
pub struct Applied {
    /// One for each object of the plan.
    pub switches: Vec<SwitchResult>,
    /// One outcome for each step, in the order of the plan.
    pub outcomes: Vec<StepOutcome>,
    pub interrupted: bool,
}

impl Applied {
    /// The outcome of a plan without changes.
    pub fn unchanged(plan: &Plan) -> Self {
        let done = |step: &Step| StepOutcome::Done(step.id.clone());
        Self {
            outcomes: plan.steps.iter().map(done).collect(),
            switches: Vec::new(),
            interrupted: false,
        }
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
        let switched = |is_done: bool| {
            let begun = self.switches.iter().flatten();
            let counted = begun.filter(|(_, result)| result.is_ok() == is_done);
            counted.map(|(step, _)| step.switches().count()).sum::<usize>()
        };
        let (on, off) = (switched(true), switched(false));
        done.push((on, if on == 1 { "switch turned on" } else { "switches turned on" }));
        let not_done = [
            (count(&|step, outcome| outcome.failure(step).is_some()), "failed"),
            (count(&|_, outcome| matches!(outcome, StepOutcome::NotStarted)), "not started"),
            (off, "of the switches not turned on"),
            (plan.switch_count().saturating_sub(on + off), "of the switches left alone"),
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
            plan: plan.items(),
            outcome: pairs
                .map(|(step, outcome)| OutcomeItem::Webhook(OutcomeRecord::new(step, outcome)))
                .chain(
                    plan.switches
                        .iter()
                        .zip(&self.switches)
                        .map(|(step, result)| OutcomeItem::Switch(SwitchRecord::new(step, result))),
                )
                .collect(),
        }
    }
}

fn joined(counts: &[(usize, &str)]) -> String {
    let parts = counts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, name)| format!("{count} {name}")).collect();
    parts.join(", ")
}

impl StepOutcome {
    /// The ID of the webhook after a step that was done, if known.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Done(id) => id.as_deref(),
            Self::Adopted(id) => Some(id),
            _ => None,
        }
    }

    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Adopted(_))
    }

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
    plan: Vec<PlanItem>,
    outcome: Vec<OutcomeItem>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OutcomeItem {
    Webhook(OutcomeRecord),
    Switch(SwitchRecord),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SwitchRecord {
    action: &'static str,
    object: String,
    /// Those that were to be turned on.
    types: Vec<&'static str>,
    /// Those of the plan that were not, because the step of their webhook was not done.
    left_alone: Vec<&'static str>,
    result: &'static str,
    error: Option<Value>,
}

impl SwitchRecord {
    fn new(planned: &SwitchStep, result: &SwitchResult) -> Self {
        let names = |step: &SwitchStep| step.types().map(|known| known.name).collect::<Vec<_>>();
        let types = result.as_ref().map(|(step, _)| names(step)).unwrap_or_default();
        let (result, error) = match result.as_ref().map(|(_, result)| result) {
            Some(Ok(_)) => ("done", None),
            Some(Err(failure)) => ("failed", Some(failure.to_json()["error"].take())),
            None => ("not started", None),
        };
        let mut left_alone = names(planned);
        left_alone.retain(|name| !types.contains(name));
        let object = planned.object.clone();
        Self { action: "switch-on", object, types, left_alone, result, error }
    }
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
