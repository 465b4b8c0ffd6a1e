//! The webhook types that are known, and what follows from each (CONTRACT.md, "type, objectType, anchor").
//!
//! The platform adds types: an unknown one is a value like any other, with less known of it.

/// A type whose anchor and object type the contract names.
#[derive(Debug, PartialEq, Eq)]
pub struct WebhookType {
    /// As the platform spells it.
    pub name: &'static str,
    pub object_type: &'static str,
    /// The criteria key that such a webhook must have; its value is the id of the object.
    pub anchor: &'static str,
}

const fn order(name: &'static str) -> WebhookType {
    WebhookType {
        name,
        object_type: "Order",
        anchor: "product.id",
    }
}

const fn enrollment(name: &'static str) -> WebhookType {
    WebhookType {
        name,
        object_type: "Enrollment",
        anchor: "program.id",
    }
}

pub const KNOWN: &[WebhookType] = &[
    order("ValidatePurchaseOrderDraft"),
    order("ValidatePurchaseOrderQuerying"),
    order("ValidateChangeOrderDraft"),
    order("ValidateConfigurationOrderDraft"),
    order("ValidateTerminateOrder"),
    order("SelectOrderLines"),
    enrollment("ValidateEnrollmentDraft"),
    enrollment("ValidateEnrollmentQuerying"),
    enrollment("ValidateReEnrollment"),
    enrollment("ValidateReEnrollmentQuerying"),
    WebhookType {
        name: "ValidateAnswer",
        object_type: "Answer",
        anchor: "form.id",
    },
];

/// Finds a known type by its name in any case, kebab-case and snake_case too.
pub fn find(typed: &str) -> Option<&'static WebhookType> {
    let wanted = fold(typed);
    KNOWN.iter().find(|known| fold(known.name) == wanted)
}

/// The platform's spelling of a known type, and any other as typed.
pub fn canonical(typed: &str) -> &str {
    find(typed).map_or(typed, |known| known.name)
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{canonical, find};

    #[test]
    fn every_spelling_finds_the_type() {
        for typed in [
            "ValidateAnswer",
            "validateAnswer",
            "validate-answer",
            "VALIDATE_ANSWER",
        ] {
            assert_eq!(
                find(typed).map(|known| known.anchor),
                Some("form.id"),
                "{typed}"
            );
        }
    }

    #[test]
    fn an_unknown_type_stays_as_typed() {
        assert_eq!(canonical("validate-request"), "validate-request");
    }
}
