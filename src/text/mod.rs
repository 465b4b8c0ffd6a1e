//! Pure functions over text: escapes, JSON and YAML as they are written, durations, near misses.
//! Knows nothing of webhooks, and does no I/O.

pub mod duration;
pub mod escape;
pub mod json;
pub mod suggestion;
pub mod yaml;

pub use suggestion::did_you_mean;
