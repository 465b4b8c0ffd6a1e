//! Ctrl-C and SIGTERM while a command works.

use super::Context;
use crate::failure::{Ending, Failure, Kind};
use crate::system::signals::Signals;

/// Runs a future until it ends or a signal asks the program to end.
pub async fn unless_interrupted<T>(
    context: &Context,
    work: impl Future<Output = Result<T, Ending>>,
) -> Result<T, Ending> {
    let mut signals = Signals::listen()?;
    tokio::select! {
        biased;
        result = work => result,
        _ = signals.next() => Err(failure(context).into()),
    }
}

fn failure(context: &Context) -> Failure {
    if context.ui.is_interactive() {
        // The terminal has printed ^C on the current line.
        context.ui.stderr("");
    }
    let failure = Failure::new(Kind::Interrupted, "interrupted");
    match context.ui.interruption() {
        nothing if nothing.is_empty() => failure,
        hint => failure.with_hint(hint),
    }
}
