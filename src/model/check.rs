//! A check of a webhook, of a profile or of a callout's token, and its result.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    #[serde(rename = "check")]
    pub name: String,
    pub result: CheckResult,
    /// What was found, or the error.
    pub detail: String,
    /// The next step.
    #[serde(default)]
    pub hint: Option<String>,
}

/// The order is that of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckResult {
    Ok,
    /// There is no expected value, or an earlier check failed.
    Skipped,
    /// Something to know, which is no problem, or not certain.
    Note,
    /// It cannot be checked, and why.
    Unknown,
    /// A token or a profile is refused.
    Failed,
    /// A webhook is not called, or its calls fail.
    Problem,
}

impl CheckResult {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Problem => "problem",
        }
    }
}

impl Check {
    pub fn new(name: &str, result: CheckResult, detail: impl Into<String>) -> Self {
        Self { name: name.to_owned(), result, detail: detail.into(), hint: None }
    }

    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

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
}

/// All checks of one webhook.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// The ID of the webhook.
    pub webhook: String,
    /// `ValidateAnswer for FRM-1111-1111`
    #[serde(skip)]
    pub described: String,
    #[serde(skip)]
    pub url: String,
    pub checks: Vec<Check>,
}

impl Diagnosis {
    pub fn problems(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.result == CheckResult::Problem)
    }

    /// The most severe result.
    pub fn worst(&self) -> CheckResult {
        let results = self.checks.iter().map(|check| check.result);
        results.max().unwrap_or(CheckResult::Ok)
    }
}
