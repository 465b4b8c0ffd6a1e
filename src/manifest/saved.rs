//! A plan on disk: what was wanted, and what was seen. No secret is in it, only where secrets are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::Manifest;
use super::plan::Secrets;

/// What makes a file a plan of ours, and its version.
const VERSION: u64 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    #[serde(rename = "mptPlan")]
    version: u64,
    /// The platform's origin.
    pub platform: String,
    pub prune: bool,
    pub secrets: Secrets,
    pub manifest: Manifest,
    pub plan: Value,
}

impl Saved {
    pub fn new(
        platform: &str,
        prune: bool,
        secrets: Secrets,
        manifest: Manifest,
        plan: Value,
    ) -> Self {
        Self {
            version: VERSION,
            platform: platform.to_owned(),
            prune,
            secrets,
            manifest,
            plan,
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
            return Some(Err("it is a plan of another version of mpt".to_owned()));
        }
        Some(serde_json::from_value(document).map_err(|error| format!("not a plan: {error}")))
    }

    /// Whether a plan made now is the one that was saved. A secret that no plan runs a command for
    /// may have turned out either way.
    pub fn is_still(&self, plan: &Value) -> bool {
        let (Some(saved), Some(now)) = (self.plan.as_array(), plan.as_array()) else {
            return false;
        };
        let mut seen: Vec<&Value> = now.iter().collect();
        saved.len() == now.len()
            && saved.iter().all(|step| {
                let found = seen.iter().position(|now| is_same_step(step, now));
                found.map(|at| seen.swap_remove(at)).is_some()
            })
    }
}

fn is_same_step(saved: &Value, now: &Value) -> bool {
    let not_run = saved["secret"] == "not run";
    let actions = [&saved["action"], &now["action"]];
    let only_secret =
        not_run && actions == ["unchanged", "update"] && now["changes"] == saved["changes"];
    (saved["action"] == now["action"] || only_secret)
        && (saved["secret"] == now["secret"] || not_run)
        && ["type", "object", "id", "changes"]
            .into_iter()
            .all(|member| saved[member] == now[member])
}
