//! What a callout is answered, and by whom.

use std::path::PathBuf;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde_json::{Value, json};
use url::Url;

use super::{Callout, Forwarder};

/// Who answers.
pub enum Answering {
    /// The object comes back as it was: nothing to change.
    Echo,
    /// What is in a file at that moment, as JSON.
    File(PathBuf),
    /// The object comes back with an `error` that says this.
    Refuse(String),
    Forward(Forwarder),
}

/// An answer, down to its bytes.
pub struct Reply {
    pub status: StatusCode,
    /// Where the status comes with other words than the usual ones.
    pub reason: Option<ReasonPhrase>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The endpoint that was asked.
    pub from: Option<Url>,
}

/// There is no answer to hand on.
pub struct Unanswered {
    pub why: String,
    pub from: Option<Url>,
}

impl Answering {
    pub async fn answer(&self, callout: &Callout) -> Result<Reply, Unanswered> {
        match self {
            Self::Echo => Ok(Reply::json(callout.body.clone())),
            Self::File(path) => match tokio::task::spawn_blocking({
                let path = path.clone();
                move || std::fs::read(path)
            })
            .await
            .map_err(std::io::Error::other)
            .flatten()
            {
                Ok(bytes) => Ok(Reply::json(bytes.into())),
                Err(error) => Err(Unanswered {
                    why: format!("cannot read {}: {error}", path.display()),
                    from: None,
                }),
            },
            Self::Refuse(message) => {
                let mut object = callout.object.clone();
                if !object.is_object() {
                    object = Value::Object(serde_json::Map::new());
                }
                object["error"] = json!({ "message": message });
                Ok(Reply::json(object.to_string().into()))
            }
            Self::Forward(forwarder) => forwarder.forward(callout).await,
        }
    }
}

impl Reply {
    fn json(body: Bytes) -> Self {
        Self {
            status: StatusCode::OK,
            reason: None,
            headers: content_type("application/json"),
            body,
            from: None,
        }
    }

    /// Problem details, so that whoever called can tell our refusal from the endpoint's.
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
