//! The parts of a product that other programs list: groups, parameters and templates (docs/platform-api.md, "Objects around
//! a webhook"). They are those that the sample order has.

use serde_json::{Value, json};

use super::commerce::ITEM_GROUP;
use super::facts::audit;
use super::rql::Scope;
use super::select::Shape;
use crate::model::webhook_type;

pub const PART: Shape = Shape {
    members: &[
        "id", "name", "label", "description", "displayOrder", "default", "multiple", "required",
        "externalId", "phase", "scope", "type", "constraints", "options", "group", "content",
        "audit",
    ],
    omitted: &["audit"],
    scope: Scope(&["id", "name", "externalId", "phase", "scope", "type"], &[]),
};

/// The parts in one of a product's lists; `None` if there is no list of that name.
pub fn of(list: &str) -> Option<Vec<Value>> {
    let group = |id: &str, name: &str| {
        json!({
            "id": id, "name": name, "label": name, "description": name, "displayOrder": 10, "default": true,
            "multiple": true, "required": true
        })
    };
    let mut parts = match list {
        "item-groups" => vec![group(ITEM_GROUP, "Items")],
        "parameter-groups" => vec![group(PARAMETER_GROUP, "Order details")],
        "parameters" => parameters(),
        "templates" => vec![json!({
            "id": "TPL-9000-0009-0001", "name": "Default draft template", "type": "OrderDraft",
            "content": "Your order is a draft.", "default": true
        })],
        _ => return None,
    };
    for part in &mut parts {
        part["audit"] = audit("2026-01-10T00:00:00Z");
    }
    Some(parts)
}

const PARAMETER_GROUP: &str = "PGR-1111-1111-0001";

fn parameters() -> Vec<Value> {
    let order = webhook_type::find("ValidatePurchaseOrderDraft").map(|known| known.sample());
    let mut parameters = Vec::new();
    for phase in ["ordering", "fulfillment"] {
        let own = order.iter().flat_map(|order| order["parameters"][phase].as_array());
        for parameter in own.flatten() {
            let constraints = match &parameter["constraints"] {
                Value::Null => json!({"hidden": false, "readonly": false, "required": false}),
                constraints => constraints.clone(),
            };
            parameters.push(json!({
                "id": parameter["id"], "externalId": parameter["externalId"], "name": parameter["name"],
                "description": parameter["name"], "displayOrder": 10 * (parameters.len() + 1),
                "phase": if phase == "ordering" { "Order" } else { "Fulfillment" }, "scope": "Agreement",
                "type": parameter["type"], "constraints": constraints, "options": {"hintText": parameter["name"]},
                "group": {"id": PARAMETER_GROUP, "name": "Order details"}
            }));
        }
    }
    parameters
}
