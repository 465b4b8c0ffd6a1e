//! Sample payloads, one for each object type, in the state that the webhook type implies
//! (docs/platform-api.md, "Callouts").

use serde_json::Value;

use super::path;
use crate::model::webhook_type::{KNOWN, WebhookType};

const ORDER: &str = include_str!("samples/order.json");
const ENROLLMENT: &str = include_str!("samples/enrollment.json");
const ANSWER: &str = include_str!("samples/answer.json");

/// The object that the platform would send for a webhook of this type.
pub fn payload(webhook_type: &WebhookType) -> Value {
    let (text, state) = sample(webhook_type);
    // The samples are compiled in, and a test reads each of them.
    let mut payload: Value = serde_json::from_str(text).unwrap_or_default();
    if let Some((object_type, status)) = state {
        payload["type"] = object_type.into();
        payload["status"] = status.into();
    }
    payload
}

/// The webhook types that this object can belong to; a callout does not contain its type.
pub fn types_of(payload: &Value) -> impl Iterator<Item = &'static WebhookType> {
    KNOWN.iter().filter(|known| {
        let is_in_state = match sample(known).1 {
            Some((object_type, status)) => {
                payload["type"] == object_type && payload["status"] == status
            }
            None => true,
        };
        is_in_state && object_of(known, payload).is_some()
    })
}

/// The id of the object that a webhook of this type is registered for.
pub fn object_of<'p>(webhook_type: &WebhookType, payload: &'p Value) -> Option<&'p str> {
    path::at(payload, webhook_type.anchor.criterion())?.as_str()
}

/// The sample file, and the type and status that the webhook type implies.
fn sample(webhook_type: &WebhookType) -> (&'static str, Option<(&'static str, &'static str)>) {
    match webhook_type.name {
        "ValidatePurchaseOrderDraft" | "SelectOrderLines" => (ORDER, Some(("Purchase", "Draft"))),
        "ValidatePurchaseOrderQuerying" => (ORDER, Some(("Purchase", "Querying"))),
        "ValidateChangeOrderDraft" => (ORDER, Some(("Change", "Draft"))),
        "ValidateConfigurationOrderDraft" => (ORDER, Some(("Configuration", "Draft"))),
        "ValidateTerminateOrder" => (ORDER, Some(("Termination", "Draft"))),
        "ValidateEnrollmentDraft" => (ENROLLMENT, Some(("New", "Processing"))),
        "ValidateEnrollmentQuerying" => (ENROLLMENT, Some(("New", "Querying"))),
        // The `type` of such an enrollment is not published.
        "ValidateReEnrollment" => (ENROLLMENT, Some(("ReEnrollment", "Processing"))),
        "ValidateReEnrollmentQuerying" => (ENROLLMENT, Some(("ReEnrollment", "Querying"))),
        _ => (ANSWER, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{payload, types_of};
    use crate::model::webhook_type::KNOWN;

    #[test]
    fn every_type_has_a_sample_with_its_anchor_and_its_state() {
        for known in KNOWN {
            let payload = payload(known);
            let anchor = format!("/{}", known.anchor.criterion().replace('.', "/"));
            assert!(payload.pointer(&anchor).is_some(), "{}", known.name);
            if known.name.ends_with("Querying") {
                assert_eq!(payload["status"], "Querying", "{}", known.name);
            }
            assert!(types_of(&payload).any(|sent_for| sent_for == known));
            assert!(types_of(&payload).all(|other| other.object_type == known.object_type));
        }
    }
}
