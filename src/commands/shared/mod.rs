//! What several commands share: their context, common arguments, questions, input.

pub mod candidates;
pub mod checks;
pub mod confirm;
pub mod context;
pub mod input;
pub mod interrupt;

pub use context::{Context, Session};
