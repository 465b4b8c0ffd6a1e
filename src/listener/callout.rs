//! A callout as it came in.

use axum::body::Bytes;
use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

pub struct Callout {
    /// Without `.` and `..`, as every endpoint sees it.
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The body, where it is JSON; else null.
    pub object: Value,
    /// Of the webhook, where it is known.
    pub webhook_type: Option<String>,
    pub received_at: Timestamp,
}
