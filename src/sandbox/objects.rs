//! The routes of the objects around webhooks (docs/platform-api.md, "Objects around a webhook").

use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde_json::{Map, Value};

use super::accounts::{Account, TOKEN};
use super::catalogue::CatalogueKind;
use super::history;
use super::orders;
use super::platform::{Id, Platform, json_body, list_body, read_object};
use super::problem::Problem;
use super::product_parts::{self, PART};
use super::query::{self, ListQuery};
use crate::sandbox::validate_object::{not_found, validate};

pub fn routes() -> Router<Platform> {
    let mut router = Router::new()
        .route("/accounts/api-tokens/{id}", get(token))
        .route("/audit/records", get(records))
        .route("/program/enrollments/validate", post(validate_new_enrollment))
        .route(
            "/commerce/orders/{id}/validate",
            post(|platform, id, headers, body| {
                validated(CatalogueKind::Order, platform, id, headers, body)
            }),
        )
        .route(
            "/program/enrollments/{id}/validate",
            post(|platform, id, headers, body| {
                validated(CatalogueKind::Enrollment, platform, id, headers, body)
            }),
        );
    for kind in CatalogueKind::ALL {
        let path = kind.path();
        router = router.route(path, get(move |platform, query| list(kind, platform, query))).route(
            &format!("{path}/{{id}}"),
            get(move |platform, id, query| show(kind, platform, id, query)),
        );
        if matches!(kind, CatalogueKind::Product | CatalogueKind::Program) {
            router = router.route(
                &format!("{path}/{{id}}/settings"),
                put(move |platform, account, id, headers, body| {
                    change_settings(kind, platform, account, id, headers, body)
                }),
            );
        }
    }
    router
        .route(CatalogueKind::Order.path(), post(orders::create))
        .route("/commerce/orders/{id}", put(orders::update))
        .route("/catalog/products/{id}/{list}", get(parts))
}

async fn list(
    kind: CatalogueKind,
    State(platform): State<Platform>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::parse(query.as_deref().unwrap_or(""), kind.shape())?;
    let objects = platform.blocking(move |store| store.objects(kind)).await?;
    Ok(list_body(&query, objects))
}

async fn show(
    kind: CatalogueKind,
    State(platform): State<Platform>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let select = query::select(query.as_deref(), kind.shape())?;
    let wanted = id.clone();
    let found = platform.blocking(move |store| store.object(kind, &wanted)).await?;
    let object = found.ok_or_else(|| not_found(kind, &id))?;
    Ok(json_body(&kind.selected(select, &object)))
}

/// The parts of a product, such as its parameters.
async fn parts(
    State(platform): State<Platform>,
    Path((id, list)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::parse(query.as_deref().unwrap_or(""), &PART)?;
    let wanted = id.clone();
    let product = CatalogueKind::Product;
    let found = platform.blocking(move |store| store.object(product, &wanted)).await?;
    found.ok_or_else(|| not_found(product, &id))?;
    let parts = product_parts::of(&list)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "No resource exists at this path."))?;
    Ok(list_body(&query, parts))
}

/// Only a vendor may change settings. Members that are left out or null stay as they are.
async fn change_settings(
    kind: CatalogueKind,
    State(platform): State<Platform>,
    Extension(account): Extension<Account>,
    Id(id): Id,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if account != Account::Vendor {
        let detail = "Only a vendor can change settings.";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    let given = read_object(&headers, body).await?;
    let wanted = id.clone();
    let changed = platform
        .blocking(move |store| {
            store.change_object(kind, &wanted, |mut object| {
                let mut errors = Vec::new();
                merge_settings(&mut object["settings"], &given, "", &mut errors);
                if errors.is_empty() { Ok(object) } else { Err(Problem::invalid(errors)) }
            })
        })
        .await?;
    let object = changed.ok_or_else(|| not_found(kind, &id))??;
    Ok(json_body(&object))
}

fn merge_settings(
    settings: &mut Value,
    given: &Map<String, Value>,
    path: &str,
    errors: &mut Vec<(String, String)>,
) {
    for (name, value) in given {
        let field = format!("{path}{name}");
        // A text that is not set is left out of the settings.
        let texts = ["productRequests.name", "productRequests.label", "splitBilling.type"];
        match (settings.get_mut(name), value) {
            (Some(_), Value::Null) => {}
            (Some(known @ Value::Object(_)), Value::Object(given)) => {
                merge_settings(known, given, &format!("{field}."), errors);
            }
            (Some(known @ Value::Bool(_)), Value::Bool(_)) => *known = value.clone(),
            (_, Value::String(_) | Value::Null) if texts.contains(&field.as_str()) => {
                settings[name] = value.clone();
            }
            (_, Value::Number(number))
                if field == "terminateOnExpiration.duration"
                    && number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) =>
            {
                settings[name] = value.clone();
            }
            (_, Value::String(mode))
                if field == "subscriptionCessation.mode"
                    && ["Termination", "Auto-renewal", "Termination or auto-renewal"]
                        .contains(&mode.as_str()) =>
            {
                settings[name] = value.clone();
            }
            (_, Value::Null)
                if matches!(
                    field.as_str(),
                    "terminateOnExpiration.duration" | "subscriptionCessation.mode"
                ) => {}
            (Some(_), _) => errors.push((field, "The value is of the wrong kind.".to_owned())),
            (None, _) => errors.push((field, "The member is not known.".to_owned())),
        }
    }
}

async fn token(
    State(platform): State<Platform>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let select = query::select(query.as_deref(), &TOKEN)?;
    let record = Account::token_record(&id, &platform.token)?;
    Ok(json_body(&select.answer(&record)))
}

async fn records(
    State(platform): State<Platform>,
    Extension(account): Extension<Account>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::parse(query.as_deref().unwrap_or(""), &history::RECORD)?;
    let mut records = platform.blocking(|store| store.history()).await?;
    if account == Account::Client {
        records.clear();
    }
    for (index, record) in records.iter_mut().enumerate() {
        record["id"] =
            format!("AUD-{:04}-{:04}", (index + 1) / 10_000, (index + 1) % 10_000).into();
    }
    // Of records with the same time, the latest comes first.
    records.reverse();
    Ok(list_body(&query, records))
}

async fn validated(
    kind: CatalogueKind,
    State(platform): State<Platform>,
    Id(id): Id,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let given = read_object(&headers, body).await?.into();
    let object = validate(&platform, kind, &id, &given).await?;
    Ok(json_body(&kind.shown(&object)))
}

/// An enrollment that is not stored yet: the sandbox knows those with an ID only.
async fn validate_new_enrollment(
    platform: State<Platform>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = CatalogueKind::Enrollment;
    let given: Value = read_object(&headers, body).await?.into();
    let id = given["id"].as_str().unwrap_or_default().to_owned();
    let wanted = id.clone();
    let found = platform.blocking(move |store| store.object(kind, &wanted)).await?;
    found.ok_or_else(|| {
        let message = "The sandbox validates enrollments that exist; give the ID of one.";
        Problem::invalid([("id".to_owned(), message.to_owned())])
    })?;
    let object = validate(&platform, kind, &id, &given).await?;
    Ok(json_body(&kind.shown(&object)))
}
