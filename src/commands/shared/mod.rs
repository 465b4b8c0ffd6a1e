//! What several commands share: context, common arguments and views, questions, input.

pub mod body_args;
pub mod candidates;
pub mod confirm;
pub mod connection_args;
mod context;
pub mod failures;
pub mod filter_args;
pub mod ids;
pub mod input;
pub mod manifest_args;
pub mod pick;
pub mod plan_view;
pub mod secret_args;
pub mod type_arg;
pub mod validate_object;
pub mod verdict;
pub mod webhook_view;

pub use context::{Context, GlobalOptions, repeat_options, unless_interrupted};
