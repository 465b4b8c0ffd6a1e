//! Ctrl-C and SIGTERM.

use super::Context;
use crate::commands::Command;
use crate::failure::{Failure, Kind};

/// Runs a command; Ctrl-C ends it wherever it is, unless it sees to that itself.
pub async fn or_run(command: &Command, context: &Context) -> anyhow::Result<()> {
    if command.ends_itself() {
        return command.run(context).await;
    }
    unless_interrupted(context, command.run(context)).await
}

/// Does what it is given, unless Ctrl-C comes first.
pub async fn unless_interrupted<T>(
    context: &Context,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        biased;
        result = work => result,
        Ok(()) = tokio::signal::ctrl_c() => Err(failure(context).into()),
    }
}

fn failure(context: &Context) -> Failure {
    if context.console.is_interactive() {
        // The terminal has written ^C into the line of a question.
        context.console.stderr("");
    }
    let failure = Failure::new(Kind::Interrupted, "interrupted");
    match context.console.interruption() {
        nothing if nothing.is_empty() => failure,
        hint => failure.with_hint(hint),
    }
}

/// How a server was asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM, or the terminal is gone.
    Terminate,
}

/// Listens for the signals from now on, and gives what waits for one.
pub fn listen_for_end() -> std::io::Result<impl Future<Output = End>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        // The terminal was closed.
        let mut hangup = signal(SignalKind::hangup())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => End::Interrupt,
                _ = terminate.recv() => End::Terminate,
                _ = hangup.recv() => End::Terminate,
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals only the caller's own end is left.
            std::future::pending::<()>().await;
        }
        End::Interrupt
    })
}
