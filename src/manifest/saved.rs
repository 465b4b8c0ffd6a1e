//! A saved plan: the desired webhooks and the planned steps. It contains no secrets, only where
//! secrets are read from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::SecretPolicy;
use super::reader::Manifest;
use super::step::{Action, Plan, SecretState, StepSummary};

/// The member that identifies a saved plan, and its version.
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
    plan: Vec<StepSummary>,
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
            plan: plan.summary(),
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
            return Some(Err(
                "the plan was saved by another version of mpt".to_owned()
            ));
        }
        Some(serde_json::from_value(document).map_err(|error| format!("not a saved plan: {error}")))
    }

    /// Whether a new plan equals the saved one.
    pub fn still_applies(&self, plan: &Plan) -> bool {
        let now = plan.summary();
        let mut unmatched: Vec<&StepSummary> = now.iter().collect();
        self.plan.len() == now.len()
            && self.plan.iter().all(|step| {
                let found = unmatched.iter().position(|now| is_same_step(step, now));
                found.map(|at| unmatched.swap_remove(at)).is_some()
            })
    }
}

/// Secrets from commands are not compared, since planning runs no commands.
fn is_same_step(saved: &StepSummary, now: &StepSummary) -> bool {
    let not_run = saved.secret == Some(SecretState::NotRun);
    let only_secret = not_run && (saved.action, now.action) == (Action::Unchanged, Action::Update);
    (saved.action == now.action || only_secret)
        && (saved.secret == now.secret || not_run)
        && saved.key == now.key
        && saved.id == now.id
        && saved.changes == now.changes
}
