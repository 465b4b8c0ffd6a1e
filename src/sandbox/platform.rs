//! What the routes share: the state, bodies of requests and responses, lists.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::Store;
use super::problem::Problem;
use super::query::ListQuery;
use super::select::Select;
use crate::callout::Connection;
use crate::model::Secret;
use crate::net::server;
use crate::reporter::LogLines;
use crate::system::database;
use crate::text::plain;

/// The maximum size of a request body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

#[derive(Clone)]
pub struct Platform {
    pub store: Arc<Store>,
    pub token: Arc<Secret>,
    pub mask_secrets: bool,
    pub connection: Connection,
    pub log: LogLines,
}

impl Platform {
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
}

/// The ID in the path. An ID that is not UTF-8 belongs to no webhook.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(Problem::new(StatusCode::NOT_FOUND, "The ID in the path is not UTF-8.")),
        }
    }
}

/// A list of objects that were all read: filtered, ordered and cut as the query asks.
pub fn list_body(query: &ListQuery, objects: Vec<Value>) -> Response {
    let mut found: Vec<_> =
        objects.into_iter().filter(|object| query.filter.passes(object)).collect();
    found.sort_by(|one, other| query.compare(one, other));
    let pagination = json!({"offset": query.offset, "limit": query.limit, "total": found.len()});
    let (skip, take) = (query.offset, query.limit);
    let page = found.into_iter().skip(skip.try_into().unwrap_or(usize::MAX));
    page_body(&query.select, pagination, page.take(take.try_into().unwrap_or(0)))
}

pub fn page_body(
    select: &Select,
    pagination: Value,
    page: impl Iterator<Item = Value>,
) -> Response {
    let data: Vec<Value> =
        page.map(|document| Value::Object(select.project(&document).0)).collect();
    let mut meta = json!({ "pagination": pagination });
    let omitted = select.omitted();
    if !omitted.is_empty() {
        meta["omitted"] = omitted.into();
    }
    json_body(&json!({ "$meta": meta, "data": data }))
}

/// Reads the body as JSON; the content type must be JSON.
pub async fn read_json(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let content_type =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let is_json = matches!(media_type.as_str(), "application/json" | "text/json")
        || media_type.starts_with("application/") && media_type.ends_with("+json");
    if !is_json {
        let detail = "The body must be application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let whole = server::read_body(body, MAX_BODY).await;
    let whole = whole.map_err(|why| {
        let (status, text) = why.answer(MAX_BODY);
        let (first, rest) = text.split_at(1);
        Problem::new(status, format!("{}{rest}.", first.to_ascii_uppercase()))
    })?;
    serde_json::from_slice(&whole.bytes).map_err(|error| {
        let why = plain::json(&error);
        Problem::invalid([("$".to_owned(), format!("The body is not valid JSON: {why}."))])
    })
}

/// Reads the body as a JSON object.
pub async fn read_object(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Problem> {
    match read_json(headers, body).await? {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::invalid([("$".to_owned(), "The body must be an object.".to_owned())])),
    }
}

pub fn json_body(document: &Value) -> Response {
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (headers, document.to_string()).into_response()
}
