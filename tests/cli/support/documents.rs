//! Webhooks as a server returns them.

use serde_json::{Value, json};

/// A webhook whose last call failed, at fixed times.
pub fn failing() -> Value {
    json!({
        "id": "WBH-1234-5678",
        "href": "/notifications/webhooks/WBH-1234-5678",
        "revision": 3,
        "audit": {
            "created": {"at": "2026-05-01T09:00:00.000Z", "by": {"id": "USR-1", "name": "Zoë Okafor"}},
            "updated": {"at": "2026-05-04T07:00:00.000Z", "by": {"id": "TKN-1", "name": "ci-bot"}}
        },
        "url": "https://hooks.example.com/validate",
        "description": "Checks draft orders",
        "status": "Enabled",
        "type": "ValidatePurchaseOrderDraft",
        "statistics": {"total": 7, "successes": 4, "failures": 3, "failuresSinceLastSuccess": 2},
        "objectType": "Order",
        "account": {
            "id": "ACC-1000-0001", "type": "Vendor", "status": "Active", "name": "Northwind Software"
        },
        "object": {"id": "PRD-1111-1111", "name": "Cloud Editor"},
        "criteria": {"product.id": "PRD-1111-1111", "status": "Draft"},
        "lastCall": call(false),
        "lastSuccess": call(true),
        "lastFailure": call(false)
    })
}

/// The same webhook, healthy.
pub fn healthy() -> Value {
    let mut document = failing();
    document["lastCall"] = call(true);
    document["statistics"]["failuresSinceLastSuccess"] = 0.into();
    document
}

/// The healthy webhook with the members of a create.
pub fn created(body: &Value) -> Value {
    let mut document = healthy();
    for (name, value) in body.as_object().unwrap() {
        document[name] = value.clone();
    }
    let anchor = body["criteria"].as_object().and_then(|criteria| {
        let is_anchor = |key: &&String| key.ends_with(".id");
        criteria.keys().find(is_anchor).map(|key| criteria[key].clone())
    });
    document["object"]["id"] = anchor.unwrap_or_default();
    document
}

/// The same webhook under another id.
pub fn with_id(id: &str) -> Value {
    let mut document = failing();
    document["id"] = id.into();
    document
}

fn call(success: bool) -> Value {
    if success {
        json!({
            "success": true,
            "callTime": "2026-05-03T08:00:00.000Z",
            "responseTime": "2026-05-03T08:00:00.310Z",
            "httpStatusCode": "OK",
            "reasonPhrase": "OK",
            "response": "{}"
        })
    } else {
        json!({
            "success": false,
            "callTime": "2026-05-04T09:00:00.000Z",
            "responseTime": "2026-05-04T09:00:01.200Z",
            "httpStatusCode": "ServiceUnavailable",
            "reasonPhrase": "Service Unavailable",
            "error": "boom",
            "response": "down for repair"
        })
    }
}

/// A page of a list.
pub fn page(data: &[Value], offset: usize, total: Option<usize>) -> Value {
    json!({
        "$meta": {"pagination": {"offset": offset, "limit": 100, "total": total}},
        "data": data
    })
}

/// A webhook after a request to update it.
pub fn updated(request: &super::server::Request, mut webhook: Value) -> Value {
    if request.method == "PUT" {
        for (name, value) in request.json().as_object().unwrap() {
            webhook[name] = value.clone();
        }
    }
    webhook
}

/// A webhook after a request to enable or disable it.
pub fn switched(request: &super::server::Request, mut webhook: Value) -> Value {
    let line = request.line();
    if line.ends_with("/disable") {
        webhook["status"] = "Disabled".into();
    } else if line.ends_with("/enable") {
        webhook["status"] = "Enabled".into();
    }
    webhook
}
