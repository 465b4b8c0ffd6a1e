//! The known webhook types and their properties (docs/platform-api.md, "Types").
//!
//! The platform adds types, so an unknown type is a valid value.

use serde_json::Value;

/// The kind of object that a webhook is registered for. Each type has one kind, which its criteria
/// must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// A type that is known, with everything that is known of it.
#[derive(Debug, PartialEq, Eq)]
pub struct WebhookType {
    /// The name in the platform's spelling.
    pub name: &'static str,
    /// For the columns of a table.
    pub short_name: &'static str,
    pub kind: &'static ObjectKind,
    /// The `type` and `status` of the object that is sent; `None`: it has none.
    pub state: Option<(&'static str, &'static str)>,
    /// The switch on the product or program; `None`: no switch is known.
    pub switch: Option<Switch>,
    /// What its endpoint validates, for a list of types.
    pub purpose: &'static str,
}

/// The kind of object that is sent.
#[derive(Debug, PartialEq, Eq)]
pub struct ObjectKind {
    pub object_type: &'static str,
    pub anchor: Anchor,
    /// A JSON object.
    pub sample: &'static str,
}

const PURCHASE: &ObjectKind = &order(include_str!("samples/purchase.json"));
const CHANGE: &ObjectKind = &order(include_str!("samples/change.json"));
const CONFIGURATION: &ObjectKind = &order(include_str!("samples/configuration.json"));
const TERMINATION: &ObjectKind = &order(include_str!("samples/termination.json"));

const fn order(sample: &'static str) -> ObjectKind {
    ObjectKind { object_type: "Order", anchor: Anchor::Product, sample }
}

const ENROLLMENT: &ObjectKind = &ObjectKind {
    object_type: "Enrollment",
    anchor: Anchor::Program,
    sample: include_str!("samples/enrollment.json"),
};
const ANSWER: &ObjectKind = &ObjectKind {
    object_type: "Answer",
    anchor: Anchor::Form,
    sample: include_str!("samples/answer.json"),
};

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

    /// Whether it is on; `None`: it is not there, or not a boolean.
    pub fn is_on(&self, settings: &Value) -> Option<bool> {
        self.value_in(settings).and_then(Value::as_bool)
    }
}

impl WebhookType {
    pub fn anchor(&self) -> Anchor {
        self.kind.anchor
    }

    /// The switch, if the sources agree on what it does.
    pub fn certain_switch(&self) -> Option<&Switch> {
        self.switch.as_ref().filter(|switch| switch.is_certain)
    }

    /// The object that the platform would send: a sample in the state that the type implies.
    pub fn sample(&self) -> Value {
        // The samples are compiled in, and a test reads each of them.
        let mut payload: Value = serde_json::from_str(self.kind.sample).unwrap_or_default();
        if let Some((object_type, status)) = self.state {
            payload["type"] = object_type.into();
            payload["status"] = status.into();
        }
        payload
    }

    /// The ID of the object that a webhook of this type is registered for, in an object that was sent.
    pub fn object_of<'p>(&self, payload: &'p Value) -> Option<&'p str> {
        let mut names = self.anchor().criterion().split('.');
        let id = names.try_fold(payload, |value, name| value.get(name))?;
        id.as_str()
    }

    /// The name, beginning with what was typed and in the same spelling; `None` if it does not begin with that.
    pub fn spelled_like(&self, typed: &str) -> Option<String> {
        let is_lower = typed.starts_with(|c: char| c.is_ascii_lowercase());
        let is_screaming = typed.len() > 1 && !typed.contains(|c: char| c.is_ascii_lowercase());
        let separator = match (typed.contains('_') || is_screaming, is_lower || typed.contains('-'))
        {
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

/// The `type` of repeated enrollments is not published.
#[rustfmt::skip]
pub const KNOWN: &[WebhookType] = &[
    known("ValidatePurchaseOrderDraft", "draft", PURCHASE, Some(("Purchase", "Draft")), certain("preValidation.purchaseOrderDraft"), "a purchase order before it is placed"),
    known("ValidatePurchaseOrderQuerying", "query", PURCHASE, Some(("Purchase", "Querying")), certain("preValidation.purchaseOrderQuerying"), "a purchase order under query"),
    known("ValidateChangeOrderDraft", "change", CHANGE, Some(("Change", "Draft")), certain("preValidation.changeOrderDraft"), "a change order before it is placed"),
    known("ValidateConfigurationOrderDraft", "config", CONFIGURATION, Some(("Configuration", "Draft")), certain("preValidation.configurationOrderDraft"), "a configuration order before it is placed"),
    known("ValidateTerminateOrder", "end", TERMINATION, Some(("Termination", "Draft")), certain("preValidation.terminationOrder"), "a termination order before it is placed"),
    known("SelectOrderLines", "lines", PURCHASE, Some(("Purchase", "Draft")), uncertain("itemSelection"), "which lines an order may have"),
    known("ValidateEnrollmentDraft", "draft", ENROLLMENT, Some(("New", "Processing")), certain("preValidation.enrollmentDraft"), "an enrollment before it is submitted"),
    known("ValidateEnrollmentQuerying", "query", ENROLLMENT, Some(("New", "Querying")), certain("preValidation.enrollmentQuerying"), "an enrollment under query"),
    known("ValidateReEnrollment", "renew", ENROLLMENT, Some(("ReEnrollment", "Processing")), certain("preValidation.reEnrollment"), "a repeated enrollment"),
    known("ValidateReEnrollmentQuerying", "renew-query", ENROLLMENT, Some(("ReEnrollment", "Querying")), uncertain("preValidation.reEnrollment"), "a repeated enrollment under query"),
    known("ValidateAnswer", "answer", ANSWER, None, None, "the answers in a form"),
    #[cfg(test)]
    known("ValidateNothing", "vn", ENROLLMENT, Some(("New", "Tested")), certain("preValidation.nothing"), "what the tests add"),
];

const fn known(
    name: &'static str,
    short_name: &'static str,
    kind: &'static ObjectKind,
    state: Option<(&'static str, &'static str)>,
    switch: Option<Switch>,
    purpose: &'static str,
) -> WebhookType {
    WebhookType { name, short_name, kind, state, switch, purpose }
}

const fn certain(path: &'static str) -> Option<Switch> {
    let is_certain = true;
    Some(Switch { path, is_certain })
}

const fn uncertain(path: &'static str) -> Option<Switch> {
    let is_certain = false;
    Some(Switch { path, is_certain })
}

/// The types that a kind of object can have.
pub fn of(anchor: Anchor) -> impl Iterator<Item = &'static WebhookType> {
    KNOWN.iter().filter(move |known| known.anchor() == anchor)
}

/// The names of the known types.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    KNOWN.iter().map(|known| known.name)
}

/// Finds a known type by its name in any letter case, also in kebab-case and snake_case.
pub fn find(typed: &str) -> Option<&'static WebhookType> {
    let wanted = fold(typed);
    KNOWN.iter().find(|known| fold(known.name) == wanted)
}

/// The names that contain a text, in any spelling that `find` takes.
pub fn containing(typed: &str) -> impl Iterator<Item = &'static str> {
    let wanted = fold(typed);
    names().filter(move |name| !wanted.is_empty() && fold(name).contains(&wanted))
}

/// The types that an object can be sent for; a callout does not contain its type.
pub fn types_of(payload: &Value) -> impl Iterator<Item = &'static WebhookType> {
    KNOWN.iter().filter(|known| {
        let is_in_state = known.state.is_none_or(|(object_type, status)| {
            payload["type"] == object_type && payload["status"] == status
        });
        is_in_state && known.object_of(payload).is_some()
    })
}

/// The platform's spelling of a known type, and any other as typed.
pub fn canonical(typed: &str) -> &str {
    find(typed).map_or(typed, |known| known.name)
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Anchor, KNOWN, canonical, find, types_of};

    #[test]
    fn every_spelling_finds_the_type() {
        for typed in ["ValidateAnswer", "validateAnswer", "validate-answer", "VALIDATE_ANSWER"] {
            assert_eq!(find(typed).map(|known| known.anchor()), Some(Anchor::Form), "{typed}");
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

    #[test]
    fn every_type_has_a_sample_with_its_anchor_and_its_state() {
        for known in KNOWN {
            let payload = known.sample();
            assert!(known.object_of(&payload).is_some(), "{}", known.name);
            if known.name.ends_with("Querying") {
                assert_eq!(payload["status"], "Querying", "{}", known.name);
            }
            assert!(types_of(&payload).any(|sent_for| sent_for == known));
            assert!(types_of(&payload).all(|other| other.anchor() == known.anchor()));
        }
    }
}
