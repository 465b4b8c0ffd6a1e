//! Creates exactly one webhook, also if the response to the POST is lost, the platform fails
//! after it has created the webhook, or someone else creates it first.

use jiff::{SignedDuration, Timestamp};

use crate::api::webhooks::{SELECT, SELECT_WITH_SECRET, WebhookDocument};
use crate::api::{Error, Fate, Webhooks};
use crate::model::{Webhook, WebhookBody, WebhookKey, timestamp, webhook_type};
use crate::system::clock;

/// The outcome of a create.
#[derive(Debug)]
pub enum CreateOutcome {
    /// This create made the webhook.
    Created(WebhookDocument),
    /// A webhook with this type and object exists, and it is not known to be made by this create.
    Exists {
        /// `None`: it could not be found.
        existing: Option<WebhookDocument>,
        error: Error,
        /// `Unknown`: this create may have made it, or another webhook that is not found.
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

/// Where the secret of a create comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretOrigin {
    /// Others may have the same secret.
    Given,
    /// Only this create has the secret.
    Generated,
}

/// Creates a webhook; the response contains the members in `select`.
pub async fn create(
    webhooks: &Webhooks<'_>,
    body: &WebhookBody,
    select: &str,
    secret: SecretOrigin,
) -> CreateOutcome {
    let document = body.to_json();
    let key = key_of(body);
    let name = key.as_ref().map(ToString::to_string).unwrap_or_default();
    let began = clock::now();
    // One create has as many retries as any other request, its look-ups included.
    let retries = webhooks.client().new_retries();
    let post = async || {
        let created = webhooks.post(&document, &name, select, &retries).await?;
        check_created(webhooks, created, key.as_ref(), select).await
    };
    let (mut conflicts, mut fate) = (0, Fate::NotDone);
    loop {
        let error = match post().await {
            Ok(created) => return CreateOutcome::Created(created),
            Err(error) => error,
        };
        let is_conflict = error.status() == Some(409);
        conflicts += u32::from(is_conflict);
        fate = fate.max(error.fate());
        if !is_conflict && error.fate() == Fate::NotDone {
            return refused(error, fate);
        }
        let Some(key) = &key else {
            return not_found(error, fate, UnknownReason::NoLookup);
        };
        let reporter = webhooks.client().reporter();
        if !is_conflict {
            reporter.note(&format!("{error}; checking whether the webhook was created"));
        }
        match webhooks.find(key, SELECT_WITH_SECRET).await {
            Ok(Some(found)) => {
                let maker = maker(&found, body, secret, webhooks, began);
                // A 409 to the first attempt may be the answer to its repetition by a proxy.
                if maker == Maker::Unknown {
                    fate = Fate::Unknown;
                }
                if !is_ours(maker, secret, fate) {
                    return exists(found, error, fate);
                }
                return read_again(webhooks, maker, found, select).await;
            }
            // It was deleted between the conflict and the look-up, or never created: try again.
            Ok(None) if retries.are_left() && conflicts < 2 => {}
            Ok(None) => return not_found(error, fate, UnknownReason::NoneYet),
            Err(_) => return not_found(error, fate, UnknownReason::LookupFailed),
        }
        if let Err(error) = webhooks.client().pause(error, &retries, &name).await {
            return not_found(error, fate, UnknownReason::NoneYet);
        }
    }
}

const NOT_COMPARED: &str = "the response to the create was lost, and the secret of the webhook that was found cannot be \
                            compared";

fn key_of(body: &WebhookBody) -> Option<WebhookKey> {
    let (criteria, webhook_type) = body.criteria().zip(body.webhook_type.as_deref())?;
    WebhookKey::of_request(webhook_type, criteria)
}

/// The last attempt was refused, but an earlier one whose response was lost may still take effect.
fn refused(error: Error, fate: Fate) -> CreateOutcome {
    match fate {
        Fate::NotDone => CreateOutcome::Failed(error),
        _ => CreateOutcome::Unknown { error, reason: UnknownReason::NoneYet },
    }
}

/// If no response of ours was lost, it was a conflict: another webhook exists
/// that the look-up does not find.
fn not_found(error: Error, fate: Fate, reason: UnknownReason) -> CreateOutcome {
    match fate {
        // A proxy may have sent our request twice, so the webhook may be ours.
        Fate::NotDone => CreateOutcome::Exists { existing: None, error, fate: Fate::Unknown },
        _ => CreateOutcome::Unknown { error, reason },
    }
}

/// Whether a webhook that was found is reported as created. With a given secret that cannot be compared it is, with a
/// generated one it never is.
fn is_ours(maker: Maker, secret: SecretOrigin, fate: Fate) -> bool {
    match secret {
        SecretOrigin::Given => fate == Fate::Unknown && maker != Maker::Other,
        SecretOrigin::Generated => maker == Maker::Ours,
    }
}

fn exists(mut existing: WebhookDocument, error: Error, fate: Fate) -> CreateOutcome {
    existing.remove("secret");
    CreateOutcome::Exists { existing: Some(existing), error, fate }
}

/// The response must describe the webhook that was sent: later steps use its ID. Members that it
/// does not contain are read by its ID. A response without an ID is an error, unless `select` did
/// not ask for it.
async fn check_created(
    webhooks: &Webhooks<'_>,
    document: WebhookDocument,
    key: Option<&WebhookKey>,
    select: &str,
) -> Result<WebhookDocument, Error> {
    let place = webhooks.client().place();
    let unreadable = |reason: String| {
        let place = place.clone();
        Error::Unreadable { status: Some(201), place, reason }
    };
    let Some(id) = &document.id else {
        return if select.is_empty() || select == SELECT {
            Err(unreadable("the created webhook has no ID".to_owned()))
        } else {
            Ok(document)
        };
    };
    let Some(key) = key else { return Ok(document) };
    let described = match WebhookKey::of(&document) {
        Some(described) => Some(described),
        None => WebhookKey::of(&*webhooks.get(id, "").await?),
    };
    match described {
        Some(described) if described != *key => {
            Err(unreadable(format!("{id} is not the created webhook, but {described}")))
        }
        _ => Ok(document),
    }
}

/// The webhook that a lost response was about, with the members in `select`. A warning says if its secret could not be
/// compared.
async fn read_again(
    webhooks: &Webhooks<'_>,
    maker: Maker,
    mut found: WebhookDocument,
    select: &str,
) -> CreateOutcome {
    if maker == Maker::Unknown {
        webhooks.client().reporter().warn(NOT_COMPARED);
    }
    if let Some(id) = &found.id
        && let Ok(document) = webhooks.get(id, select).await
    {
        return CreateOutcome::Created(document);
    }
    found.remove("secret");
    CreateOutcome::Created(found)
}

/// Whether this create made a webhook that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    Ours,
    /// All members that can be compared are equal, but the secret cannot be read.
    Unknown,
    Other,
}

/// Ours only if every sent member is equal. A secret that cannot be read cannot be compared;
/// then the webhook must not be older than our first attempt.
fn maker(
    found: &Webhook,
    body: &WebhookBody,
    source: SecretOrigin,
    webhooks: &Webhooks<'_>,
    began: Timestamp,
) -> Maker {
    let same_type = body.webhook_type.as_deref().map(webhook_type::canonical)
        == found.webhook_type.as_deref().map(webhook_type::canonical);
    let rest = WebhookBody { webhook_type: None, ..body.clone() };
    if !same_type || !rest.is_met_by(found) {
        return Maker::Other;
    }
    let Some(sent) = body.secret.as_ref().and_then(Option::as_ref) else {
        return Maker::Ours;
    };
    match found.readable_secret() {
        Some(secret) if secret == sent.expose() => return Maker::Ours,
        Some(_) => return Maker::Other,
        None => {}
    }
    let audit = found.audit.as_ref();
    let created = audit.and_then(|audit| audit.created.as_ref());
    let difference = webhooks.client().clock_difference().unwrap_or_default();
    let created = created.and_then(|created| created.at.as_deref());
    match created.map(|at| is_not_before(at, began, difference)) {
        Some(true) => Maker::Unknown,
        // The generated secret may be the webhook's, and only this file has it.
        None if source == SecretOrigin::Generated => Maker::Unknown,
        _ => Maker::Other,
    }
}

/// Whether `at` (by the platform's clock) is not before `began` (by this machine's clock).
/// `difference` is the platform's clock minus this machine's.
fn is_not_before(at: &str, began: Timestamp, difference: SignedDuration) -> bool {
    let Some(created) = timestamp::parse(at) else {
        return false;
    };
    // `Date` has whole seconds and arrives late, so a clock in sync can appear up to 1.5 s behind.
    let in_sync = SignedDuration::from_millis(-1_500)..=SignedDuration::ZERO;
    let difference = if in_sync.contains(&difference) { SignedDuration::ZERO } else { difference };
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
