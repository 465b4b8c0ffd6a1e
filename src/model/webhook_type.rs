//! The known webhook types and their properties (docs/platform-api.md, "Types").
//!
//! The platform adds types, so an unknown type is a valid value.

use serde_json::Value;

/// The kind of object that a webhook is registered for. Each type has one kind, which its criteria
/// must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// What its endpoint validates, for a list of types.
    pub purpose: &'static str,
    pub object_type: &'static str,
    pub anchor: Anchor,
    /// The switch on the product or program; `None`: no switch is known.
    pub switch: Option<Switch>,
}

/// A switch in the settings of a product or program: while it is off, the platform does not call webhooks of the type
/// (docs/platform-api.md, "When a webhook is not called").
#[derive(Debug, PartialEq, Eq)]
pub struct Switch {
    /// The path below `settings`: `preValidation.purchaseOrderDraft`.
    pub path: &'static str,
    /// Whether the sources agree on what the switch does. If not, it is only mentioned.
    pub is_certain: bool,
}

impl Switch {
    /// The value of the switch in `settings`; `None` if it is not there.
    pub fn value_in<'s>(&self, settings: &'s Value) -> Option<&'s Value> {
        let mut names = self.path.split('.');
        names.try_fold(settings, |value, name| value.get(name))
    }
}

impl WebhookType {
    /// The name, beginning with what was typed and in the same spelling; `None` if it does not begin with that.
    pub fn spelled_like(&self, typed: &str) -> Option<String> {
        let is_lower = typed.starts_with(|c: char| c.is_ascii_lowercase());
        let is_screaming = typed.len() > 1 && !typed.contains(|c: char| c.is_ascii_lowercase());
        let separator = match (
            typed.contains('_') || is_screaming,
            is_lower || typed.contains('-'),
        ) {
            (true, _) => "_",
            (false, true) => "-",
            (false, false) => "",
        };
        let mut spelled = String::new();
        for c in self.name.chars() {
            if c.is_ascii_uppercase() && !spelled.is_empty() {
                spelled.push_str(separator);
            }
            spelled.push(match separator {
                "" => c,
                _ if is_screaming => c.to_ascii_uppercase(),
                _ => c.to_ascii_lowercase(),
            });
        }
        if spelled.starts_with(typed) {
            return Some(spelled);
        }
        // A mixed spelling: what was typed, and the rest of the platform's.
        let length = fold(typed).len();
        let is_prefix = fold(self.name).starts_with(&fold(typed));
        is_prefix.then(|| format!("{typed}{}", &self.name[length..]))
    }
}

const fn switch(path: &'static str, is_certain: bool) -> Option<Switch> {
    Some(Switch { path, is_certain })
}

const fn order(name: &'static str, purpose: &'static str, switch: Option<Switch>) -> WebhookType {
    WebhookType {
        name,
        purpose,
        object_type: "Order",
        anchor: Anchor::Product,
        switch,
    }
}

const fn enrollment(
    name: &'static str,
    purpose: &'static str,
    switch: Option<Switch>,
) -> WebhookType {
    WebhookType {
        name,
        purpose,
        object_type: "Enrollment",
        anchor: Anchor::Program,
        switch,
    }
}

pub const KNOWN: &[WebhookType] = &[
    order(
        "ValidatePurchaseOrderDraft",
        "a purchase order before it is placed",
        switch("preValidation.purchaseOrderDraft", true),
    ),
    order(
        "ValidatePurchaseOrderQuerying",
        "a purchase order under query",
        switch("preValidation.purchaseOrderQuerying", true),
    ),
    order(
        "ValidateChangeOrderDraft",
        "a change order before it is placed",
        switch("preValidation.changeOrderDraft", true),
    ),
    order(
        "ValidateConfigurationOrderDraft",
        "a configuration order before it is placed",
        switch("preValidation.configurationOrderDraft", true),
    ),
    order(
        "ValidateTerminateOrder",
        "a termination order before it is placed",
        switch("preValidation.terminationOrder", true),
    ),
    order(
        "SelectOrderLines",
        "which lines an order may have",
        switch("itemSelection", false),
    ),
    enrollment(
        "ValidateEnrollmentDraft",
        "an enrollment before it is submitted",
        switch("preValidation.enrollmentDraft", true),
    ),
    enrollment(
        "ValidateEnrollmentQuerying",
        "an enrollment under query",
        switch("preValidation.enrollmentQuerying", true),
    ),
    enrollment(
        "ValidateReEnrollment",
        "a repeated enrollment",
        switch("preValidation.reEnrollment", true),
    ),
    enrollment(
        "ValidateReEnrollmentQuerying",
        "a repeated enrollment under query",
        switch("preValidation.reEnrollment", false),
    ),
    WebhookType {
        name: "ValidateAnswer",
        purpose: "the answers in a form",
        object_type: "Answer",
        anchor: Anchor::Form,
        switch: None,
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
    fn a_name_continues_in_the_spelling_that_was_typed() {
        let answer = find("ValidateAnswer").unwrap();
        for (typed, whole) in [
            ("", "ValidateAnswer"),
            ("Val", "ValidateAnswer"),
            ("val", "validate-answer"),
            ("validate-a", "validate-answer"),
            ("validate_a", "validate_answer"),
            ("VAL", "VALIDATE_ANSWER"),
            ("validateA", "validateAnswer"),
            ("Validate-An", "Validate-Answer"),
        ] {
            assert_eq!(answer.spelled_like(typed).as_deref(), Some(whole));
            assert_eq!(find(whole), Some(answer), "{whole}");
        }
        assert_eq!(answer.spelled_like("order"), None);
        assert_eq!(answer.spelled_like("validate-answers"), None);
    }

    #[test]
    fn an_unknown_type_stays_as_typed() {
        assert_eq!(canonical("validate-request"), "validate-request");
    }
}
