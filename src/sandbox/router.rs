//! The routes of the API, and what every request passes: faults, the token, the log.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use super::Store;
use super::accounts::Account;
use super::fault_injection::{FaultInjection, FaultInjector, inject};
use super::objects;
use super::platform::{Platform, list_body};
use super::problem::Problem;
use super::query::ListQuery;
use super::requests::Asked;
use super::select::WEBHOOK;
use super::webhooks;
use crate::callout::Connection;
use crate::model::Secret;
use crate::reporter::LogLines;
use crate::system::clock;

/// The header that marks every response of the sandbox.
const SANDBOX_HEADER: HeaderName = HeaderName::from_static("x-mpt-sandbox");

/// The configurable behaviour of the sandbox.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// The secret is only returned by the create, and later as asterisks.
    pub mask_secrets: bool,
    pub faults: FaultInjection,
    /// How endpoints are connected to.
    pub connection: Connection,
    /// Receives a line for each request: method, path and query, status, milliseconds; also for calls of endpoints.
    pub log: LogLines,
}

/// The API over one database; requests need the token.
pub fn router(store: Store, token: Secret, behaviour: Behaviour) -> Router {
    let platform = Platform {
        store: Arc::new(store),
        token: Arc::new(token),
        mask_secrets: behaviour.mask_secrets,
        connection: behaviour.connection,
        log: behaviour.log,
    };
    let routes = webhooks::routes().merge(objects::routes());
    Router::new()
        .nest("/public/v1", routes.clone())
        // Some programs take the base URL with `/public`, and some without.
        .nest("/v1", routes)
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(platform.clone(), authenticate))
        .layer(middleware::from_fn_with_state(FaultInjector::new(behaviour.faults), inject))
        .layer(middleware::from_fn(mark_as_sandbox))
        .layer(middleware::from_fn_with_state(platform.clone(), record))
        .layer(middleware::from_fn_with_state(behaviour.log, log))
        .with_state(platform)
}

async fn mark_as_sandbox(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let version = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));
    response.headers_mut().insert(SANDBOX_HEADER, version);
    response
}

/// Records the request if somebody watches. A record that cannot be written changes no answer.
async fn record(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let (method, target) = (request.method().to_string(), request.uri().to_string());
    let began = clock::now();
    let response = next.run(request).await;
    let asked = Asked { method, target, status: response.status().as_u16() };
    platform.blocking(move |store| store.record_request(&asked, began)).await.ok();
    response
}

async fn log(State(log): State<LogLines>, request: Request, next: Next) -> Response {
    if log.verbosity == 0 {
        return next.run(request).await;
    }
    let line = format!("{} {}", request.method(), request.uri());
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed().as_millis());
    (log.write)(&format!("{line} → {status} in {took} ms"));
    response
}

async fn authenticate(
    State(platform): State<Platform>,
    mut request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let account = token.and_then(|token| Account::of(token, &platform.token));
    if let Some(account) = account {
        let path = request.uri().path();
        let path = path.strip_prefix("/public").unwrap_or(path);
        let is_webhook = path.starts_with("/v1/notifications/");
        if is_webhook && account == Account::Client {
            return no_webhooks(&request).into_response();
        }
        request.extensions_mut().insert(account);
        return next.run(request).await;
    }
    Problem::new(StatusCode::UNAUTHORIZED, "The token is missing or not valid.").into_response()
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

async fn unknown_path() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "No resource exists at this path.")
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed here.")
}
