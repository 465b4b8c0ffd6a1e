//! The checks of a webhook that need only the webhook itself.

use serde_json::Value;
use url::Url;

use crate::callout::matching::mismatch;
use crate::callout::path;
use crate::model::Webhook;
use crate::model::webhook::Health;
use crate::model::webhook_type::{self, Anchor, WebhookType};
use crate::model::{Check, CheckResult};
use crate::text::MPT;

pub fn enabled(webhook: &Webhook, id: &str) -> Check {
    let check = |result, detail: &str| Check::new("enabled", result, detail);
    match webhook.enabled() {
        Some(true) => check(CheckResult::Ok, "the webhook is enabled"),
        Some(false) => check(CheckResult::Problem, "the webhook is disabled; events are lost")
            .with_hint(format!("enable it with {MPT} webhook enable {id}")),
        None => check(CheckResult::Unknown, "the status is not known"),
    }
}

/// Whether an object of the webhook's type can match the criteria.
pub fn criteria(webhook: &Webhook, known: Option<&WebhookType>, id: &str) -> Check {
    let check = |result, detail: String| Check::new("criteria", result, detail);
    let Some(known) = known.filter(|known| known.anchor() != Anchor::Form) else {
        return check(
            CheckResult::Unknown,
            "the platform does not document this object, so it is not known".to_owned(),
        );
    };
    let payload = known.sample();
    let hint = format!("change it with {MPT} webhook update {id} --criteria");
    for (key, value) in webhook.criteria.iter() {
        if path::at(&payload, key).is_none() {
            let detail =
                format!("`{key}` is not in the sample of such an object; it may never match");
            return check(CheckResult::Note, detail);
        }
        if key == "status" {
            let status = [(key.to_owned(), value.to_owned())].into_iter().collect();
            if let Some(mismatch) = mismatch(&status, &payload) {
                let detail = format!("it can never match: for this type, {mismatch}");
                let right = payload["status"].as_str().unwrap_or_default();
                let hint = format!("{hint} status={right}");
                return check(CheckResult::Problem, detail).with_hint(hint);
            }
        }
    }
    check(CheckResult::Ok, "an object can match".to_owned())
}

pub fn calls(webhook: &Webhook, id: &str) -> Check {
    let check = |result, detail: String| Check::new("calls", result, detail);
    match webhook.health() {
        Health::Ok => check(CheckResult::Ok, "the last call succeeded".to_owned()),
        Health::Unknown => check(CheckResult::Unknown, "there is no record of calls".to_owned()),
        Health::NeverCalled => check(
            CheckResult::Note,
            "it was never called; an order or enrollment has to be validated first".to_owned(),
        ),
        Health::Failing(count) => {
            let call = webhook.last_call.clone().unwrap_or_default();
            let status = call.http_status_code.as_ref().map(|status| match status {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            let times = count.map(|count| format!(" ×{count}")).unwrap_or_default();
            let reason = call
                .error
                .clone()
                .or(status.clone())
                .unwrap_or_else(|| "no reason is recorded".to_owned());
            let (meaning, advice, command) = meaning(status.as_deref(), call.error.as_deref());
            check(CheckResult::Problem, format!("the last call failed{times}: {reason}{meaning}"))
                .with_hint(format!("{advice} {MPT} {command} {id}"))
        }
    }
}

/// What a failed call means, the next step, and the command for it.
fn meaning(
    status: Option<&str>,
    error: Option<&str>,
) -> (&'static str, &'static str, &'static str) {
    let error = error.unwrap_or_default().to_ascii_lowercase();
    match status.unwrap_or_default() {
        "401" | "403" | "Unauthorized" | "Forbidden" => (
            "; the endpoint refuses the token, so it may have another secret",
            "set the same secret on both sides with",
            "webhook rotate-secret",
        ),
        _ if error.contains("json") => {
            ("; the answer is not JSON", "see what the endpoint answers with", "endpoint call")
        }
        _ if error.contains("timed out") || error.contains("timeout") => {
            ("; the endpoint is too slow", "see how long it takes with", "endpoint call")
        }
        status if status.starts_with('5') => (
            "; the endpoint has an error of its own",
            "see the endpoint's logs, or call it with",
            "endpoint call",
        ),
        _ => ("", "see the whole record with", "webhook show"),
    }
}

/// The object that a webhook is registered for.
pub fn anchor_of(webhook: &Webhook) -> Option<(Anchor, String)> {
    let known = webhook.webhook_type.as_deref().and_then(webhook_type::find);
    let mut anchors = Anchor::ALL.into_iter();
    let anchor = match known {
        Some(known) => known.anchor(),
        None => anchors.find(|anchor| webhook.criteria.get(anchor.criterion()).is_some())?,
    };
    let named = webhook.object.as_ref().and_then(|object| object.id.clone());
    let criterion = webhook.criteria.get(anchor.criterion()).map(str::to_owned);
    Some((anchor, criterion.or(named)?))
}

pub fn url_of(webhook: &Webhook) -> Option<Url> {
    let url = Url::parse(webhook.url.as_deref()?).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

pub fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port_or_known_default().unwrap_or(443))
}
