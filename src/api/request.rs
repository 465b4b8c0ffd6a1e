//! A request to the platform.

use reqwest::Method;
use serde_json::Value;

use super::retry::{Retries, Retry};
use crate::model::id::is_id;
use crate::text::MPT;

/// A request without its address.
pub struct Request<'a> {
    pub method: Method,
    pub segments: &'a [&'a str],
    /// The path, already encoded.
    pub query: String,
    pub body: Option<&'a Value>,
    pub retry: Retry,
    /// The retries that are left, for this request and for those that belong to it.
    pub retries: &'a Retries,
    /// What the request is about, for the notes about retries.
    pub subject: &'a str,
}

impl<'a> Request<'a> {
    /// A request that has the same effect twice as once.
    pub fn new(method: Method, segments: &'a [&'a str], retries: &'a Retries) -> Self {
        let mut ids = segments.iter().rev().filter(|segment| is_id(segment));
        Self {
            method,
            segments,
            query: String::new(),
            body: None,
            retry: Retry::Always,
            retries,
            subject: ids.next().copied().unwrap_or_default(),
        }
    }

    /// A request that must take effect once.
    pub fn post_once(segments: &'a [&'a str], body: &'a Value, retries: &'a Retries) -> Self {
        Self {
            body: Some(body),
            retry: Retry::IfNotSent,
            ..Self::new(Method::POST, segments, retries)
        }
    }

    /// What a user must know if a change is interrupted while it is being sent.
    pub fn interruption(&self) -> String {
        let path = self.segments.join("/");
        match path.starts_with("notifications/webhooks") {
            true => {
                format!(
                    "a request that was being sent may have taken effect; check with {MPT} webhook list"
                )
            }
            false => format!("{} /{path} may have taken effect", self.method),
        }
    }
}
