//! How an answer is judged (docs/platform-api.md, "Callouts").

use serde::Serialize;
use serde_json::Value;

use super::change::refusals;
use crate::text::json;

/// The verdict on a callout. The platform counts a refusal as a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Success,
    Failure,
    Refusal,
}

impl Verdict {
    pub const ALL: [Self; 3] = [Self::Success, Self::Failure, Self::Refusal];

    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Refusal => "refusal",
        }
    }
}

/// How the platform judges one answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// 2xx with this object.
    Accepted(Value),
    /// 2xx, but not JSON: the call is retried.
    NoJson(String),
    Failed(String),
}

impl Judgement {
    pub fn of(status: u16, body: &[u8]) -> Self {
        if !(200..300).contains(&status) {
            return Self::Failed(format!("the endpoint answered {status}"));
        }
        match json::parse(body) {
            Ok(object) => Self::Accepted(object),
            Err(error) => Self::NoJson(format!("the answer is not valid JSON: {error}")),
        }
    }

    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Accepted(answer) if refusals(answer).is_empty() => Verdict::Success,
            Self::Accepted(_) => Verdict::Refusal,
            Self::NoJson(_) | Self::Failed(_) => Verdict::Failure,
        }
    }

    /// Why the answer is a failure.
    pub fn error(self) -> Option<String> {
        match self {
            Self::Accepted(_) => None,
            Self::NoJson(error) | Self::Failed(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Judgement, Verdict};

    #[test]
    fn a_success_must_parse_and_all_else_is_a_failure() {
        let judgement = |status, body: &str| Judgement::of(status, body.as_bytes());
        let verdict = |status, body| judgement(status, body).verdict();
        assert_eq!(verdict(200, "{}"), Verdict::Success);
        assert_eq!(verdict(201, r#"{"error": {"message": "no"}}"#), Verdict::Refusal);
        for (status, body) in [(200, "<html>"), (204, ""), (302, "{}"), (500, "{}")] {
            assert_eq!(verdict(status, body), Verdict::Failure, "{status} {body}");
        }
        assert!(matches!(judgement(204, ""), Judgement::NoJson(_)));
        assert!(matches!(judgement(302, ""), Judgement::Failed(_)));
    }
}
