//! What several commands share: context, common arguments and views, questions, input.

pub mod annotations;
pub mod answer_args;
pub mod body_args;
pub mod callout_printer;
pub mod candidates;
pub mod case_lines;
pub mod change_lines;
pub mod confirm;
mod context;
pub mod create_questions;
pub mod failures;
pub mod filter_args;
pub mod ids;
pub mod input;
pub mod inspect_args;
pub mod interrupt;
pub mod junit;
pub mod manifest_args;
pub mod plan_markdown;
pub mod plan_view;
pub mod profile_target;
pub mod secret_args;
pub mod test_printer;
pub mod token_source;
pub mod type_arg;
pub mod validating;
pub mod verdict;
pub mod watch_printer;
pub mod webhook_secret;
pub mod webhook_view;

pub use context::{Context, GlobalOptions};
