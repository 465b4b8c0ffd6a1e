//! How an answer is judged (docs/platform-api.md, "Callouts").

use serde::Serialize;
use serde_json::Value;

use super::change::refusals;
use crate::text::plain;
use crate::text::{bom, json};

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
    Accepted {
        object: Value,
        /// Whether a byte order mark comes before it.
        has_bom: bool,
    },
    /// 2xx, but not JSON: the call is retried.
    NoJson(String),
    Failed(String),
}

/// How gzip begins.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

impl Judgement {
    pub fn of<'h>(status: u16, header: impl Fn(&str) -> Option<&'h str>, body: &'h [u8]) -> Self {
        match header("location") {
            Some(location) if (300..400).contains(&status) => {
                let why = format!("the endpoint answered {status}, a redirect to {location}");
                return Self::Failed(why);
            }
            _ if !(200..300).contains(&status) => {
                return Self::Failed(format!("the endpoint answered {status}"));
            }
            _ => {}
        }
        let named = header("content-encoding").map(str::trim);
        let encoding = named.or_else(|| body.starts_with(&GZIP).then_some("gzip"));
        if let Some(encoding) = encoding.filter(|name| !matches!(*name, "" | "identity")) {
            // Nobody has asked for that.
            let why =
                format!("the answer is compressed ({encoding}); the platform may not read it");
            return Self::Failed(why);
        }
        if body.strip_prefix(&bom::UTF_8).unwrap_or(body).trim_ascii().is_empty() {
            return Self::NoJson("the answer is empty".to_owned());
        }
        match json::parse(body) {
            Ok(object) => Self::Accepted { object, has_bom: body.starts_with(&bom::UTF_8) },
            Err(error) => {
                Self::NoJson(format!("the answer is not valid JSON: {}", plain::json(&error)))
            }
        }
    }

    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Accepted { object, .. } if refusals(object).is_empty() => Verdict::Success,
            Self::Accepted { .. } => Verdict::Refusal,
            Self::NoJson(_) | Self::Failed(_) => Verdict::Failure,
        }
    }

    /// What the answer says to refuse the object; `None`: it does not refuse it.
    pub fn refusal(&self) -> Option<String> {
        let Self::Accepted { object, .. } = self else { return None };
        let messages: Vec<_> = refusals(object).into_iter().map(|one| one.message).collect();
        (!messages.is_empty()).then(|| messages.join("; "))
    }

    /// Why the answer is a failure, and what the platform may not accept of it.
    pub fn error_and_warning(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Accepted { has_bom, .. } => {
                let warning = "the answer begins with a byte order mark (BOM), which the platform may not accept";
                (None, has_bom.then(|| warning.to_owned()))
            }
            Self::NoJson(error) | Self::Failed(error) => (Some(error), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Judgement, Verdict};

    #[test]
    fn a_success_must_parse_and_all_else_is_a_failure() {
        let judgement =
            |status, body: &'static str| Judgement::of(status, |_| None, body.as_bytes());
        let verdict = |status, body| judgement(status, body).verdict();
        assert_eq!(verdict(200, "{}"), Verdict::Success);
        assert_eq!(verdict(201, r#"{"error": {"message": "no"}}"#), Verdict::Refusal);
        for (status, body) in [(200, "<html>"), (204, ""), (302, "{}"), (500, "{}")] {
            assert_eq!(verdict(status, body), Verdict::Failure, "{status} {body}");
        }
        assert!(matches!(judgement(204, ""), Judgement::NoJson(_)));
        assert!(matches!(judgement(302, ""), Judgement::Failed(_)));
        let error = |status, name, value, body: &'static [u8]| {
            let header = |asked: &str| (asked == name).then_some(value);
            Judgement::of(status, header, body).error_and_warning()
        };
        for (found, expected) in [
            (error(200, "", "", b" \n"), "the answer is empty"),
            (error(307, "location", "/b", b""), "the endpoint answered 307, a redirect to /b"),
            (
                error(200, "content-encoding", "gzip", b"{}"),
                "the answer is compressed (gzip); the platform may not read it",
            ),
        ] {
            assert_eq!(found, (Some(expected.to_owned()), None));
        }
        assert!(error(200, "content-encoding", "identity", b"{}").0.is_none());
        assert!(error(200, "", "", b"\xef\xbb\xbf{}").1.is_some());
    }
}
