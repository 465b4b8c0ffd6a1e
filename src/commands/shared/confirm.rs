//! Asks for confirmation on a terminal; without one, `--yes` is needed.

use super::Context;
use crate::failure::{CommandResult, Failure, Kind};

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
/// The question cannot be asked, or the answer is no.
pub async fn or_yes(yes: bool, question: &str, context: &Context) -> CommandResult {
    check(yes, context)?;
    match yes {
        true => Ok(()),
        false => ask(question, context).await,
    }
}

/// # Errors
/// The answer is no.
pub async fn ask(question: &str, context: &Context) -> CommandResult {
    match context.ui.confirm(question).await? {
        true => Ok(()),
        false => Err(Failure::new(Kind::Interrupted, "nothing was changed").into()),
    }
}
