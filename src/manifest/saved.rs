//! A saved plan: the desired webhooks and the planned steps. It contains no secrets, only where
//! secrets are read from.

use std::collections::BTreeSet;

use crate::text::plain;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::shown_line;
use super::plan::SecretPolicy;
use super::reader::Manifest;
use super::step::{Action, Plan, SecretState, Step};
use super::switch_step::SwitchStep;

/// The version of the format of saved plans.
const VERSION: u64 = 1;

/// Identifies what a plan is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanOwner {
    pub platform: String,
    /// `None`: the account is not known.
    #[serde(default)]
    pub account: Option<String>,
    /// The public part of the token.
    #[serde(default)]
    pub token_id: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    #[serde(rename = "mptPlan")]
    version: u64,
    #[serde(flatten)]
    pub owner: PlanOwner,
    pub prune: bool,
    pub secrets: SecretPolicy,
    pub manifest: Manifest,
    plan: Vec<Step>,
    #[serde(default)]
    switches: Vec<SwitchStep>,
}

impl SavedPlan {
    pub fn new(
        owner: PlanOwner,
        prune: bool,
        secrets: SecretPolicy,
        manifest: Manifest,
        plan: &Plan,
    ) -> Self {
        Self {
            version: VERSION,
            owner,
            prune,
            secrets,
            manifest,
            plan: plan.steps.clone(),
            switches: plan.switches.clone(),
        }
    }

    /// `None`: the text is not a saved plan.
    ///
    /// # Errors
    /// The text is a saved plan that cannot be read.
    pub fn read(text: &str) -> Option<Result<Self, String>> {
        let document: Value = serde_json::from_str(text).ok()?;
        let version = document.get("mptPlan")?;
        if version.as_u64() != Some(VERSION) {
            return Some(Err("the plan was saved by another version of mpt".to_owned()));
        }
        Some(serde_json::from_value(document).map_err(|error| {
            let why = plain::json(&error);
            format!("the saved plan is damaged: {why}; save a new one with webhook diff --out")
        }))
    }

    /// How a new plan differs from the saved one; see [`differences`].
    pub fn differences(&self, plan: &Plan) -> Vec<String> {
        differences((&self.plan, &self.switches), (&plan.steps, &plan.switches))
    }
}

/// How new steps differ from earlier ones, a line for each difference; empty if the earlier ones still apply.
pub fn differences(
    (earlier, earlier_switches): (&[Step], &[SwitchStep]),
    (now, switches): (&[Step], &[SwitchStep]),
) -> Vec<String> {
    let mut lines = differences_of_steps(earlier, now);
    let objects = earlier_switches.iter().chain(switches).map(|step| &step.object);
    for object in objects.collect::<BTreeSet<_>>() {
        let of =
            |steps: &'_ [SwitchStep]| steps.iter().find(|step| step.object == *object).cloned();
        let (earlier, now) = (of(earlier_switches), of(switches));
        lines.extend(SwitchStep::difference(earlier.as_ref(), now.as_ref()));
    }
    lines
}

fn differences_of_steps(earlier: &[Step], now: &[Step]) -> Vec<String> {
    let mut pairs = earlier.iter().zip(now);
    // Looking for each step would take long for many.
    if earlier.len() == now.len() && pairs.all(|(earlier, now)| is_same_step(earlier, now)) {
        return Vec::new();
    }
    let mut unmatched: Vec<&Step> = now.iter().collect();
    let mut missing = Vec::new();
    for step in earlier {
        match unmatched.iter().position(|now| is_same_step(step, now)) {
            Some(at) => {
                unmatched.remove(at);
            }
            None => missing.push(step),
        }
    }
    let mut lines = Vec::new();
    for step in missing {
        let other = unmatched.iter().position(|now| now.key == step.key);
        let now = other.map(|at| unmatched.remove(at));
        lines.extend(differences_of(step, now));
    }
    let added = unmatched
        .iter()
        .map(|step| format!("{}: not in the plan, and now {}", step.key, to_do(step.action)));
    lines.extend(added);
    lines
}

/// The differences between a step of the plan and the step that is needed now.
fn differences_of(planned: &Step, now: Option<&Step>) -> Vec<String> {
    let key = &planned.key;
    let was_planned = format!("{key}: the plan was {}", to_do(planned.action));
    let Some(now) = now else {
        return vec![format!("{was_planned}, and the webhook no longer exists")];
    };
    if planned.id != now.id {
        let id = |step: &Step| step.id.clone().unwrap_or_else(|| "no webhook".to_owned());
        return vec![format!("{key}: was {}, and is now {}", id(planned), id(now))];
    }
    if planned.action != now.action {
        return vec![format!("{was_planned}, and now it is {}", to_do(now.action))];
    }
    let mut lines = Vec::new();
    let members = planned.changes.iter().chain(&now.changes);
    let mut members: Vec<_> = members.map(|change| &change.member).collect();
    members.sort();
    members.dedup();
    for member in members {
        let before = |step: &Step| {
            let change = step.changes.iter().find(|change| change.member == *member);
            change.map(|change| match &change.before {
                Value::String(text) => text.clone(),
                Value::Null => "not set".to_owned(),
                other => other.to_string(),
            })
        };
        let (old, new) = (before(planned), before(now));
        if old != new {
            let text = |value: Option<String>| match value {
                Some(value) => shown_line(member, &value),
                None => "as the file says".to_owned(),
            };
            let (old, new) = (text(old), text(new));
            lines.push(format!("{key}: {member} was {old}, and is now {new}"));
        }
    }
    if lines.is_empty() {
        let what = match now.secret {
            Some(SecretState::NotReadable) => "can no longer be compared",
            _ if planned.secret == Some(SecretState::NotReadable) => "can be compared now",
            _ => "has changed",
        };
        lines.push(format!("{key}: the secret {what}"));
    }
    lines
}

fn to_do(action: Action) -> String {
    match action {
        Action::Unchanged => "to leave it as it is".to_owned(),
        action => format!("to {} it", action.name()),
    }
}

/// Secrets from commands are not compared, since planning runs no commands.
fn is_same_step(saved: &Step, now: &Step) -> bool {
    let not_run = saved.secret == Some(SecretState::NotRun);
    let only_secret = not_run && (saved.action, now.action) == (Action::Unchanged, Action::Update);
    (saved.action == now.action || only_secret)
        && (saved.secret == now.secret || not_run)
        && saved.key == now.key
        && saved.id == now.id
        && saved.changes == now.changes
}
