//! A plan as it is saved: what was desired, and what was seen. No secret is in it, only where
//! secrets are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::SecretPolicy;
use super::reader::Manifest;
use super::step::{Action, Plan, SecretState, StepSummary};

/// What makes a file a plan of ours, and its version.
const VERSION: u64 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    #[serde(rename = "mptPlan")]
    version: u64,
    /// What identifies the platform that it is for.
    pub platform: String,
    pub prune: bool,
    pub secrets: SecretPolicy,
    pub manifest: Manifest,
    plan: Vec<StepSummary>,
}

impl SavedPlan {
    pub fn new(
        platform: String,
        prune: bool,
        secrets: SecretPolicy,
        manifest: Manifest,
        plan: &Plan,
    ) -> Self {
        Self {
            version: VERSION,
            platform,
            prune,
            secrets,
            manifest,
            plan: plan.summary(),
        }
    }

    /// `None`: the text is something else.
    ///
    /// # Errors
    /// It is a plan, and cannot be read.
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

    /// Whether a plan made now is the one that was saved.
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

/// A secret that comes from a command, which no plan runs, may differ or not.
fn is_same_step(saved: &StepSummary, now: &StepSummary) -> bool {
    let not_run = saved.secret == Some(SecretState::NotRun);
    let only_secret = not_run && (saved.action, now.action) == (Action::Unchanged, Action::Update);
    (saved.action == now.action || only_secret)
        && (saved.secret == now.secret || not_run)
        && saved.key == now.key
        && saved.id == now.id
        && saved.changes == now.changes
}
