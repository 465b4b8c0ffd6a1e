//! Ctrl-C while a command works.

use futures_util::future::poll_immediate;

use super::Context;
use crate::failure::{Ending, Failure, Kind};

/// Runs a future until it ends or Ctrl-C is pressed.
pub async fn unless_interrupted<T>(
    context: &Context,
    work: impl Future<Output = Result<T, Ending>>,
) -> Result<T, Ending> {
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    // The first poll starts to listen for Ctrl-C, which must be before the work begins.
    if let Some(Ok(())) = poll_immediate(&mut interrupt).await {
        return Err(failure(context).into());
    }
    tokio::select! {
        biased;
        result = work => result,
        Ok(()) = interrupt => Err(failure(context).into()),
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
