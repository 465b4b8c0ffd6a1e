//! Pure functions on text: escapes, JSON and YAML output, durations, suggestions.
//! It must not know webhooks or do I/O.

pub mod bom;
pub mod duration;
pub mod escape;
pub mod json;
pub mod own_command;
pub mod plain;
pub mod suggestion;
pub mod toml;
pub mod yaml;

pub use own_command::MPT;
pub use suggestion::did_you_mean;
