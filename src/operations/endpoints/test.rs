//! Runs test cases against an endpoint.

use std::time::{Duration, Instant};

use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;

use crate::callout::{Caller, Endpoint, Verdict};
use crate::cases::{CalloutResult, Case, Mismatch, mismatches};
use crate::operations::endpoints::call::{CallResult, Payload};

/// The result of a case or of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseOutcome {
    Passed,
    Failed,
    /// It should be looked at, and fails no test.
    Warning,
    /// It cannot be judged.
    #[default]
    Skipped,
}

impl CaseOutcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warning => "warning",
            Self::Skipped => "skipped",
        }
    }
}

/// What is reported of a case or of a rule.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseResult {
    pub name: String,
    pub result: CaseOutcome,
    /// The case file, and the line; not of a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The time until the answer, the median if the case was repeated; `None`: it was not measured.
    pub milliseconds: Option<u64>,
    /// Why a rule exists, or why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub mismatches: Vec<Mismatch>,
    /// The HTTP status, the highest one if the case was repeated.
    #[serde(skip)]
    pub status: Option<u16>,
    /// The answer of the endpoint, if the verdict is not the expected one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
}

impl CaseResult {
    /// A case that was not run, because the tests ended before it.
    pub fn not_run(case: &Case) -> Self {
        Self {
            name: case.name.clone(),
            file: Some(case.file.clone()),
            line: case.line,
            reason: Some("it was not run".to_owned()),
            ..Self::default()
        }
    }

    pub fn has_failed(&self) -> bool {
        self.result == CaseOutcome::Failed
    }
}

/// The times of a case that was repeated, in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repeat {
    pub count: usize,
    /// The number of runs that did not meet the case.
    pub failed: usize,
    pub median: u64,
    pub percentile95: u64,
    pub slowest: u64,
}

/// A case and the object that it sends.
pub struct PreparedCase {
    pub case: Case,
    pub payload: Payload,
}

/// How cases are run.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// The number of cases that are run at the same time.
    pub jobs: usize,
    /// How often each case is run.
    pub repeat: usize,
}

/// The part of an answer that is reported, in characters.
const MAX_RESPONSE: usize = 2000;

/// Runs the cases; the results have their order.
pub fn run<'a>(
    cases: &'a [PreparedCase],
    caller: &'a Caller<'_>,
    endpoint: &'a Endpoint,
    options: RunOptions,
) -> impl Stream<Item = CaseResult> + use<'a> {
    let results =
        stream::iter(cases).map(move |case| run_case(caller, case, endpoint, options.repeat));
    results.buffered(options.jobs)
}

async fn run_case(
    caller: &Caller<'_>,
    prepared: &PreparedCase,
    endpoint: &Endpoint,
    repeat: usize,
) -> CaseResult {
    let PreparedCase { case, payload } = prepared;
    let endpoint = &endpoint.with_claims(&case.claims);
    let mut times = Vec::with_capacity(repeat);
    let mut failed = 0;
    let mut status = None;
    let mut reported: Option<(CallResult, Vec<Mismatch>)> = None;
    for _ in 0..repeat.max(1) {
        let (called, result) = call(caller, payload, endpoint).await;
        let found = mismatches(case, &payload.object, &result);
        times.push(result.took);
        failed += usize::from(!found.is_empty());
        status = status.max(result.status);
        // The first failure is reported, else the first run.
        let is_first_failure = !found.is_empty() && failed == 1;
        if reported.is_none() || is_first_failure {
            reported = Some((called, found));
        }
    }
    times.sort();
    let (called, mismatches) = match reported {
        Some((called, found)) => (Some(called), found),
        None => (None, Vec::new()),
    };
    let warning = called.as_ref().and_then(|called| called.warning.clone());
    CaseResult {
        name: case.name.clone(),
        result: match (mismatches.is_empty(), &warning) {
            (true, None) => CaseOutcome::Passed,
            (true, Some(_)) => CaseOutcome::Warning,
            (false, _) => CaseOutcome::Failed,
        },
        status,
        file: Some(case.file.clone()),
        line: case.line,
        verdict: called.as_ref().map(|called| called.verdict),
        milliseconds: Some(at_share(&times, 0.5)),
        reason: warning,
        response: called
            .filter(|_| mismatches.iter().any(|one| one.what == "verdict"))
            .and_then(|called| called.call.response)
            .map(|text| endpoint.without_secret(&text).chars().take(MAX_RESPONSE).collect()),
        mismatches,
        repeat: (repeat > 1).then(|| Repeat {
            count: times.len(),
            failed,
            median: at_share(&times, 0.5),
            percentile95: at_share(&times, 0.95),
            slowest: at_share(&times, 1.0),
        }),
    }
}

/// Calls the endpoint as the platform would, and measures its time.
pub async fn call(
    caller: &Caller<'_>,
    payload: &Payload,
    endpoint: &Endpoint,
) -> (CallResult, CalloutResult) {
    let began = Instant::now();
    let record = caller.call(endpoint, &payload.bytes).await;
    let took = began.elapsed();
    let called = CallResult::of(endpoint, payload, &record);
    let result = CalloutResult {
        verdict: called.verdict,
        status: record.answer.as_ref().map(|answer| answer.status),
        answer: record.answered_object(),
        error: record.error,
        refusals: called.refusals.clone(),
        changes: called.changes.clone(),
        took,
    };
    (called, result)
}

/// The time that this share of the sorted times does not exceed, in milliseconds.
fn at_share(times: &[Duration], share: f64) -> u64 {
    let rank = (share * times.len() as f64).ceil() as usize;
    let time = times.get(rank.saturating_sub(1)).copied();
    u64::try_from(time.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::at_share;

    #[test]
    fn a_share_of_times_is_the_nearest_rank() {
        let times: Vec<_> = (1..=20).map(Duration::from_millis).collect();
        assert_eq!(at_share(&times, 0.5), 10);
        assert_eq!(at_share(&times, 0.95), 19);
        assert_eq!(at_share(&times, 1.0), 20);
        assert_eq!(at_share(&[], 0.5), 0);
    }
}
