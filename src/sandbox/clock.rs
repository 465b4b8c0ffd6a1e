//! The sandbox's timestamps: one form, so that they sort as text.

use jiff::Timestamp;

pub fn now() -> String {
    format(Timestamp::now())
}

/// `2026-05-04T09:12:33.418Z`
pub fn format(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
