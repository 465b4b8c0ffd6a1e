//! The known webhook types and their properties (docs/platform-api.md, "Types").
//!
//! The platform adds types, so an unknown type is a valid value.

/// The kind of object that a webhook is registered for. Each type has one kind, which its criteria
/// must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Product,
    Program,
    Form,
}

impl Anchor {
    pub const ALL: [Self; 3] = [Self::Product, Self::Program, Self::Form];

    /// The flag, and the key in a manifest: `product`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Program => "program",
            Self::Form => "form",
        }
    }

    /// The key in the criteria: `product.id`.
    pub fn criterion(self) -> &'static str {
        match self {
            Self::Product => "product.id",
            Self::Program => "program.id",
            Self::Form => "form.id",
        }
    }

    /// The prefix of the IDs of such objects: `PRD`.
    pub fn id_prefix(self) -> &'static str {
        match self {
            Self::Product => "PRD",
            Self::Program => "PRG",
            Self::Form => "FRM",
        }
    }
}

/// A type whose anchor and object type are known.
#[derive(Debug, PartialEq, Eq)]
pub struct WebhookType {
    /// The name in the platform's spelling.
    pub name: &'static str,
    pub object_type: &'static str,
    pub anchor: Anchor,
}

const fn order(name: &'static str) -> WebhookType {
    WebhookType {
        name,
        object_type: "Order",
        anchor: Anchor::Product,
    }
}

const fn enrollment(name: &'static str) -> WebhookType {
    WebhookType {
        name,
        object_type: "Enrollment",
        anchor: Anchor::Program,
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
        anchor: Anchor::Form,
    },
];

/// The names of the known types.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    KNOWN.iter().map(|known| known.name)
}

/// Finds a known type by its name in any letter case, also in kebab-case and snake_case.
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
    use super::{Anchor, canonical, find};

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
                Some(Anchor::Form),
                "{typed}"
            );
        }
    }

    #[test]
    fn an_unknown_type_stays_as_typed() {
        assert_eq!(canonical("validate-request"), "validate-request");
    }
}
