//! Exactly one webhook from one create (DESIGN, "Talking to the platform"): what is done when the
//! answer to the POST is lost, when the service fails after it has created, and when another was
//! faster.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::webhooks::{Identity, SELECT_WITH_SECRET};
use super::{Error, Webhooks};
use crate::model::{Webhook, WebhookBody, timestamp};

/// How a create ended.
#[derive(Debug)]
pub enum Outcome {
    /// The webhook is there, and this create made it.
    Created(Value),
    /// Another webhook of this type and object is there; nothing was made.
    Exists {
        existing: Option<Value>,
        conflict: Error,
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
    /// None was there when it was looked up, and the retries are used up.
    NoneYet,
}

/// Clocks that differ by less are taken to be the same.
const SAME_CLOCK: SignedDuration = SignedDuration::from_secs(2);

/// Creates a webhook; the answer holds what `select` names.
pub async fn create(webhooks: &Webhooks<'_>, body: &WebhookBody, select: &str) -> Outcome {
    let document = body.to_json();
    let identity = Identity::of(body.webhook_type.as_deref().unwrap_or(""), body.criteria());
    let began = Timestamp::now();
    let mut attempt = 1;
    let mut uncertain = false;
    loop {
        let error = match webhooks.post(&document, select).await {
            Ok(created) => return Outcome::Created(created),
            Err(error) => error,
        };
        let conflict = error.status() == Some(409);
        if !conflict && !error.leaves_fate_unknown() {
            // An earlier attempt that is in doubt was looked up, and had made nothing.
            return Outcome::Failed(error);
        }
        uncertain |= !conflict;
        let Some(identity) = &identity else {
            return match conflict {
                true if !uncertain => Outcome::Exists {
                    existing: None,
                    conflict: error,
                },
                _ => Outcome::Unknown {
                    error,
                    why: Unknown::NoLookup,
                },
            };
        };
        if !conflict {
            webhooks
                .client()
                .tell(&format!("{error}; looking whether the webhook was created"));
        }
        match webhooks.find(identity, SELECT_WITH_SECRET).await {
            Ok(Some(found)) if uncertain && is_ours(&found, body, webhooks, began) => {
                return answer_again(webhooks, found, select).await;
            }
            Ok(Some(found)) => {
                return Outcome::Exists {
                    existing: Some(without_secret(found)),
                    conflict: error,
                };
            }
            Ok(None) if attempt > webhooks.client().retries() => {
                return match conflict && !uncertain {
                    true => Outcome::Exists {
                        existing: None,
                        conflict: error,
                    },
                    false => Outcome::Unknown {
                        error,
                        why: Unknown::NoneYet,
                    },
                };
            }
            // Gone between the conflict and the look-up, or never made: once more.
            Ok(None) => {}
            Err(_) if conflict && !uncertain => {
                return Outcome::Exists {
                    existing: None,
                    conflict: error,
                };
            }
            Err(_) => {
                return Outcome::Unknown {
                    error,
                    why: Unknown::LookupFailed,
                };
            }
        }
        if let Err(error) = webhooks.client().pause(&error, attempt).await {
            return Outcome::Unknown {
                error,
                why: Unknown::NoneYet,
            };
        }
        attempt += 1;
    }
}

/// The webhook that a lost answer was about, with what `select` names.
async fn answer_again(webhooks: &Webhooks<'_>, found: Value, select: &str) -> Outcome {
    if let Some(id) = found.get("id").and_then(Value::as_str)
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
    if !body.is_met_by(&found) {
        return false;
    }
    let Some(sent) = body.secret.as_ref().and_then(Option::as_ref) else {
        return true;
    };
    if let Some(secret) = found.readable_secret() {
        return secret == sent.expose();
    }
    // By the service's clock where it differs from ours; its `Date` has whole seconds only.
    let difference = webhooks
        .client()
        .clock_difference()
        .filter(|difference| difference.abs() >= SAME_CLOCK)
        .unwrap_or(SignedDuration::ZERO);
    let created = found
        .audit
        .and_then(|audit| audit.created)
        .and_then(|created| created.at);
    created
        .and_then(|at| timestamp::parse(&at))
        .is_some_and(|created| created >= began.saturating_add(difference).unwrap_or(began))
}

fn without_secret(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.shift_remove("secret");
    }
    document
}
