//! The routes of the webhook API (docs/platform-api.md, "Operations").

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, RawQuery, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::Store;
use super::accounts::Account;
use super::document;
use super::fault_injection::{FaultInjection, FaultInjector, inject};
use super::history;
use super::objects;
use super::problem::Problem;
use super::query::{self, ListQuery};
use super::select::{Select, WEBHOOK};
use super::store::Written;
use super::validate;
use crate::model::Secret;
use crate::net::server::{self, Incomplete};
use crate::system::database;

/// The maximum size of a request body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// The header that marks every response of the sandbox.
const SANDBOX_HEADER: HeaderName = HeaderName::from_static("x-mpt-sandbox");

/// The configurable behaviour of the sandbox.
#[derive(Clone, Copy, Default)]
pub struct Behaviour {
    /// The secret is only returned by the create, and later as asterisks.
    pub mask_secrets: bool,
    pub faults: FaultInjection,
    /// Receives a line for each request: method, path and query, status, milliseconds.
    pub log: Option<fn(&str)>,
}

/// The text that replaces a masked secret.
const MASKED_SECRET: &str = "*******";

#[derive(Clone)]
pub struct Platform {
    pub store: Arc<Store>,
    pub token: Arc<Secret>,
    mask_secrets: bool,
}

/// The API over one database; requests need the token.
pub fn router(store: Store, token: Secret, behaviour: Behaviour) -> Router {
    let platform = Platform {
        store: Arc::new(store),
        token: Arc::new(token),
        mask_secrets: behaviour.mask_secrets,
    };
    Router::new()
        .route("/public/v1/notifications/webhooks", get(list).post(create))
        .route(
            "/public/v1/notifications/webhooks/{id}",
            get(show).put(update).delete(delete),
        )
        .route(
            "/public/v1/notifications/webhooks/{id}/enable",
            post(enable),
        )
        .route(
            "/public/v1/notifications/webhooks/{id}/disable",
            post(disable),
        )
        .nest("/public/v1", objects::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            platform.clone(),
            authenticate,
        ))
        .layer(middleware::from_fn_with_state(
            FaultInjector::new(behaviour.faults),
            inject,
        ))
        .layer(middleware::from_fn(mark_as_sandbox))
        .layer(middleware::from_fn_with_state(behaviour.log, log))
        .with_state(platform)
}

async fn mark_as_sandbox(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let version = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));
    response.headers_mut().insert(SANDBOX_HEADER, version);
    response
}

async fn log(State(log): State<Option<fn(&str)>>, request: Request, next: Next) -> Response {
    let Some(write) = log else {
        return next.run(request).await;
    };
    let line = format!("{} {}", request.method(), request.uri());
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed().as_millis());
    write(&format!("{line} → {status} in {took} ms"));
    response
}

async fn authenticate(
    State(platform): State<Platform>,
    mut request: Request,
    next: Next,
) -> Response {
    let given = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let account = token.and_then(|token| Account::of(token, &platform.token));
    if let Some(account) = account {
        let is_webhook = request
            .uri()
            .path()
            .starts_with("/public/v1/notifications/");
        if is_webhook && account == Account::Client {
            return no_webhooks(&request).into_response();
        }
        request.extensions_mut().insert(account);
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "The token is missing or not valid.",
    )
    .into_response()
}

/// A client's account sees no webhooks and cannot create any.
fn no_webhooks(request: &Request) -> Result<Response, Problem> {
    let path = request.uri().path();
    match (request.method(), path.rsplit('/').next()) {
        (&Method::GET, Some("webhooks")) => {
            let query = ListQuery::parse(request.uri().query().unwrap_or(""), &WEBHOOK)?;
            Ok(list_body(&query, Vec::new()))
        }
        (&Method::POST, Some("webhooks")) => {
            let detail = "This account cannot have webhooks.";
            Err(Problem::new(StatusCode::FORBIDDEN, detail))
        }
        (_, id) => Err(Problem::not_found(id.unwrap_or_default())),
    }
}

/// The ID in the path. An ID that is not UTF-8 belongs to no webhook.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(Problem::not_found("?")),
        }
    }
}

async fn unknown_path() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "No resource exists at this path.")
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "The method is not allowed here.",
    )
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
    let (webhook_type, body) = validate::create(&document)?;
    let new = document::new(webhook_type, body);
    let written = platform
        .blocking(move |store| {
            let written = store.insert(&new)?;
            if let Written::Done(webhook) = &written {
                keep(store, &Value::Null, webhook, account)?;
            }
            Ok(written)
        })
        .await?;
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

/// A list of objects that were all read: filtered, ordered and cut as the query asks.
pub fn list_body(query: &ListQuery, objects: Vec<Value>) -> Response {
    let mut found: Vec<_> = objects
        .into_iter()
        .filter(|object| query.filter.passes(object))
        .collect();
    found.sort_by(|one, other| query.compare(one, other));
    let pagination = json!({"offset": query.offset, "limit": query.limit, "total": found.len()});
    let (skip, take) = (query.offset, query.limit);
    let page = found
        .into_iter()
        .skip(skip.try_into().unwrap_or(usize::MAX));
    page_body(
        &query.select,
        pagination,
        page.take(take.try_into().unwrap_or(0)),
    )
}

fn page_body(select: &Select, pagination: Value, page: impl Iterator<Item = Value>) -> Response {
    let data: Vec<Value> = page
        .map(|document| Value::Object(select.project(&document).0))
        .collect();
    let mut meta = json!({ "pagination": pagination });
    let omitted = select.omitted();
    if !omitted.is_empty() {
        meta["omitted"] = omitted.into();
    }
    json_body(&json!({ "$meta": meta, "data": data }))
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
    platform
        .change(id, select, account, move |webhook| {
            document::update(webhook, &document)
        })
        .await
}

async fn enable(
    state: State<Platform>,
    account: Extension<Account>,
    id: Id,
    query: RawQuery,
) -> Result<Response, Problem> {
    switch(state, account, id, query, "Enabled").await
}

async fn disable(
    state: State<Platform>,
    account: Extension<Account>,
    id: Id,
    query: RawQuery,
) -> Result<Response, Problem> {
    switch(state, account, id, query, "Disabled").await
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
    let deleted = platform
        .blocking(move |store| {
            let webhook = store.get(&wanted)?;
            let deleted = store.delete(&wanted)?;
            if let Some(webhook) = webhook.filter(|_| deleted) {
                keep(store, &webhook, &Value::Null, account)?;
            }
            Ok(deleted)
        })
        .await?;
    if deleted {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(&id))
    }
}

impl Platform {
    /// A stored webhook as it is returned after its creation.
    fn shown(&self, mut document: Value) -> Value {
        if self.mask_secrets && document["secret"].is_string() {
            document["secret"] = MASKED_SECRET.into();
        }
        document
    }

    /// Runs database work on another thread, so that it does not block requests.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, database::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) | Err(_) => Err(Problem::internal()),
        }
    }

    async fn change(
        &self,
        id: String,
        select: Select,
        account: Account,
        change: impl FnOnce(Value) -> Result<Value, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        let wanted = id.clone();
        let written = self
            .blocking(move |store| {
                let mut before = Value::Null;
                let written = store.update(&wanted, |webhook| {
                    before = webhook.clone();
                    change(webhook)
                })?;
                if let Written::Done(webhook) = &written {
                    keep(store, &before, webhook, account)?;
                }
                Ok(written)
            })
            .await?;
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

/// Keeps a record of a change in the history.
fn keep(
    store: &Store,
    before: &Value,
    after: &Value,
    account: Account,
) -> Result<(), database::Error> {
    let webhook = if after.is_null() { before } else { after };
    let id = webhook["id"].as_str().unwrap_or_default();
    match history::record(before, after, account) {
        Some(record) => store.add_history(id, &record),
        None => Ok(()),
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

/// Reads the body as JSON; the content type must be JSON.
pub async fn read_json(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    let is_json = matches!(media_type.as_str(), "application/json" | "text/json")
        || media_type.starts_with("application/") && media_type.ends_with("+json");
    if !is_json {
        let detail = "The body must be application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let whole = server::read_body(body, MAX_BODY).await;
    let whole = whole.map_err(|why| {
        let (status, detail) = match why {
            Incomplete::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is longer than 1 MiB.",
            ),
            Incomplete::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "The body was not received in time.",
            ),
            Incomplete::Cut => (
                StatusCode::BAD_REQUEST,
                "The connection was closed before the end of the body.",
            ),
            Incomplete::OutOfMemory => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many bodies are being received at the same time.",
            ),
        };
        Problem::new(status, detail)
    })?;
    serde_json::from_slice(&whole.bytes).map_err(|error| {
        Problem::invalid([(
            "$".to_owned(),
            format!("The body is not valid JSON: {error}."),
        )])
    })
}

pub fn json_body(document: &Value) -> Response {
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (headers, document.to_string()).into_response()
}
