//! The request log of `-v` and `-vv`, redacted so that it can be pasted into a ticket.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, Request, Response};
use url::Url;

use super::Error;
use super::error::status_line;
use super::exchange::Exchange;
use crate::model::redact::Redactor;
use crate::reporter::Reporter;

/// The log of one request and its retries.
pub(super) struct Log<'a> {
    pub reporter: &'a dyn Reporter,
    pub redactor: Redactor,
}

impl Log<'_> {
    pub fn request(&self, request: &Request) {
        if self.reporter.verbosity() < 2 {
            return;
        }
        self.line(&format!("> {} {}", request.method(), request.url()));
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

    pub fn outcome(
        &self,
        method: &Method,
        url: &Url,
        result: &Result<Exchange, Error>,
        took: Duration,
    ) {
        let verbosity = self.reporter.verbosity();
        if verbosity == 0 {
            return;
        }
        let outcome = match result {
            Ok(exchange) => {
                if verbosity > 1 && !exchange.body.is_empty() {
                    self.line(&format!("< {}", self.redactor.body(&exchange.body)));
                }
                status_line(exchange.status.as_u16())
            }
            Err(error) => error.to_string(),
        };
        self.line(&format!("{method} {url} → {outcome} in {} ms", took.as_millis()));
    }

    fn headers(&self, direction: char, headers: &HeaderMap) {
        for (name, value) in headers {
            let value = self.redactor.header(name.as_str(), value.to_str().unwrap_or("?"));
            self.line(&format!("{direction} {name}: {value}"));
        }
    }

    fn line(&self, text: &str) {
        self.reporter.log(&self.redactor.text(text));
    }
}
