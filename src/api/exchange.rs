//! What one HTTP request brought, whatever its status.

use std::time::Duration;

use reqwest::StatusCode;

pub(super) struct Exchange {
    pub status: StatusCode,
    pub location: Option<String>,
    /// What `Retry-After` asks for.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}
