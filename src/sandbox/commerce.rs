//! Orders, and the agreements, licensees and items that they name (docs/platform-api.md, "Objects around a webhook"). All are
//! those of the sample orders.

use serde_json::{Value, json};

use super::facts::{audit, reference};
use super::rql::Scope;
use super::select::Shape;
use crate::model::webhook_type;

pub const ORDER: Shape = Shape {
    members: &[
        "id", "type", "status", "audit", "notes", "product", "vendor", "client", "buyer",
        "licensee", "seller", "authorization", "listing", "agreement", "template", "externalIds",
        "price", "lines", "parameters", "subscriptions",
    ],
    omitted: &["audit"],
    scope: Scope(
        &[
            "id", "type", "status", "notes", "product.id", "product.name", "agreement.id",
            "agreement.product.id", "vendor.id", "client.id", "buyer.id", "licensee.id",
            "seller.id", "listing.id", "externalIds.client", "externalIds.vendor",
            "audit.created.at", "audit.updated.at", "audit.created.by.id", "audit.updated.by.id",
            "audit.processing.at", "audit.querying.at", "audit.completed.at", "audit.failed.at",
            "authorization.id", "template.id",
        ],
        LISTS,
    ),
};

/// The lists of orders and agreements.
const LISTS: &[(&str, Scope)] = &[
    ("lines", LINE),
    ("subscriptions", SUBSCRIPTION),
    ("parameters.ordering", PARAMETER),
    ("parameters.fulfillment", PARAMETER),
];
const LINE: Scope = Scope(
    &[
        "id", "item.id", "item.name", "item.externalIds.vendor", "quantity", "oldQuantity",
        "subscription.id",
    ],
    &[],
);
const PARAMETER: Scope = Scope(&["id", "externalId", "name", "type", "value", "displayValue"], &[]);
const SUBSCRIPTION: Scope = Scope(&["id", "name", "status", "externalIds.vendor"], &[]);

pub const AGREEMENT: Shape = Shape {
    members: &[
        "id", "name", "status", "audit", "product", "vendor", "client", "buyer", "licensee",
        "seller", "authorization", "listing", "externalIds", "price", "lines", "subscriptions",
        "assets", "parameters",
    ],
    omitted: &["audit", "lines", "subscriptions", "assets", "parameters"],
    scope: Scope(
        &[
            "id", "name", "status", "product.id", "product.name", "vendor.id", "client.id",
            "buyer.id", "licensee.id", "seller.id", "listing.id", "externalIds.client",
            "externalIds.vendor", "audit.created.at", "audit.updated.at", "authorization.id",
        ],
        LISTS,
    ),
};

pub const LICENSEE: Shape = Shape {
    members: &[
        "id", "name", "status", "audit", "address", "contact", "eligibility", "account", "buyer",
        "seller",
    ],
    omitted: &["audit"],
    scope: Scope(
        &["id", "name", "status", "account.id", "buyer.id", "seller.id", "address.country"],
        &[],
    ),
};

pub const ITEM: Shape = Shape {
    members: &[
        "id", "name", "description", "status", "audit", "product", "externalIds", "terms", "unit",
        "group", "quantityNotApplicable",
    ],
    omitted: &["audit"],
    scope: Scope(
        &[
            "id", "name", "description", "status", "product.id", "product.name",
            "externalIds.vendor", "group.id", "terms.period", "terms.commitment", "unit.id",
            "unit.name", "audit.created.at", "audit.updated.at",
        ],
        &[],
    ),
};

pub const ORDER_IDS: &[&str] = &[
    "ORD-4821-7305-1196", "ORD-1000-0000-0001", "ORD-1000-0000-0002", "ORD-1000-0000-0003",
    "ORD-1000-0000-0004", "ORD-1000-0000-0005", "ORD-1000-0000-0006",
];

/// That of the sample purchase, and that of the orders that change it.
pub const AGREEMENT_IDS: &[&str] = &["AGR-8000-0008-0001", "AGR-8000-0008-0009"];

pub const ITEM_GROUP: &str = "IGR-1111-1111-0001";

pub const LICENSEE_IDS: &[&str] = &["LCE-4000-0004-0005"];

pub const ITEM_IDS: &[&str] = &[
    "ITM-1111-1111-0001", "ITM-1111-1111-0002", "ITM-2222-2222-0001", "ITM-3333-3333-0001",
    "ITM-4444-4444-0001",
];

/// The sample of a type, with `audit`.
fn sample(webhook_type: &str) -> Option<Value> {
    let mut sample = webhook_type::find(webhook_type)?.sample();
    sample["audit"] = audit("2026-05-04T09:00:00Z");
    if let Some(members) = sample.as_object_mut() {
        members.shift_remove("href");
    }
    Some(sample)
}

pub fn order(id: &str) -> Option<Value> {
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
    let mut order = sample(webhook_type)?;
    order["id"] = id.into();
    order["product"] = reference(product);
    if let Some(status) = status {
        order["status"] = status.into();
    }
    Some(order)
}

pub fn agreement(id: &str) -> Option<Value> {
    let order = match id {
        "AGR-8000-0008-0001" => sample("ValidatePurchaseOrderDraft")?,
        "AGR-8000-0008-0009" => sample("ValidateChangeOrderDraft")?,
        _ => return None,
    };
    let mut agreement = order["agreement"].clone();
    for member in [
        "vendor", "client", "buyer", "licensee", "seller", "authorization", "listing", "price",
        "audit",
    ] {
        agreement[member] = order[member].clone();
    }
    agreement["product"] = reference("PRD-1111-1111");
    agreement["assets"] = json!([]);
    // What the subscriptions have is what was ordered before.
    let subscriptions = agreement["subscriptions"].as_array().into_iter().flatten();
    let lines = subscriptions.flat_map(|one| one["lines"].as_array().cloned().unwrap_or_default());
    agreement["lines"] = lines.collect();
    Some(agreement)
}

/// An agreement as orders name it.
pub fn agreement_reference(id: &str) -> Option<Value> {
    let orders = ORDER_IDS.iter().filter_map(|id| order(id));
    orders.map(|order| order["agreement"].clone()).find(|agreement| agreement["id"] == id)
}

pub fn licensee(id: &str) -> Option<Value> {
    let order = sample("ValidatePurchaseOrderDraft")?;
    let mut licensee = order["licensee"].clone();
    if licensee["id"] != id {
        return None;
    }
    licensee["status"] = "Enabled".into();
    licensee["contact"] = json!({
        "firstName": "Ada", "lastName": "Moss", "email": "ada.moss@contoso.example",
        "phone": {"prefix": "+44", "number": "1130000000"}
    });
    licensee["account"] = order["client"].clone();
    licensee["buyer"] = order["buyer"].clone();
    licensee["seller"] = order["seller"].clone();
    licensee["audit"] = order["audit"].clone();
    Some(licensee)
}

pub fn item(id: &str) -> Option<Value> {
    let (item, vendor_id) = match id {
        "ITM-1111-1111-0001" => ("Editor, named user", "NW-ED-01"),
        "ITM-1111-1111-0002" => ("Editor, shared device", "NW-ED-02"),
        "ITM-2222-2222-0001" => ("Storage, 1 TB", "NW-ST-01"),
        "ITM-3333-3333-0001" => ("Backup, 1 TB", "NW-BA-01"),
        "ITM-4444-4444-0001" => ("Desktop editor", "NW-DE-01"),
        _ => return None,
    };
    let product = format!("PRD-{}", id.get(4..13)?);
    Some(json!({
        "id": id, "name": item, "description": item, "status": "Published",
        "audit": audit("2026-01-10T00:00:00Z"), "product": reference(&product),
        "externalIds": {"vendor": vendor_id},
        "terms": {"model": "quantity", "period": "1m", "commitment": "1y"},
        "unit": {"id": "UNT-0000-0001", "name": "user"}, "group": {"id": ITEM_GROUP, "name": "Items"},
        "quantityNotApplicable": false
    }))
}

#[cfg(test)]
mod tests {
    use super::{
        AGREEMENT_IDS, ITEM_IDS, LICENSEE_IDS, ORDER_IDS, agreement, item, licensee, order,
    };

    #[test]
    fn what_an_order_names_exists() {
        for id in ORDER_IDS {
            let order = order(id).unwrap();
            let named = order["agreement"]["id"].as_str().unwrap();
            let found = agreement(named).unwrap();
            assert_eq!(found["status"], order["agreement"]["status"], "{id}");
            assert!(licensee(order["licensee"]["id"].as_str().unwrap()).is_some());
            for line in order["lines"].as_array().unwrap() {
                let found = item(line["item"]["id"].as_str().unwrap()).unwrap();
                assert_eq!(found["externalIds"], line["item"]["externalIds"], "{id}");
                let subscription = &line["subscription"]["id"];
                let mut known = found_subscriptions(named).into_iter();
                assert!(subscription.is_null() || known.any(|known| known == *subscription));
            }
        }
        assert!(AGREEMENT_IDS.iter().all(|id| agreement(id).is_some()));
        assert!(LICENSEE_IDS.iter().all(|id| licensee(id).is_some()));
        assert!(ITEM_IDS.iter().all(|id| item(id).is_some()));
    }

    fn found_subscriptions(agreement_id: &str) -> Vec<serde_json::Value> {
        let found = agreement(agreement_id).unwrap();
        let subscriptions = found["subscriptions"].as_array().unwrap();
        subscriptions.iter().map(|one| one["id"].clone()).collect()
    }
}
