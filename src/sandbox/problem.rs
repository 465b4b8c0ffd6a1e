//! Problem details as the platform returns them (docs/platform-api.md, "Errors").

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use crate::system::{clock, random};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    pub detail: String,
    /// Field to messages.
    pub errors: Map<String, Value>,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: Map::new() }
    }

    /// A 400 response with errors by field.
    pub fn invalid(errors: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut problem =
            Self::new(StatusCode::BAD_REQUEST, "One or more validation errors occurred.");
        for (field, message) in errors {
            let messages = problem.errors.entry(field).or_insert_with(|| json!([]));
            if let Value::Array(messages) = messages {
                messages.push(message.into());
            }
        }
        problem
    }

    pub fn not_found(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("The webhook '{id}' was not found."))
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The sandbox's database cannot be used.")
    }
}

/// A W3C trace context. It is not secret, so zeros are used if the system has no randomness.
fn trace_id() -> String {
    if clock::fixed().is_some() {
        return format!("00-{:032}-{:016}-00", 1, 1);
    }
    let hex = |bytes: usize| random::hex(bytes).unwrap_or_else(|_| "00".repeat(bytes));
    format!("00-{}-{}-00", hex(16), hex(8))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut document = json!({
            "type": format!("https://httpstatuses.io/{}", self.status.as_u16()),
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "traceId": trace_id(),
        });
        if !self.errors.is_empty() {
            document["errors"] = Value::Object(self.errors);
        }
        let mut response = Response::new(Body::from(document.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
