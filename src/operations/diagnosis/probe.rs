//! Calls the endpoint of a webhook as the platform would, with the sample object of its type.

use serde_json::Map;

use crate::callout::{Endpoint, Verdict};
use crate::failure::Failure;
use crate::model::{Check, CheckResult, Secret, Webhook, webhook_type};
use crate::operations::endpoints::call::{CallResult, Payload, call};
use crate::operations::endpoints::target::{Access, secret_of};
use crate::text::MPT;

/// Calls the endpoint with this secret.
///
/// # Errors
/// The endpoint may not be called, or the type has no sample.
pub async fn probe(
    webhook: &Webhook,
    id: &str,
    secret: Option<Secret>,
    access: &Access<'_>,
) -> Result<CallResult, Failure> {
    let target = access.target(webhook.url.as_deref().unwrap_or_default()).await?;
    let endpoint = Endpoint { target, webhook_id: id.to_owned(), secret, claims: Map::new() };
    call(access, &endpoint, &sample_of(webhook)?).await
}

/// The sample, for the webhook's object.
fn sample_of(webhook: &Webhook) -> Result<Payload, Failure> {
    let typed = webhook.webhook_type.as_deref().unwrap_or_default();
    let known = webhook_type::find(typed).ok_or_else(|| {
        Failure::usage(format!(
            "no sample object is known for the type `{typed}`, so it cannot be probed"
        ))
    })?;
    let mut payload = Payload::sample(known);
    let anchor = known.anchor().criterion();
    if let Some(id) = webhook.criteria.get(anchor) {
        // The sample object contains every anchor.
        payload.set_values(&[(anchor.to_owned(), id.into())]).ok();
    }
    Ok(payload)
}

/// The check of `doctor --probe`.
pub async fn check(webhook: &Webhook, id: &str, access: &Access<'_>) -> Check {
    let check = |result, detail: String| Check::new("probe", result, detail);
    let unknown = |failure: Failure| Check {
        hint: failure.hint,
        ..check(CheckResult::Unknown, format!("not called: {}", failure.message))
    };
    let Ok(secret) = secret_of(webhook) else {
        let detail = "the secret cannot be read, so the call cannot be signed".to_owned();
        return check(CheckResult::Unknown, detail);
    };
    let called = match probe(webhook, id, secret, access).await {
        Ok(called) => called,
        Err(failure) => return unknown(failure),
    };
    match called.verdict {
        Verdict::Failure => {
            let reason = called.call.error.unwrap_or_else(|| "it failed".to_owned());
            check(CheckResult::Problem, reason)
                .with_hint(format!("see more with {MPT} endpoint call {id}"))
        }
        verdict => check(
            CheckResult::Ok,
            format!("the endpoint answers; the verdict is {}", verdict.name()),
        ),
    }
}
