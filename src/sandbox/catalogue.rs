//! The objects around webhooks (docs/platform-api.md, "Objects around a webhook"): a small catalogue to begin with, and
//! any other object of a well-formed ID.

use serde_json::{Value, json};

use super::commerce;
use super::facts::{audit, name};
use super::rql::Scope;
use super::select::{Select, Shape};
use crate::model::Anchor;
use crate::model::webhook_type::{self, KNOWN};
use crate::sandbox::webhook_body::is_object_id;

/// A kind of object with endpoints of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueKind {
    Product,
    Program,
    Form,
    Order,
    Enrollment,
    Agreement,
    Licensee,
    Item,
}

impl CatalogueKind {
    pub const ALL: [Self; 8] = [
        Self::Product,
        Self::Program,
        Self::Form,
        Self::Order,
        Self::Enrollment,
        Self::Agreement,
        Self::Licensee,
        Self::Item,
    ];

    pub fn of(anchor: Anchor) -> Self {
        match anchor {
            Anchor::Product => Self::Product,
            Anchor::Program => Self::Program,
            Anchor::Form => Self::Form,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Program => "program",
            Self::Form => "form",
            Self::Order => "order",
            Self::Enrollment => "enrollment",
            Self::Agreement => "agreement",
            Self::Licensee => "licensee",
            Self::Item => "item",
        }
    }

    pub fn shape(self) -> &'static Shape {
        match self {
            Self::Product | Self::Program => &PRODUCT,
            Self::Form => &FORM,
            Self::Order => &commerce::ORDER,
            Self::Enrollment => &ENROLLMENT,
            Self::Agreement => &commerce::AGREEMENT,
            Self::Licensee => &commerce::LICENSEE,
            Self::Item => &commerce::ITEM,
        }
    }

    /// The path of its list.
    pub fn path(self) -> &'static str {
        match self {
            Self::Product => "/catalog/products",
            Self::Program => "/program/programs",
            Self::Form => "/helpdesk/forms",
            Self::Order => "/commerce/orders",
            Self::Enrollment => "/program/enrollments",
            Self::Agreement => "/commerce/agreements",
            Self::Licensee => "/accounts/licensees",
            Self::Item => "/catalog/items",
        }
    }

    /// An object alone. Some kinds come with all members (observed for products, assumed for the others).
    pub fn selected(self, select: Select, object: &Value) -> Value {
        let comes_whole =
            matches!(self, Self::Product | Self::Program | Self::Order | Self::Agreement);
        let select = if comes_whole { select.with_all() } else { select };
        select.answer(object)
    }

    /// An object alone, without a `select`.
    pub fn shown(self, object: &Value) -> Value {
        self.selected(Select::parse("", self.shape()), object)
    }
}

const PRODUCT: Shape = Shape {
    members: &[
        "id", "name", "icon", "status", "vendor", "settings", "audit", "shortDescription",
        "longDescription", "website",
    ],
    omitted: &["settings", "audit", "shortDescription", "longDescription", "website"],
    scope: Scope(
        &[
            "id", "name", "status", "vendor.id", "vendor.name", "audit.created.at",
            "audit.updated.at",
        ],
        &[],
    ),
};

const FORM: Shape = Shape {
    members: &["id", "name", "description", "status", "account"],
    omitted: &[],
    scope: Scope(&["id", "name", "description", "status", "account.id"], &[]),
};

const ENROLLMENT: Shape = Shape {
    members: &[
        "id", "type", "status", "audit", "applicableTo", "program", "certificate", "licensee",
        "buyer", "eligibility", "notes", "statusNotes", "assignee", "parameters", "template",
    ],
    omitted: &["audit"],
    scope: Scope(&["id", "type", "status", "program.id", "program.name"], &[]),
};

/// The IDs of the catalogue.
pub fn ids(kind: CatalogueKind) -> Vec<String> {
    let ids: &[&str] = match kind {
        CatalogueKind::Product => {
            &["PRD-1111-1111", "PRD-2222-2222", "PRD-3333-3333", "PRD-4444-4444"]
        }
        CatalogueKind::Program => &["PRG-1111-1111", "PRG-2222-2222", "PRG-3333-3333"],
        CatalogueKind::Form => &["FRM-1111-1111", "FRM-3333-3333", "FRM-4444-4444"],
        CatalogueKind::Order => commerce::ORDER_IDS,
        CatalogueKind::Enrollment => &["ENR-5512-0904-7731", "ENR-1000-0000-0001"],
        CatalogueKind::Agreement => commerce::AGREEMENT_IDS,
        CatalogueKind::Licensee => commerce::LICENSEE_IDS,
        CatalogueKind::Item => commerce::ITEM_IDS,
    };
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// An object that nobody has changed; `None` if there is none with this ID.
pub fn object(kind: CatalogueKind, id: &str) -> Option<Value> {
    match kind {
        CatalogueKind::Product | CatalogueKind::Program | CatalogueKind::Form => {
            let anchor =
                Anchor::ALL.into_iter().find(|anchor| CatalogueKind::of(*anchor) == kind)?;
            let exists = is_object_id(id, anchor.id_prefix()) && !id.ends_with("-0000-0000");
            exists.then(|| anchored(kind, id))
        }
        CatalogueKind::Order => commerce::order(id),
        CatalogueKind::Agreement => commerce::agreement(id),
        CatalogueKind::Licensee => commerce::licensee(id),
        CatalogueKind::Item => commerce::item(id),
        CatalogueKind::Enrollment => {
            let webhook_type = match id {
                "ENR-5512-0904-7731" => "ValidateEnrollmentQuerying",
                "ENR-1000-0000-0001" => "ValidateEnrollmentDraft",
                _ => return None,
            };
            Some(renamed(webhook_type::find(webhook_type)?.sample(), id))
        }
    }
}

fn anchored(kind: CatalogueKind, id: &str) -> Value {
    let name = name(id);
    let status = match id {
        "PRD-3333-3333" => "Draft",
        "PRD-4444-4444" => "Unpublished",
        "FRM-4444-4444" => "unpublished",
        _ if kind == CatalogueKind::Form => "published",
        _ => "Published",
    };
    let vendor = json!({"id": "ACC-1000-0001", "type": "Vendor", "status": "Active", "name": "Northwind Software"});
    if kind == CatalogueKind::Form {
        return json!({
            "id": id, "name": name, "description": "Asks what an offer needs", "status": status, "account": vendor
        });
    }
    let is_on = !matches!(id, "PRD-2222-2222" | "PRG-3333-3333");
    let mut settings = match kind {
        CatalogueKind::Product => json!({
            "productOrdering": true, "productRequests": {"enabled": false}, "itemSelection": false,
            "orderQueueChanges": false, "preValidation": {},
            "splitBilling": {"enabled": false}, "subscriptionCessation": {"enabled": false}
        }),
        _ => json!({
            "newCertificateAutoapprove": false, "programEnrollment": true, "programLink": false,
            "terminateOnExpiration": {"enabled": false}, "preValidation": {}
        }),
    };
    for known in KNOWN.iter().filter(|known| CatalogueKind::of(known.anchor()) == kind) {
        let path = known.switch.as_ref().map(|switch| switch.path);
        if let Some(name) = path.and_then(|path| path.strip_prefix("preValidation.")) {
            settings["preValidation"][name] = is_on.into();
        }
    }
    json!({
        "id": id, "name": name, "icon": format!("/static/{id}/icon.png"), "status": status, "vendor": vendor,
        "settings": settings, "audit": audit("2026-01-10T00:00:00Z"),
        "shortDescription": format!("{name}, in short"), "longDescription": format!("All about {name}"),
        "website": "https://northwind.example"
    })
}

fn renamed(mut object: Value, id: &str) -> Value {
    object["id"] = id.into();
    if let Some(members) = object.as_object_mut() {
        members.shift_remove("href");
    }
    object
}
