//! The checks of a webhook that may not be called, and what they found.

use serde::Serialize;

/// What a check found. The order is that of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    Ok,
    /// Something to know, which is no problem, or not certain.
    Note,
    /// It cannot be checked, and why.
    Unknown,
    Problem,
}

impl Finding {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Problem => "problem",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorCheck {
    #[serde(rename = "check")]
    pub name: &'static str,
    pub result: Finding,
    pub detail: String,
    /// The next step.
    pub hint: Option<String>,
}

impl DoctorCheck {
    pub fn new(name: &'static str, result: Finding, detail: impl Into<String>) -> Self {
        Self {
            name,
            result,
            detail: detail.into(),
            hint: None,
        }
    }

    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
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
    pub checks: Vec<DoctorCheck>,
}

impl Diagnosis {
    /// The most severe finding.
    pub fn worst(&self) -> Finding {
        let findings = self.checks.iter().map(|check| check.result);
        findings.max().unwrap_or(Finding::Ok)
    }
}
