//! The current time. A test can fix it, so that it can assert whole outputs.

use std::sync::OnceLock;

use jiff::Timestamp;

/// The environment variable of tests that fixes the time and makes the sandbox's IDs sequential.
const VARIABLE: &str = "MPT_TEST_TIME";

/// The current time, or the fixed time of a test.
pub fn now() -> Timestamp {
    fixed().unwrap_or_else(Timestamp::now)
}

/// The fixed time of a test.
pub fn fixed() -> Option<Timestamp> {
    static FIXED: OnceLock<Option<Timestamp>> = OnceLock::new();
    *FIXED.get_or_init(|| std::env::var(VARIABLE).ok()?.parse().ok())
}
