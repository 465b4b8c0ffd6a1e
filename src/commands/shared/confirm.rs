//! Before something is lost: a question on a terminal, `--yes` elsewhere.

use super::Context;
use crate::failure::{Ending, Failure};

/// Whether a question can be asked, if one has to be: worth knowing before anything is read.
pub fn check(yes: bool, context: &Context) -> Result<(), Failure> {
    if yes || context.ui.is_interactive() {
        return Ok(());
    }
    Err(
        Failure::usage("cannot ask for confirmation without a terminal")
            .with_hint("use --yes to continue without asking"),
    )
}

/// Asks, unless `--yes` was given.
///
/// # Errors
/// The question cannot be asked, or the answer is no; `undone` says what was then not done.
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
