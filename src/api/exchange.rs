//! The response to one HTTP request, with any status.

use std::time::Duration;

use reqwest::StatusCode;

pub(super) struct Exchange {
    pub status: StatusCode,
    pub location: Option<String>,
    /// The wait that `Retry-After` asks for.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}
