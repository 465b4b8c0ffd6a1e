//! The routes of webhooks (docs/platform-api.md, "Operations").

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::accounts::Account;
use super::document;
use super::platform::{Id, Platform, json_body, page_body, read_json};
use super::problem::Problem;
use super::query::{self, ListQuery};
use super::select::{Select, WEBHOOK};
use super::store::Written;
use crate::sandbox::webhook_body;

/// The text that replaces a masked secret.
const MASKED_SECRET: &str = "*******";

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/notifications/webhooks", get(list).post(create))
        .route("/notifications/webhooks/{id}", get(show).put(update).delete(delete))
        .route("/notifications/webhooks/{id}/enable", switch_to("Enabled"))
        .route("/notifications/webhooks/{id}/disable", switch_to("Disabled"))
}

async fn create(
    State(platform): State<Platform>,
    Extension(account): Extension<Account>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let select = query::select(query.as_deref(), &WEBHOOK)?;
    let document = read_json(&headers, body).await?;
    let (webhook_type, body) = webhook_body::create(&document)?;
    let new = document::new(webhook_type, body);
    let written = platform.blocking(move |store| store.insert(&new, account)).await?;
    let document = done(written, "")?;
    Ok((StatusCode::CREATED, json_body(&select.answer(&document))).into_response())
}

async fn list(
    State(platform): State<Platform>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::parse(query.as_deref().unwrap_or(""), &WEBHOOK)?;
    let (page, pagination, select) = platform
        .blocking(move |store| {
            let (page, total) = store.list(&query)?;
            let pagination = json!({"offset": query.offset, "limit": query.limit, "total": total});
            Ok((page, pagination, query.select))
        })
        .await?;
    let page = page.into_iter().map(|document| platform.shown(document));
    Ok(page_body(&select, pagination, page))
}

async fn show(
    State(platform): State<Platform>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let select = query::select(query.as_deref(), &WEBHOOK)?;
    let wanted = id.clone();
    let found = platform.blocking(move |store| store.get(&wanted)).await?;
    let document = found.ok_or_else(|| Problem::not_found(&id))?;
    Ok(json_body(&select.answer(&platform.shown(document))))
}

async fn update(
    State(platform): State<Platform>,
    Extension(account): Extension<Account>,
    Id(id): Id,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let select = query::select(query.as_deref(), &WEBHOOK)?;
    let document = read_json(&headers, body).await?;
    platform.change(id, select, account, move |webhook| document::update(webhook, &document)).await
}

fn switch_to(status: &'static str) -> MethodRouter<Platform> {
    post(move |state, account, id, query| switch(state, account, id, query, status))
}

async fn switch(
    State(platform): State<Platform>,
    Extension(account): Extension<Account>,
    Id(id): Id,
    RawQuery(query): RawQuery,
    status: &'static str,
) -> Result<Response, Problem> {
    let select = query::select(query.as_deref(), &WEBHOOK)?;
    platform
        .change(id, select, account, move |mut webhook| {
            if webhook["status"] != status {
                webhook["status"] = status.into();
                document::touch(&mut webhook);
            }
            Ok(webhook)
        })
        .await
}

async fn delete(
    State(platform): State<Platform>,
    Extension(account): Extension<Account>,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let wanted = id.clone();
    let deleted = platform.blocking(move |store| store.delete(&wanted, account)).await?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found(&id)) }
}

impl Platform {
    /// A stored webhook as it is returned after its creation.
    fn shown(&self, mut document: Value) -> Value {
        if self.mask_secrets && document["secret"].is_string() {
            document["secret"] = MASKED_SECRET.into();
        }
        document
    }

    async fn change(
        &self,
        id: String,
        select: Select,
        account: Account,
        change: impl FnOnce(Value) -> Result<Value, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        let wanted = id.clone();
        let written =
            self.blocking(move |store| store.update(&wanted, Some(account), change)).await?;
        let written = match written {
            Written::Refused(problem) => return Err(problem),
            Written::Done(document) => Written::Done(document),
            Written::Conflict => Written::Conflict,
            Written::NotFound => Written::NotFound,
        };
        let document = self.shown(done(written, &id)?);
        Ok(json_body(&select.answer(&document)))
    }
}

fn done(written: Written<()>, id: &str) -> Result<Value, Problem> {
    match written {
        Written::Done(document) => Ok(document),
        Written::Conflict => Err(Problem::new(
            StatusCode::CONFLICT,
            "A webhook with this type and object exists already.",
        )),
        Written::NotFound | Written::Refused(()) => Err(Problem::not_found(id)),
    }
}
