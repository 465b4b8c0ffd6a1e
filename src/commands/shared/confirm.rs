//! Asks for confirmation on a terminal; without one, `--yes` is needed.

use super::Context;
use crate::failure::{Ending, Failure};

/// Returns an error if a question is needed and cannot be asked, before anything is read.
pub fn check(yes: bool, context: &Context) -> Result<(), Failure> {
    if yes || context.ui.is_interactive() {
        return Ok(());
    }
    let message = match context.ui.has_terminal() {
        true => {
            "cannot ask for confirmation: standard input is not a terminal, or --no-input was given"
        }
        false => "cannot ask for confirmation without a terminal",
    };
    Err(Failure::usage(message).with_hint("use --yes to continue without asking"))
}

/// Asks, unless `--yes` was given.
///
/// # Errors
/// The question cannot be asked, or the answer is no; `undone` is the error message for that.
pub async fn or_yes(
    yes: bool,
    question: &str,
    undone: &str,
    context: &Context,
) -> Result<(), Ending> {
    check(yes, context)?;
    if yes || context.ui.confirm(question).await? {
        return Ok(());
    }
    Err(Failure::usage(undone).into())
}
