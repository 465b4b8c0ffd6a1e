//! Ctrl-C while a command works.

use super::Context;
use crate::failure::{Ending, Failure, Kind};

/// Does what it is given, unless Ctrl-C comes first.
pub async fn unless_interrupted<T>(
    context: &Context,
    work: impl Future<Output = Result<T, Ending>>,
) -> Result<T, Ending> {
    tokio::select! {
        biased;
        result = work => result,
        Ok(()) = tokio::signal::ctrl_c() => Err(failure(context).into()),
    }
}

fn failure(context: &Context) -> Failure {
    if context.ui.is_interactive() {
        // The terminal has written ^C into the line of a question.
        context.ui.stderr("");
    }
    let failure = Failure::new(Kind::Interrupted, "interrupted");
    match context.ui.interruption() {
        nothing if nothing.is_empty() => failure,
        hint => failure.with_hint(hint),
    }
}
