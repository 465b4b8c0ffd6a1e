//! Before something is lost: a question on a terminal, `--yes` elsewhere.

use crate::commands::shared::Context;
use crate::failure::Failure;

/// Whether somebody can be asked, if somebody has to be: worth knowing before anything is read.
pub fn check(yes: bool, context: &Context) -> Result<(), Failure> {
    if yes || context.console.is_interactive() {
        return Ok(());
    }
    Err(
        Failure::usage("cannot ask for confirmation without a terminal")
            .with_hint("--yes goes on without asking"),
    )
}

/// Asks, unless `--yes` was given.
///
/// # Errors
/// There is nobody to ask, or the answer is no; `undone` says what was then not done.
pub async fn or_yes(
    yes: bool,
    question: &str,
    undone: &str,
    context: &Context,
) -> anyhow::Result<()> {
    check(yes, context)?;
    if yes || context.console.confirm(question).await? {
        return Ok(());
    }
    Err(Failure::usage(undone).into())
}
