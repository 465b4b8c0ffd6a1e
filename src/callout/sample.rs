//! Sample payloads, one for each object type, in the state that a webhook type implies
//! (CONTRACT.md, "How the platform calls a webhook").

use serde_json::Value;

use crate::model::webhook_type::WebhookType;

const ORDER: &str = include_str!("samples/order.json");
const ENROLLMENT: &str = include_str!("samples/enrollment.json");
const ANSWER: &str = include_str!("samples/answer.json");

/// The object that the platform would send for a webhook of this type.
pub fn payload(webhook_type: &WebhookType) -> Value {
    let (text, state) = match webhook_type.name {
        "ValidatePurchaseOrderDraft" | "SelectOrderLines" => (ORDER, Some(("Purchase", "Draft"))),
        "ValidatePurchaseOrderQuerying" => (ORDER, Some(("Purchase", "Querying"))),
        "ValidateChangeOrderDraft" => (ORDER, Some(("Change", "Draft"))),
        "ValidateConfigurationOrderDraft" => (ORDER, Some(("Configuration", "Draft"))),
        "ValidateTerminateOrder" => (ORDER, Some(("Termination", "Draft"))),
        "ValidateEnrollmentDraft" => (ENROLLMENT, Some(("New", "Processing"))),
        "ValidateEnrollmentQuerying" => (ENROLLMENT, Some(("New", "Querying"))),
        // What such an enrollment's `type` is called is not published.
        "ValidateReEnrollment" => (ENROLLMENT, Some(("ReEnrollment", "Processing"))),
        "ValidateReEnrollmentQuerying" => (ENROLLMENT, Some(("ReEnrollment", "Querying"))),
        _ => (ANSWER, None),
    };
    // The samples are part of the program; a test reads every one of them.
    let mut payload: Value = serde_json::from_str(text).unwrap_or_default();
    if let Some((object_type, status)) = state {
        payload["type"] = object_type.into();
        payload["status"] = status.into();
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::payload;
    use crate::model::webhook_type::KNOWN;

    #[test]
    fn every_type_has_a_sample_with_its_anchor_and_its_state() {
        for known in KNOWN {
            let payload = payload(known);
            let anchor = format!("/{}", known.anchor.replace('.', "/"));
            assert!(payload.pointer(&anchor).is_some(), "{}", known.name);
            if known.name.ends_with("Querying") {
                assert_eq!(payload["status"], "Querying", "{}", known.name);
            }
        }
    }
}
