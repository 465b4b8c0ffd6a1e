//! RQL, the filter language of the platform (docs/platform-api.md, "Lists"): syntax tree, parser, and
//! its evaluation. It must not know HTTP.

pub mod filter;
mod like;
mod parse;
pub mod property;

pub use filter::Filter;
pub use parse::{parse, parts};
pub use property::Scope;

/// The syntax tree of a filter. [`Filter`] gives it a meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Compare {
        op: Compare,
        path: String,
        value: Operand,
    },
    /// `in`; with `negated`, `out`.
    In {
        path: String,
        values: Vec<Operand>,
        negated: bool,
    },
    /// `like`; with `fold`, `ilike`.
    Like {
        path: String,
        pattern: Operand,
        fold: bool,
    },
    /// `any`, or with `every`, `all`: over the items of a list.
    Items {
        path: String,
        filter: Box<Expr>,
        every: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Quoted(String),
    /// A number, a word, a date, or the name of a property.
    Bare(String),
    Null,
    Empty,
}

/// A syntax error.
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
}
