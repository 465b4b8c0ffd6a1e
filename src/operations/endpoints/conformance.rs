//! The rules that every endpoint should satisfy (docs/platform-api.md, "Callouts"), tried with one webhook type.

use serde_json::{Map, Value};

use crate::callout::change::{Change, is_seller_price};
use crate::callout::jwt::{Claims, LIFETIME};
use crate::callout::record::Answer;
use crate::callout::{CALL_TIMEOUT, Caller, Endpoint, Verdict};
use crate::cases::{CalloutResult, Mismatch};
use crate::model::{Secret, WebhookType, webhook_type};
use crate::operations::endpoints::call::Payload;
use crate::operations::endpoints::test::{CaseOutcome, CaseResult, PreparedCase, call};
use crate::text::duration;

/// A time in which no token is valid, in seconds.
const LONG_AGO: i64 = 12 * LIFETIME;

/// Tries the rules.
pub struct Conformance<'a> {
    pub caller: &'a Caller<'a>,
    pub endpoint: &'a Endpoint,
    pub subject: &'a Subject,
    /// Whether a second answer must be the same.
    pub is_idempotent: bool,
    /// Whether the endpoint knows which webhook calls it.
    pub has_webhook: bool,
}

/// A type, and an object that the endpoint should accept.
pub struct Subject {
    webhook_type: &'static WebhookType,
    payload: Payload,
    /// Claims of the token, from the case file.
    pub claims: Map<String, Value>,
}

impl Subject {
    /// The sample of a type.
    pub fn sample(webhook_type: &'static WebhookType) -> Self {
        Self { webhook_type, payload: Payload::sample(webhook_type), claims: Map::new() }
    }
}

/// The types of the cases, each with the object of the first case that expects success, or else with the sample.
pub fn subjects(cases: &[PreparedCase]) -> Vec<Subject> {
    let is_accepted = |one: &&PreparedCase| one.case.expect == Verdict::Success;
    let others = cases.iter().filter(|one| !is_accepted(one));
    let mut subjects: Vec<Subject> = Vec::new();
    for one in cases.iter().filter(is_accepted).chain(others) {
        let of_object = || webhook_type::types_of(&one.payload.object).next();
        let Some(webhook_type) = one.case.webhook_type.or_else(of_object) else {
            continue;
        };
        let is_known = |known: &Subject| known.webhook_type == webhook_type;
        if !subjects.iter().any(is_known) {
            let subject =
                Subject { claims: one.case.claims.clone(), ..Subject::sample(webhook_type) };
            subjects.push(match is_accepted(&one) {
                true => Subject { payload: one.payload.clone(), ..subject },
                false => subject,
            });
        }
    }
    subjects
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
        let (_, first) = call(self.caller, &self.subject.payload, self.endpoint).await;
        let mut results = vec![self.answers(&first)];
        if first.verdict != Verdict::Failure || first.took >= CALL_TIMEOUT {
            results.push(self.answers_in_time(&first));
        }
        if first.verdict == Verdict::Failure {
            // An endpoint that refuses everything would pass the other rules.
            let why = "a valid callout was not answered, so nothing else can be judged";
            results.push(self.skipped("all other rules", why));
            return results;
        }
        let (_, second) = call(self.caller, &self.subject.payload, self.endpoint).await;
        results.push(self.leaves_foreign_members(&first));
        results.push(self.is_repeatable(&first, &second));
        results.push(self.refuses_broken_json().await);
        match &self.endpoint.secret {
            Some(secret) => {
                for forged in self.forged_tokens(secret) {
                    results.push(self.refuses(forged).await);
                }
            }
            None => {
                let why =
                    "no secret was given, so the endpoint's checks of tokens cannot be judged";
                results.push(self.skipped("forged tokens are refused", why));
            }
        }
        results
    }

    fn skipped(&self, rule: &str, why: &str) -> CaseResult {
        CaseResult { result: CaseOutcome::Skipped, ..self.result(rule, why, Vec::new()) }
    }

    fn result(&self, rule: &str, reason: &str, mismatches: Vec<Mismatch>) -> CaseResult {
        CaseResult {
            name: format!("{}: {rule}", self.subject.webhook_type.name),
            result: match mismatches.is_empty() {
                true => CaseOutcome::Passed,
                false => CaseOutcome::Failed,
            },
            reason: Some(reason.to_owned()),
            mismatches,
            ..CaseResult::default()
        }
    }

    fn answers(&self, first: &CalloutResult) -> CaseResult {
        let of_identity = |change: &&Change| matches!(change.path.as_str(), "" | "id");
        let sent = &self.subject.payload.object;
        let is_known = |name: &String| name == "error" || sent.get(name).is_some();
        let answer = first.answer.as_ref().and_then(Value::as_object);
        let is_of_another_kind =
            answer.is_some_and(|answer| !answer.is_empty() && !answer.keys().any(is_known));
        let mismatch = match first.changes.iter().find(of_identity) {
            _ if first.verdict == Verdict::Failure => Some(Mismatch {
                what: "verdict",
                expected: vec!["success or refusal".to_owned()],
                actual: first.error.clone().into_iter().collect(),
            }),
            Some(change) => Some(Mismatch {
                what: "answer",
                expected: vec!["the object, with the same id if it has one".to_owned()],
                actual: vec![change.line()],
            }),
            None if is_of_another_kind => Some(Mismatch {
                what: "answer",
                expected: vec!["the object, or those of its members that change".to_owned()],
                actual: answer.into_iter().flat_map(Map::keys).cloned().collect(),
            }),
            None => None,
        };
        CaseResult {
            status: first.status,
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
        let mismatch = (first.took >= CALL_TIMEOUT).then(|| Mismatch {
            what: "within",
            expected: vec![format!("at most {}", duration::shown(CALL_TIMEOUT))],
            actual: vec![match &first.error {
                Some(error) => error.clone(),
                None => duration::shown(first.took),
            }],
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

    fn leaves_foreign_members(&self, first: &CalloutResult) -> CaseResult {
        let foreign = first.changes.iter().filter(|change| is_foreign(change));
        let actual: Vec<_> = foreign.map(Change::line).collect();
        let mismatch = (!actual.is_empty()).then(|| Mismatch {
            what: "changes",
            expected: vec!["none of these members".to_owned()],
            actual,
        });
        self.result(
            "the answer keeps type, status, markup, margin and SPx…",
            "only parameters, constraints, quantities and the like are the vendor's to change",
            mismatch.into_iter().collect(),
        )
    }

    fn is_repeatable(&self, first: &CalloutResult, second: &CalloutResult) -> CaseResult {
        let lines = |result: &CalloutResult| {
            let refusals = result.refusals.iter();
            let refusals = refusals.map(|one| format!("refusal: {}", one.line()));
            let verdict = std::iter::once(result.verdict.name().to_owned());
            let changes = result.changes.iter().map(Change::line);
            verdict.chain(refusals).chain(changes).collect::<Vec<_>>()
        };
        let (expected, actual) = (lines(first), lines(second));
        let mismatch =
            (expected != actual).then_some(Mismatch { what: "second answer", expected, actual });
        let differs = mismatch.is_some();
        let result = self.result(
            "the same object gets the same answer",
            "the platform may call more than once for one order",
            mismatch.into_iter().collect(),
        );
        match differs && !self.is_idempotent {
            true => CaseResult { result: CaseOutcome::Warning, ..result },
            false => result,
        }
    }

    async fn refuses_broken_json(&self) -> CaseResult {
        let secret = self.endpoint.secret.as_ref();
        let token = secret.map(|secret| self.endpoint.claims().sign(secret));
        let answer = self.caller.send(self.endpoint, token.as_ref(), b"{\"id\": ").await;
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
            .send(self.endpoint, forged.token.as_ref(), &self.subject.payload.bytes)
            .await;
        let is_refused = |status: u16| matches!(status, 401 | 403);
        let mismatches = status_mismatch(&answer, "401 or 403", is_refused);
        let result = self.result(forged.rule, forged.reason, mismatches);
        match answer {
            Ok(Answer { status: 500.., .. }) => CaseResult {
                result: CaseOutcome::Warning,
                reason: Some("access is denied, but as an error of the endpoint".to_owned()),
                ..result
            },
            _ => result,
        }
    }

    fn forged_tokens(&self, secret: &Secret) -> Vec<ForgedToken> {
        let claims = self.endpoint.claims();
        let signed = |claims: &Claims| Some(claims.sign(secret));
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
                token: Some(claims.sign(&other)),
            },
            ForgedToken {
                rule: "an expired token is refused",
                reason: "a token that was recorded must not work for ever",
                token: signed(&claims.shifted(-LONG_AGO)),
            },
            ForgedToken {
                rule: "a token that is not yet valid is refused",
                reason: "its times are part of what is signed",
                token: signed(&claims.shifted(LONG_AGO)),
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
                token: signed(&claims.for_webhook(format!("{}-0000", claims.webhook_id))),
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
    vec![Mismatch { what: "status", expected: vec![expected.to_owned()], actual: vec![actual] }]
}

/// Whether a change is not the vendor's to make.
fn is_foreign(change: &Change) -> bool {
    let last = change.path.rsplit(['.', ']']).next().unwrap_or_default();
    let values = [&change.before, &change.after];
    matches!(change.path.as_str(), "type" | "status")
        || is_seller_price(last)
        || values.into_iter().flatten().any(contains_seller_price)
}

/// Whether an object that was added or removed holds a member of the seller.
fn contains_seller_price(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            !value.is_null() && (is_seller_price(name) || contains_seller_price(value))
        }),
        Value::Array(items) => items.iter().any(contains_seller_price),
        _ => false,
    }
}

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
