//! RQL, the filter language of the platform (docs/platform-api.md, "Lists"): parser and evaluation. It must not know
//! HTTP.

mod compile;
pub mod filter;
mod like;
mod parse;
pub mod property;

pub use compile::{compile, parse_order};
pub use filter::Filter;
pub use parse::{Node, parse};
pub use property::{Scope, WEBHOOK};

/// An error in a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The part of the filter with the error.
    pub part: String,
    pub message: String,
}

impl Error {
    pub fn new(part: impl Into<String>, message: impl Into<String>) -> Self {
        Self { part: part.into(), message: message.into() }
    }

    /// An error that belongs to no single name or word of the filter.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("rql_validation", message)
    }
}
