//! Orders that clients create and change.

use std::collections::HashSet;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::catalogue::{self, CatalogueKind};
use super::commerce::{self, ORDER};
use super::facts::{audit, reference};
use super::merge::{Sender, complete_lines, merge};
use super::platform::{Id, Platform, json_body, read_object};
use super::problem::Problem;
use super::validate_object::{closed, not_found};
use crate::model::timestamp;
use crate::system::clock;

/// The members of an order that a PUT changes.
const CHANGEABLE: [&str; 4] = ["notes", "externalIds", "parameters", "lines"];

/// `POST /commerce/orders`: a draft with an ID of its own. Its product must exist; what the agreement knows is taken from
/// there.
pub async fn create(
    State(platform): State<Platform>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut given = read_object(&headers, body).await?;
    // Null is as good as absent.
    given.retain(|_, value| !value.is_null());
    let invalid =
        |field: &str, message: &str| Problem::invalid([(field.to_owned(), message.to_owned())]);
    let errors = wrong_members(&given);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let named = |name: &str| given.get(name).and_then(|one| one.get("id")?.as_str());
    let agreement = match named("agreement") {
        Some(id) => Some(
            commerce::agreement(id)
                .ok_or_else(|| invalid("agreement.id", "The agreement does not exist."))?,
        ),
        None => None,
    };
    let of_agreement = agreement.as_ref().and_then(|one| one["product"]["id"].as_str());
    let product = named("product").or(of_agreement).unwrap_or_default();
    if product.is_empty() {
        return Err(invalid("product.id", "The product is required."));
    }
    if catalogue::object(CatalogueKind::Product, product).is_none() {
        return Err(invalid("product.id", "The product does not exist."));
    }
    if of_agreement.is_some_and(|own| own != product) {
        return Err(invalid("product.id", "The agreement is for another product."));
    }
    let kind = given.get("type").and_then(Value::as_str).unwrap_or("Purchase");
    let mut order = Map::new();
    for name in ORDER.members {
        let from_agreement = agreement.as_ref().and_then(|one| one.get(*name));
        let is_own =
            ["id", "audit", "lines", "parameters", "subscriptions", "price"].contains(name);
        let value = given.get(*name).or(from_agreement.filter(|_| !is_own));
        order.extend(value.map(|value| ((*name).to_owned(), value.clone())));
    }
    let now = timestamp::format(clock::now());
    order.insert("type".to_owned(), kind.into());
    order.insert("status".to_owned(), "Draft".into());
    order.insert("audit".to_owned(), audit(&now));
    order.insert("product".to_owned(), reference(product));
    let named =
        agreement.as_ref().and_then(|one| commerce::agreement_reference(one["id"].as_str()?));
    order.extend(named.map(|named| ("agreement".to_owned(), named)));
    order.entry("lines").or_insert_with(|| Value::Array(Vec::new()));
    order
        .entry("parameters")
        .or_insert_with(|| serde_json::json!({"ordering": [], "fulfillment": []}));
    let mut order = Value::Object(order);
    complete_lines(&mut order);
    let stored = platform.blocking(move |store| store.add_order(order)).await?;
    Ok((StatusCode::CREATED, json_body(&CatalogueKind::Order.shown(&stored))).into_response())
}

const TYPES: [&str; 4] = ["Purchase", "Change", "Termination", "Configuration"];

/// The members that are of the wrong kind, each with what is wrong.
fn wrong_members(given: &Map<String, Value>) -> Vec<(String, String)> {
    let wrong = "The value is of the wrong kind.".to_owned();
    let mut errors = Vec::new();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let is_right = match name.as_str() {
            "type" => value.as_str().is_some_and(|name| TYPES.contains(&name)),
            "notes" | "status" | "id" => value.is_string(),
            "lines" => value.is_array(),
            "product" | "agreement" | "parameters" | "externalIds" | "client" | "buyer"
            | "licensee" | "seller" | "listing" | "authorization" => value.is_object(),
            _ => true,
        };
        if !is_right {
            errors.push((name.clone(), wrong.clone()));
        }
    }
    let mut ids = HashSet::new();
    let lines = given.get("lines").and_then(Value::as_array).into_iter().flatten();
    for (index, line) in lines.enumerate() {
        let is_right = match line.get("id") {
            None | Some(Value::Null) => line.is_object(),
            Some(id) => id.is_string() && ids.insert(id.to_string()),
        };
        let is = |name: &str, is_kind: fn(&Value) -> bool| {
            line.get(name).is_none_or(|value| value.is_null() || is_kind(value))
        };
        let is_right = is_right && is("quantity", Value::is_number) && is("item", Value::is_object);
        if !is_right {
            errors.push((format!("lines[{index}]"), wrong.clone()));
        }
    }
    errors
}

/// `PUT /commerce/orders/{id}`.
pub async fn update(
    State(platform): State<Platform>,
    Id(id): Id,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let given = read_object(&headers, body).await?;
    let wanted = id.clone();
    let changed = platform
        .blocking(move |store| {
            store.change_object(CatalogueKind::Order, &wanted, |mut order| {
                let errors = errors(&order, &given);
                if !errors.is_empty() {
                    return Err(Problem::invalid(errors));
                }
                let mut change = given;
                change.retain(|name, _| CHANGEABLE.contains(&name.as_str()));
                if let Some(members) = order.as_object_mut() {
                    for name in change.keys() {
                        members.entry(name.clone()).or_insert(Value::Null);
                    }
                }
                let errors = merge(&mut order, &Value::Object(change), Sender::Client);
                if !errors.is_empty() {
                    return Err(Problem::invalid(errors));
                }
                order["audit"]["updated"]["at"] = timestamp::format(clock::now()).into();
                Ok(order)
            })
        })
        .await?;
    let order = changed.ok_or_else(|| not_found(CatalogueKind::Order, &id))??;
    Ok(json_body(&CatalogueKind::Order.shown(&order)))
}

/// What a PUT must not change, and lines that do not exist.
fn errors(order: &Value, given: &Map<String, Value>) -> Vec<(String, String)> {
    let mut errors = wrong_members(given);
    errors.extend(closed(order, "changed"));
    for name in ["id", "type", "status", "product"] {
        let same = |given: &Value| match name {
            "product" => given.get("id") == order["product"].get("id"),
            name => given == &order[name],
        };
        if given.get(name).is_some_and(|given| !same(given)) {
            errors.push((name.to_owned(), "The member cannot be changed.".to_owned()));
        }
    }
    for phase in ["ordering", "fulfillment"] {
        let at =
            |object: &Value| object["parameters"][phase].as_array().cloned().unwrap_or_default();
        let known = at(order);
        let given =
            given.get("parameters").map(|one| one[phase].as_array().cloned().unwrap_or_default());
        for parameter in given.unwrap_or_default() {
            let id = parameter.get("id").filter(|id| !id.is_null());
            if id.is_some() && !known.iter().any(|known| known.get("id") == id) {
                let message = "The parameter does not exist.".to_owned();
                errors.push((format!("parameters.{phase}"), message));
            }
        }
    }
    let lines = given.get("lines").and_then(Value::as_array).into_iter().flatten();
    for (index, line) in lines.enumerate() {
        let Some(id) = line.get("id").filter(|id| !id.is_null()) else { continue };
        let mut known = order["lines"].as_array().into_iter().flatten();
        if !known.any(|known| known.get("id") == Some(id)) {
            errors.push((format!("lines[{index}].id"), "The line does not exist.".to_owned()));
        }
    }
    errors
}
