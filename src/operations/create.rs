//! One webhook from one create: what is done when the answer to the POST is lost, when the service
//! fails after it has created, and when somebody else was faster.

use jiff::{SignedDuration, Timestamp};

use crate::api::webhooks::{SELECT, SELECT_WITH_SECRET, WebhookDocument};
use crate::api::{Error, Fate, Webhooks};
use crate::model::{Webhook, WebhookBody, WebhookKey, timestamp, webhook_type};

/// How a create ended.
#[derive(Debug)]
pub enum Outcome {
    /// The webhook is there, and this create made it.
    Created(WebhookDocument),
    /// Another webhook with this type and object is there.
    Exists {
        /// `None` where it could not be found.
        existing: Option<WebhookDocument>,
        error: Error,
        /// `Unknown`: it may be ours all the same, since the answer to an attempt of ours was lost.
        fate: Fate,
    },
    /// The service refused, or the request never left: no webhook was made.
    Failed(Error),
    /// Nobody can say whether a webhook was made.
    Unknown { error: Error, reason: UnknownReason },
}

/// Why the fate of a create stays unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownReason {
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
            // Gone between the conflict and the look-up, or never made: once more.
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

/// Refused for good; but an earlier attempt whose answer was lost may still be carried out.
fn refused(error: Error, fate: Fate) -> Outcome {
    match fate {
        Fate::NotDone => Outcome::Failed(error),
        _ => Outcome::Unknown {
            error,
            reason: UnknownReason::NoneYet,
        },
    }
}

/// Unless an answer to an attempt of ours was lost, it was a conflict: there is another one
/// somewhere.
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

/// A created webhook without an id was not understood, unless the caller did not ask for one.
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

/// The webhook that a lost answer was about, with what `select` names.
async fn read_again(webhooks: &Webhooks<'_>, mut found: WebhookDocument, select: &str) -> Outcome {
    if let Some(id) = &found.id
        && let Ok(document) = webhooks.get(id, select).await
    {
        return Outcome::Created(document);
    }
    found.remove("secret");
    Outcome::Created(found)
}

/// Ours only if every member sent is equal. A secret that cannot be read back cannot be compared;
/// then the webhook must be no older than our first attempt.
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

/// Whether something was created at `at`, by the service's clock, not before `began`, by ours.
/// `difference` is the service's clock minus ours.
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
    // The platform cuts its timestamps, to milliseconds or to seconds.
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
        // The same clock, read late and cut to a second.
        assert!(!created("2026-05-04T12:00:10.400Z", -900));
        // A clock that is behind, and one that is ahead.
        assert!(created("2026-05-04T12:00:08.600Z", -2_000));
        assert!(!created("2026-05-04T12:00:12.000Z", 3_000));
        assert!(!created("text", 0));
    }
}
