//! A check of a profile or of a callout's token, and its result.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    #[serde(rename = "check")]
    pub name: String,
    pub result: CheckResult,
    /// The finding or the error.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckResult {
    Ok,
    Failed,
    /// There is no expected value, or an earlier check failed.
    Skipped,
}

impl Check {
    pub fn ok(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, CheckResult::Ok, detail)
    }

    pub fn failed(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, CheckResult::Failed, detail)
    }

    pub fn skipped(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, CheckResult::Skipped, detail)
    }

    pub fn has_failed(&self) -> bool {
        self.result == CheckResult::Failed
    }

    fn new(name: &str, result: CheckResult, detail: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            result,
            detail: detail.into(),
        }
    }
}
