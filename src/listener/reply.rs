//! The answer to a callout, or why there is none.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde_json::json;
use url::Url;

/// An answer with its exact bytes.
pub struct Reply {
    pub status: StatusCode,
    /// The reason phrase, if it is not the standard one.
    pub reason: Option<ReasonPhrase>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The endpoint that the callout was forwarded to.
    pub from: Option<Url>,
}

/// The endpoint gave no answer.
pub struct Unanswered {
    pub why: String,
    pub from: Option<Url>,
}

impl Reply {
    pub fn json(body: Bytes) -> Self {
        Self {
            status: StatusCode::OK,
            reason: None,
            headers: content_type("application/json"),
            body,
            from: None,
        }
    }

    /// Problem details, so that the caller can distinguish this answer from the endpoint's.
    pub fn problem(status: StatusCode, detail: &str) -> Self {
        let problem = json!({
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": detail,
        });
        Self {
            status,
            headers: content_type("application/problem+json"),
            ..Self::json(problem.to_string().into())
        }
    }
}

fn content_type(name: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(name))])
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Some(reason) = self.reason {
            response.extensions_mut().insert(reason);
        }
        response
    }
}
