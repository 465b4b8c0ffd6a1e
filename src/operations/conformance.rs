//! The rules that every endpoint should satisfy (docs/platform-api.md, "Callouts"), tried with one webhook type.

use std::time::Duration;

use super::test_endpoint::{CaseResult, Outcome, call};
use super::trigger::Payload;
use crate::callout::change::Change;
use crate::callout::jwt::{Claims, LIFETIME};
use crate::callout::record::Answer;
use crate::callout::{Caller, Endpoint, Verdict};
use crate::cases::{CalloutResult, Mismatch};
use crate::model::{Secret, WebhookType};

/// The time that the sandbox gives an endpoint. The platform's limit is not published.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Tries the rules.
pub struct Conformance<'a> {
    pub caller: &'a Caller,
    pub endpoint: &'a Endpoint,
    pub webhook_type: &'static WebhookType,
    pub payload: &'a Payload,
    /// Whether a second answer must be the same.
    pub is_idempotent: bool,
    /// Whether the endpoint knows which webhook calls it.
    pub has_webhook: bool,
}

/// A token that an endpoint must refuse.
struct ForgedToken {
    rule: &'static str,
    reason: &'static str,
    token: Option<Secret>,
}

impl Conformance<'_> {
    /// The results of all rules.
    pub async fn run(&self) -> Vec<CaseResult> {
        let (_, first) = call(self.caller, self.payload, self.endpoint).await;
        let (_, second) = call(self.caller, self.payload, self.endpoint).await;
        let mut results = vec![
            self.answers(&first),
            self.answers_in_time(&first),
            self.keeps_what_is_not_its_own(&first),
            self.is_repeatable(&first, &second),
            self.refuses_broken_json().await,
        ];
        match &self.endpoint.secret {
            Some(secret) => {
                for forged in self.forged_tokens(secret) {
                    results.push(self.refuses(forged).await);
                }
            }
            None => results.push(CaseResult {
                result: Outcome::Skipped,
                ..self.result(
                    "forged tokens are refused",
                    "no secret was given, so the endpoint's checks of tokens cannot be judged",
                    Vec::new(),
                )
            }),
        }
        results
    }

    fn result(&self, rule: &str, reason: &str, mismatches: Vec<Mismatch>) -> CaseResult {
        CaseResult {
            name: format!("{}: {rule}", self.webhook_type.name),
            result: match mismatches.is_empty() {
                true => Outcome::Passed,
                false => Outcome::Failed,
            },
            file: None,
            line: None,
            verdict: None,
            milliseconds: None,
            reason: Some(reason.to_owned()),
            mismatches,
            response: None,
            repeat: None,
        }
    }

    fn answers(&self, first: &CalloutResult) -> CaseResult {
        let mismatch = (first.verdict == Verdict::Failure).then(|| Mismatch {
            what: "verdict",
            expected: vec!["success or refusal".to_owned()],
            actual: first.error.clone().into_iter().collect(),
        });
        CaseResult {
            verdict: Some(first.verdict),
            milliseconds: Some(milliseconds(first.took)),
            ..self.result(
                "a callout is answered with the object",
                "after a failure, the platform goes on without validation",
                mismatch.into_iter().collect(),
            )
        }
    }

    fn answers_in_time(&self, first: &CalloutResult) -> CaseResult {
        let mismatch = (first.took > MAX_TIME).then(|| Mismatch {
            what: "within",
            expected: vec!["at most 10 s".to_owned()],
            actual: vec![format!("{} ms", milliseconds(first.took))],
        });
        CaseResult {
            milliseconds: Some(milliseconds(first.took)),
            ..self.result(
                "the answer comes in time",
                "somebody waits for it; 10 s is the sandbox's limit, the platform's is not published",
                mismatch.into_iter().collect(),
            )
        }
    }

    fn keeps_what_is_not_its_own(&self, first: &CalloutResult) -> CaseResult {
        let foreign = first.changes.iter().filter(|change| is_foreign(change));
        let actual: Vec<_> = foreign.map(line).collect();
        let mismatch = (!actual.is_empty()).then(|| Mismatch {
            what: "changes",
            expected: vec!["an object of the same kind, with the same id".to_owned()],
            actual,
        });
        self.result(
            "the answer keeps id, type, status, markup, margin and SPx…",
            "only parameters, constraints, quantities and the like are the vendor's to change",
            mismatch.into_iter().collect(),
        )
    }

    fn is_repeatable(&self, first: &CalloutResult, second: &CalloutResult) -> CaseResult {
        let lines = |result: &CalloutResult| {
            let refusals = result.refusals.iter();
            let refusals = refusals.map(|one| format!("refusal: {}", one.message));
            let verdict = std::iter::once(result.verdict.name().to_owned());
            let changes = result.changes.iter().map(line);
            verdict.chain(refusals).chain(changes).collect::<Vec<_>>()
        };
        let (expected, actual) = (lines(first), lines(second));
        let mismatch = (expected != actual).then_some(Mismatch {
            what: "second answer",
            expected,
            actual,
        });
        let differs = mismatch.is_some();
        let result = self.result(
            "the same object gets the same answer",
            "the platform may call more than once for one order",
            mismatch.into_iter().collect(),
        );
        match differs && !self.is_idempotent {
            true => CaseResult {
                result: Outcome::Warning,
                ..result
            },
            false => result,
        }
    }

    async fn refuses_broken_json(&self) -> CaseResult {
        let token = self.endpoint.secret.as_ref();
        let token = token.and_then(|secret| self.endpoint.claims().sign(secret).ok());
        let answer = self
            .caller
            .send(&self.endpoint.url, token.as_ref(), b"{\"id\": ")
            .await;
        let is_refused = |status: u16| (400..500).contains(&status);
        self.result(
            "broken JSON is answered with a 4xx",
            "an exception or a dropped connection hides what is wrong",
            status_mismatch(&answer, "a status from 400 to 499", is_refused),
        )
    }

    async fn refuses(&self, forged: ForgedToken) -> CaseResult {
        let answer = self
            .caller
            .send(
                &self.endpoint.url,
                forged.token.as_ref(),
                &self.payload.bytes,
            )
            .await;
        let is_refused = |status: u16| matches!(status, 401 | 403);
        self.result(
            forged.rule,
            forged.reason,
            status_mismatch(&answer, "401 or 403", is_refused),
        )
    }

    fn forged_tokens(&self, secret: &Secret) -> Vec<ForgedToken> {
        let claims = self.endpoint.claims();
        let shifted = |seconds: i64| Claims {
            iat: claims.iat + seconds,
            nbf: claims.nbf + seconds,
            exp: claims.exp + seconds,
            ..claims.clone()
        };
        let signed = |claims: &Claims| claims.sign(secret).ok();
        let other = Secret::new(format!("{}-another", secret.expose()));
        let mut forged = vec![
            ForgedToken {
                rule: "a callout without a token is refused",
                reason: "anybody can call an endpoint that is public",
                token: None,
            },
            ForgedToken {
                rule: "a wrong signature is refused",
                reason: "the signature is the proof that the platform calls",
                token: claims.sign(&other).ok(),
            },
            ForgedToken {
                rule: "an expired token is refused",
                reason: "a token that was recorded must not work for ever",
                token: signed(&shifted(-12 * LIFETIME)),
            },
            ForgedToken {
                rule: "a token that is not yet valid is refused",
                reason: "its times are part of what is signed",
                token: signed(&shifted(12 * LIFETIME)),
            },
            ForgedToken {
                rule: "a token with `alg: none` is refused",
                reason: "it has no signature at all",
                token: Some(claims.unsigned()),
            },
        ];
        if self.has_webhook {
            forged.push(ForgedToken {
                rule: "a token for another webhook is refused",
                reason: "another webhook may have another secret and another purpose",
                token: signed(&Claims {
                    webhook_id: "WBH-9999-9999".to_owned(),
                    ..claims.clone()
                }),
            });
        }
        forged
    }
}

fn status_mismatch(
    answer: &anyhow::Result<Answer>,
    expected: &str,
    is_met_by: impl Fn(u16) -> bool,
) -> Vec<Mismatch> {
    let actual = match answer {
        Ok(answer) if is_met_by(answer.status) => return Vec::new(),
        Ok(answer) => answer.status.to_string(),
        Err(error) => error.to_string(),
    };
    vec![Mismatch {
        what: "status",
        expected: vec![expected.to_owned()],
        actual: vec![actual],
    }]
}

/// Whether a change is not the vendor's to make.
fn is_foreign(change: &Change) -> bool {
    let last = change.path.rsplit(['.', ']']).next().unwrap_or_default();
    let is_of_object = matches!(change.path.as_str(), "" | "id" | "type" | "status");
    is_of_object || matches!(last, "markup" | "margin") || last.starts_with("SPx")
}

fn line(change: &Change) -> String {
    let text = |value: &Option<serde_json::Value>| match value {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    let path = match change.path.as_str() {
        "" => "the object",
        path => path,
    };
    format!("{path}: {} → {}", text(&change.before), text(&change.after))
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
