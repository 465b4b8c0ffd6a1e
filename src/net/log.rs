//! The request log of `-v` and `-vv`, redacted so that it can be pasted into a ticket.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, Request, Response, StatusCode};
use url::Url;

use crate::model::redact::Redactor;
use crate::reporter::Reporter;

/// The log of one request and its retries.
pub struct Log<'a, R: ?Sized = dyn Reporter + 'a> {
    pub reporter: &'a R,
    pub redactor: Redactor,
    /// How URLs are shown: the query of an endpoint may be a key.
    pub shown: fn(&Url) -> String,
}

impl<R: Reporter + ?Sized> Log<'_, R> {
    pub fn request(&self, request: &Request) {
        if self.reporter.verbosity() < 2 {
            return;
        }
        self.line(&format!("> {} {}", request.method(), (self.shown)(request.url())));
        self.headers('>', request.headers());
        if let Some(body) = request.body().and_then(|body| body.as_bytes()) {
            self.line(&format!("> {}", self.redactor.body(body)));
        }
    }

    pub fn response(&self, response: &Response) {
        if self.reporter.verbosity() < 2 {
            return;
        }
        self.line(&format!("< {}", status_line(response.status().as_u16())));
        self.headers('<', response.headers());
    }

    /// The outcome: a status and the body, or the error.
    pub fn outcome<E: std::fmt::Display>(
        &self,
        method: &Method,
        url: &Url,
        outcome: Result<(StatusCode, &[u8]), &E>,
        took: Duration,
    ) {
        let verbosity = self.reporter.verbosity();
        if verbosity == 0 {
            return;
        }
        let outcome = match outcome {
            Ok((status, body)) => {
                if verbosity > 1 && !body.is_empty() {
                    self.line(&format!("< {}", self.redactor.body(body)));
                }
                status_line(status.as_u16())
            }
            Err(error) => error.to_string(),
        };
        let url = (self.shown)(url);
        self.line(&format!("{method} {url} → {outcome} in {} ms", took.as_millis()));
    }

    fn headers(&self, direction: char, headers: &HeaderMap) {
        for (name, value) in headers {
            let value = self.redactor.header(name.as_str(), value.to_str().unwrap_or("?"));
            self.line(&format!("{direction} {name}: {value}"));
        }
    }

    /// A line, without secrets.
    pub fn line(&self, text: &str) {
        self.reporter.log(&self.redactor.text(text));
    }
}

/// `409 Conflict`
pub fn status_line(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    match reason {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}
