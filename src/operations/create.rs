//! Creates exactly one webhook, also if the response to the POST is lost, the platform fails
//! after it has created the webhook, or someone else creates it first.

use jiff::{SignedDuration, Timestamp};

use crate::api::webhooks::{SELECT, SELECT_WITH_SECRET, WebhookDocument};
use crate::api::{Error, Fate, Webhooks};
use crate::model::{Webhook, WebhookBody, WebhookKey, timestamp, webhook_type};

/// The outcome of a create.
#[derive(Debug)]
pub enum Outcome {
    /// This create made the webhook.
    Created(WebhookDocument),
    /// Another webhook with this type and object exists.
    Exists {
        /// `None`: it could not be found.
        existing: Option<WebhookDocument>,
        error: Error,
        /// `Unknown`: this create may have made it, since the response to an earlier attempt was lost.
        fate: Fate,
    },
    /// The platform refused, or nothing was sent: no webhook was created.
    Failed(Error),
    /// It is unknown whether a webhook was created.
    Unknown { error: Error, reason: UnknownReason },
}

/// Why the fate of a create stays unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownReason {
    /// The type's anchor is not known, so the webhook cannot be looked up.
    NoLookup,
    /// The look-up failed too.
    LookupFailed,
    /// The look-up found no webhook, and there are no retries left.
    NoneYet,
}

/// Creates a webhook; the response contains the members in `select`.
pub async fn create(webhooks: &Webhooks<'_>, body: &WebhookBody, select: &str) -> Outcome {
    let document = body.to_json();
    let key = body
        .criteria()
        .zip(body.webhook_type.as_deref())
        .and_then(|(criteria, webhook_type)| WebhookKey::of_request(webhook_type, criteria));
    let began = Timestamp::now();
    let mut attempt = 1;
    let mut fate = Fate::NotDone;
    loop {
        let posted = webhooks.post(&document, select).await;
        let error = match posted.and_then(|created| check_id(created, select)) {
            Ok(created) => return Outcome::Created(created),
            Err(error) => error,
        };
        let is_conflict = error.status() == Some(409);
        fate = fate.max(error.fate());
        if !is_conflict && error.fate() == Fate::NotDone {
            return refused(error, fate);
        }
        let Some(key) = &key else {
            return not_found(error, fate, UnknownReason::NoLookup);
        };
        if !is_conflict {
            let note = format!("{error}; checking whether the webhook was created");
            webhooks.client().reporter().note(&note);
        }
        match webhooks.find(key, SELECT_WITH_SECRET).await {
            Ok(Some(found)) if fate == Fate::Unknown && is_ours(&found, body, webhooks, began) => {
                return read_again(webhooks, found, select).await;
            }
            Ok(Some(mut existing)) => {
                existing.remove("secret");
                return Outcome::Exists {
                    existing: Some(existing),
                    error,
                    fate,
                };
            }
            // It was deleted between the conflict and the look-up, or never created: try again.
            Ok(None) if attempt <= webhooks.client().retries() => {}
            Ok(None) => return not_found(error, fate, UnknownReason::NoneYet),
            Err(_) => return not_found(error, fate, UnknownReason::LookupFailed),
        }
        if let Err(error) = webhooks.client().pause(error, attempt).await {
            return not_found(error, fate, UnknownReason::NoneYet);
        }
        attempt += 1;
    }
}

/// The last attempt was refused, but an earlier one whose response was lost may still take effect.
fn refused(error: Error, fate: Fate) -> Outcome {
    match fate {
        Fate::NotDone => Outcome::Failed(error),
        _ => Outcome::Unknown {
            error,
            reason: UnknownReason::NoneYet,
        },
    }
}

/// If no response of ours was lost, it was a conflict: another webhook exists
/// that the look-up does not find.
fn not_found(error: Error, fate: Fate, reason: UnknownReason) -> Outcome {
    match fate {
        Fate::NotDone => Outcome::Exists {
            existing: None,
            error,
            fate,
        },
        _ => Outcome::Unknown { error, reason },
    }
}

/// A response without an ID is an error, unless `select` did not ask for it.
fn check_id(document: WebhookDocument, select: &str) -> Result<WebhookDocument, Error> {
    let has_id = document.json()["id"].is_string();
    if has_id || !(select.is_empty() || select == SELECT) {
        return Ok(document);
    }
    Err(Error::Unreadable {
        status: Some(201),
        reason: "the created webhook has no ID".to_owned(),
    })
}

/// The webhook that a lost response was about, with the members in `select`.
async fn read_again(webhooks: &Webhooks<'_>, mut found: WebhookDocument, select: &str) -> Outcome {
    if let Some(id) = &found.id
        && let Ok(document) = webhooks.get(id, select).await
    {
        return Outcome::Created(document);
    }
    found.remove("secret");
    Outcome::Created(found)
}

/// Ours only if every sent member is equal. A secret that cannot be read cannot be compared;
/// then the webhook must not be older than our first attempt.
fn is_ours(found: &Webhook, body: &WebhookBody, webhooks: &Webhooks<'_>, began: Timestamp) -> bool {
    let same_type = body.webhook_type.as_deref().map(webhook_type::canonical)
        == found.webhook_type.as_deref().map(webhook_type::canonical);
    let rest = WebhookBody {
        webhook_type: None,
        ..body.clone()
    };
    if !same_type || !rest.is_met_by(found) {
        return false;
    }
    let Some(sent) = body.secret.as_ref().and_then(Option::as_ref) else {
        return true;
    };
    if let Some(secret) = found.readable_secret() {
        return secret == sent.expose();
    }
    let audit = found.audit.as_ref();
    let created = audit.and_then(|audit| audit.created.as_ref());
    let difference = webhooks.client().clock_difference().unwrap_or_default();
    created
        .and_then(|created| created.at.as_deref())
        .is_some_and(|at| is_not_before(at, began, difference))
}

/// Whether `at` (by the platform's clock) is not before `began` (by this machine's clock).
/// `difference` is the platform's clock minus this machine's.
fn is_not_before(at: &str, began: Timestamp, difference: SignedDuration) -> bool {
    let Some(created) = timestamp::parse(at) else {
        return false;
    };
    // `Date` has whole seconds and arrives late, so a clock in sync can appear up to 1.5 s behind.
    let in_sync = SignedDuration::from_millis(-1_500)..=SignedDuration::ZERO;
    let difference = if in_sync.contains(&difference) {
        SignedDuration::ZERO
    } else {
        difference
    };
    let began = began.saturating_add(difference).unwrap_or(began);
    // The platform truncates timestamps to milliseconds or seconds.
    let began = match at.contains('.') {
        true => began.as_millisecond(),
        false => began.as_second() * 1_000,
    };
    created.as_millisecond() >= began
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
        // The same clock, read late and truncated to a second.
        assert!(!created("2026-05-04T12:00:10.400Z", -900));
        // A slow and a fast clock.
        assert!(created("2026-05-04T12:00:08.600Z", -2_000));
        assert!(!created("2026-05-04T12:00:12.000Z", 3_000));
        assert!(!created("text", 0));
    }
}
