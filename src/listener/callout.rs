//! A callout as it was received.

use axum::body::Bytes;
use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

pub struct Callout {
    /// The path, with `.` and `..` resolved as every endpoint sees it.
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The body if it is JSON; otherwise null.
    pub object: Value,
    /// The type of the webhook, if it is known.
    pub webhook_type: Option<String>,
    pub received_at: Timestamp,
    /// Whether it was sent from the inspector.
    pub is_by_hand: bool,
}

impl Callout {
    pub fn object_id(&self) -> Option<String> {
        self.object.get("id").and_then(Value::as_str).map(str::to_owned)
    }
}
