//! The objects around webhooks (docs/platform-api.md, "Objects around a webhook"): a small catalogue to begin with, and
//! any other object of a well-formed ID.

use serde_json::{Value, json};

use super::rql::Scope;
use super::select::Shape;
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
}

impl CatalogueKind {
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
        }
    }

    pub fn shape(self) -> &'static Shape {
        match self {
            Self::Product => &PRODUCT,
            Self::Program => &PROGRAM,
            Self::Form => &FORM,
            Self::Order => &ORDER,
            Self::Enrollment => &ENROLLMENT,
        }
    }
}

const PRODUCT: Shape = Shape {
    members: &["id", "name", "icon", "status", "vendor", "settings"],
    omitted: &["settings"],
    scope: Scope::Object(&["id", "name", "status", "vendor.id", "vendor.name"], &[]),
};

const PROGRAM: Shape = Shape {
    scope: Scope::Object(&["id", "name", "status", "vendor.id", "vendor.name"], &[]),
    ..PRODUCT
};

const FORM: Shape = Shape {
    members: &["id", "name", "description", "status", "account"],
    omitted: &[],
    scope: Scope::Object(&["id", "name", "description", "status", "account.id"], &[]),
};

const ORDER: Shape = Shape {
    members: &[
        "id",
        "type",
        "status",
        "audit",
        "notes",
        "product",
        "vendor",
        "client",
        "buyer",
        "licensee",
        "seller",
        "authorization",
        "listing",
        "agreement",
        "template",
        "externalIds",
        "price",
        "lines",
        "parameters",
        "subscriptions",
    ],
    omitted: &["audit"],
    scope: Scope::Object(
        &[
            "id",
            "type",
            "status",
            "notes",
            "product.id",
            "product.name",
            "agreement.id",
            "agreement.product.id",
            "vendor.id",
            "client.id",
            "buyer.id",
            "licensee.id",
            "seller.id",
            "listing.id",
            "externalIds.client",
            "externalIds.vendor",
            "audit.created.at",
            "audit.updated.at",
            "audit.created.by.id",
            "audit.updated.by.id",
        ],
        &[
            ("lines", Scope::Object(&["id", "item.id", "item.name", "quantity"], &[])),
            ("subscriptions", Scope::Object(&["id", "name", "status"], &[])),
            ("parameters.ordering", PARAMETER),
            ("parameters.fulfillment", PARAMETER),
        ],
    ),
};

const PARAMETER: Scope =
    Scope::Object(&["id", "externalId", "name", "type", "value", "displayValue"], &[]);

const ENROLLMENT: Shape = Shape {
    members: &[
        "id",
        "type",
        "status",
        "audit",
        "applicableTo",
        "program",
        "certificate",
        "licensee",
        "buyer",
        "eligibility",
        "notes",
        "statusNotes",
        "assignee",
        "parameters",
        "template",
    ],
    omitted: &["audit"],
    scope: Scope::Object(&["id", "type", "status", "program.id", "program.name"], &[]),
};

/// The IDs of the catalogue.
pub fn ids(kind: CatalogueKind) -> Vec<String> {
    let ids: &[&str] = match kind {
        CatalogueKind::Product => {
            &["PRD-1111-1111", "PRD-2222-2222", "PRD-3333-3333", "PRD-4444-4444"]
        }
        CatalogueKind::Program => &["PRG-1111-1111", "PRG-2222-2222", "PRG-3333-3333"],
        CatalogueKind::Form => &["FRM-1111-1111", "FRM-3333-3333", "FRM-4444-4444"],
        CatalogueKind::Order => &[
            "ORD-4821-7305-1196",
            "ORD-1000-0000-0001",
            "ORD-1000-0000-0002",
            "ORD-1000-0000-0003",
            "ORD-1000-0000-0004",
            "ORD-1000-0000-0005",
            "ORD-1000-0000-0006",
        ],
        CatalogueKind::Enrollment => &["ENR-5512-0904-7731", "ENR-1000-0000-0001"],
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
        CatalogueKind::Order => order(id),
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
            "orderQueueChanges": false, "preValidation": {"productRequest": false},
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
        "settings": settings
    })
}

/// The name of an object. Objects of the sample payloads have the names that they have there.
pub fn name(id: &str) -> String {
    match id {
        "PRD-1111-1111" => "Cloud Editor".to_owned(),
        "PRD-2222-2222" => "Cloud Storage".to_owned(),
        "PRD-3333-3333" => "Cloud Backup (in preparation)".to_owned(),
        "PRD-4444-4444" => "Desktop Editor (withdrawn)".to_owned(),
        "PRG-2222-2222" => "Education pricing".to_owned(),
        "FRM-3333-3333" => "Request a quote".to_owned(),
        _ => match id.split_once('-') {
            Some(("PRD", number)) => format!("Product {number}"),
            Some(("PRG", number)) => format!("Program {number}"),
            Some((_, number)) => format!("Form {number}"),
            None => id.to_owned(),
        },
    }
}

fn order(id: &str) -> Option<Value> {
    let (webhook_type, product, status) = match id {
        "ORD-4821-7305-1196" => ("ValidatePurchaseOrderDraft", "PRD-1111-1111", None),
        "ORD-1000-0000-0001" => ("ValidatePurchaseOrderQuerying", "PRD-1111-1111", None),
        "ORD-1000-0000-0002" => ("ValidateChangeOrderDraft", "PRD-1111-1111", None),
        "ORD-1000-0000-0003" => ("ValidateConfigurationOrderDraft", "PRD-1111-1111", None),
        "ORD-1000-0000-0004" => ("ValidateTerminateOrder", "PRD-1111-1111", None),
        "ORD-1000-0000-0005" => ("ValidatePurchaseOrderDraft", "PRD-2222-2222", None),
        "ORD-1000-0000-0006" => ("ValidatePurchaseOrderDraft", "PRD-1111-1111", Some("Completed")),
        _ => return None,
    };
    let mut order = renamed(webhook_type::find(webhook_type)?.sample(), id);
    order["product"] = json!({"id": product, "name": name(product), "icon": format!("/static/{product}/icon.png")});
    if let Some(status) = status {
        order["status"] = status.into();
    }
    Some(order)
}

fn renamed(mut object: Value, id: &str) -> Value {
    object["id"] = id.into();
    if let Some(members) = object.as_object_mut() {
        members.shift_remove("href");
    }
    object
}
