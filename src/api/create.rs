//! Exactly one webhook from one create (DESIGN, "Talking to the platform"): what is done when the
//! answer to the POST is lost, when the service fails after it has created, and when another was
//! faster.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::webhooks::{Identity, SELECT, SELECT_WITH_SECRET};
use super::{Error, Webhooks};
use crate::model::{Webhook, WebhookBody, timestamp, webhook_type};

/// How a create ended.
#[derive(Debug)]
pub enum Outcome {
    /// The webhook is there, and this create made it.
    Created(Value),
    /// A webhook of this type and object is there that cannot be told to be ours.
    Exists {
        /// `None` where it could not be found.
        existing: Option<Value>,
        error: Error,
        /// Whether it may be ours all the same: an attempt of ours is in doubt.
        in_doubt: bool,
    },
    /// The service refused, or the request never left: no webhook was made.
    Failed(Error),
    /// Nobody can say whether a webhook was made.
    Unknown { error: Error, why: Unknown },
}

/// Why the fate of a create stays unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The type's anchor is not known, so the webhook cannot be looked up.
    NoLookup,
    /// The look-up failed too.
    LookupFailed,
    /// None was there when it was looked up, and nothing more is tried.
    NoneYet,
}

/// Creates a webhook; the answer holds what `select` names.
pub async fn create(webhooks: &Webhooks<'_>, body: &WebhookBody, select: &str) -> Outcome {
    let document = body.to_json();
    let identity = Identity::of(body.webhook_type.as_deref().unwrap_or(""), body.criteria());
    let began = Timestamp::now();
    let mut attempt = 1;
    let mut in_doubt = false;
    loop {
        let error = match webhooks
            .post(&document, select)
            .await
            .and_then(|d| named(d, select))
        {
            Ok(created) => return Outcome::Created(created),
            Err(error) => error,
        };
        let is_conflict = error.status() == Some(409);
        in_doubt |= error.leaves_fate_unknown();
        if !is_conflict && !error.leaves_fate_unknown() {
            return refused(error, in_doubt);
        }
        let Some(identity) = &identity else {
            return not_found(error, in_doubt, Unknown::NoLookup);
        };
        if !is_conflict {
            webhooks
                .client()
                .tell(&format!("{error}; looking whether the webhook was created"));
        }
        match webhooks.find(identity, SELECT_WITH_SECRET).await {
            Ok(Some(found)) if in_doubt && is_ours(&found, body, webhooks, began) => {
                return answer_again(webhooks, found, select).await;
            }
            Ok(Some(found)) => {
                return Outcome::Exists {
                    existing: Some(without_secret(found)),
                    error,
                    in_doubt,
                };
            }
            // Gone between the conflict and the look-up, or never made: once more.
            Ok(None) if attempt <= webhooks.client().retries() => {}
            Ok(None) => return not_found(error, in_doubt, Unknown::NoneYet),
            Err(_) => return not_found(error, in_doubt, Unknown::LookupFailed),
        }
        if let Err(error) = webhooks.client().pause(error, attempt).await {
            return not_found(error, in_doubt, Unknown::NoneYet);
        }
        attempt += 1;
    }
}

/// Refused for good; but an earlier attempt that is in doubt may still be carried out.
fn refused(error: Error, in_doubt: bool) -> Outcome {
    if in_doubt {
        return Outcome::Unknown {
            error,
            why: Unknown::NoneYet,
        };
    }
    Outcome::Failed(error)
}

/// Without a doubt about an attempt of ours, it was a conflict: there is another one somewhere.
fn not_found(error: Error, in_doubt: bool, why: Unknown) -> Outcome {
    if in_doubt {
        return Outcome::Unknown { error, why };
    }
    Outcome::Exists {
        existing: None,
        error,
        in_doubt,
    }
}

/// A created webhook without an id was not understood, unless the caller did not ask for one.
fn named(document: Value, select: &str) -> Result<Value, Error> {
    let is_ours = select.is_empty() || select == SELECT;
    if is_ours && !document["id"].is_string() {
        let reason = "the created webhook has no id".to_owned();
        return Err(Error::Unreadable {
            status: Some(201),
            reason,
        });
    }
    Ok(document)
}

/// The webhook that a lost answer was about, with what `select` names.
async fn answer_again(webhooks: &Webhooks<'_>, found: Value, select: &str) -> Outcome {
    if let Some(id) = found["id"].as_str()
        && let Ok(document) = webhooks.get(id, select).await
    {
        return Outcome::Created(document);
    }
    Outcome::Created(without_secret(found))
}

/// Ours only if every member sent is equal. A secret that cannot be read back cannot be compared;
/// then the webhook must be no older than our first attempt.
fn is_ours(found: &Value, body: &WebhookBody, webhooks: &Webhooks<'_>, began: Timestamp) -> bool {
    let found = Webhook::of(found);
    let same_type = body.webhook_type.as_deref().map(webhook_type::canonical)
        == found.webhook_type.as_deref().map(webhook_type::canonical);
    let rest = WebhookBody {
        webhook_type: None,
        ..body.clone()
    };
    if !same_type || !rest.is_met_by(&found) {
        return false;
    }
    let Some(sent) = body.secret.as_ref().and_then(Option::as_ref) else {
        return true;
    };
    if let Some(secret) = found.readable_secret() {
        return secret == sent.expose();
    }
    let created = found
        .audit
        .and_then(|audit| audit.created)
        .and_then(|created| created.at);
    let difference = webhooks
        .client()
        .clock_difference()
        .unwrap_or(SignedDuration::ZERO);
    created.is_some_and(|at| is_not_before(&at, began, difference))
}

/// Whether something was created at `at`, by the service's clock, not before `began`, by ours.
/// `difference` is the service's clock minus ours, cut to whole seconds as its `Date` is.
fn is_not_before(at: &str, began: Timestamp, difference: SignedDuration) -> bool {
    let Some(created) = timestamp::parse(at) else {
        return false;
    };
    // Cut to a second, and late by the way to us, the same clock reads as up to this much behind.
    let same_clock = SignedDuration::from_millis(-1_500)..=SignedDuration::ZERO;
    let difference = if same_clock.contains(&difference) {
        SignedDuration::ZERO
    } else {
        difference
    };
    let began = began.saturating_add(difference).unwrap_or(began);
    // The platform cuts its timestamps, to milliseconds or to seconds.
    let began = match at.contains('.') {
        true => began.as_millisecond(),
        false => began.as_second() * 1_000,
    };
    created.as_millisecond() >= began
}

fn without_secret(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.shift_remove("secret");
    }
    document
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::is_not_before;

    #[test]
    fn times_are_compared_by_the_services_clock_and_precision() {
        let began = "2026-05-04T12:00:10.500900Z".parse().unwrap();
        let created = |at: &str, difference: i64| {
            is_not_before(at, began, SignedDuration::from_millis(difference))
        };
        assert!(created("2026-05-04T12:00:10.500Z", 0) && created("2026-05-04T12:00:10Z", 0));
        assert!(!created("2026-05-04T12:00:10.499Z", 0) && !created("2026-05-04T12:00:09Z", 0));
        // The same clock, read late and cut to a second.
        assert!(!created("2026-05-04T12:00:10.400Z", -900));
        // A clock that is behind, and one that is ahead.
        assert!(created("2026-05-04T12:00:08.600Z", -2_000));
        assert!(!created("2026-05-04T12:00:12.000Z", 3_000));
        assert!(!created("text", 0));
    }
}
