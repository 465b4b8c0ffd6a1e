//! Ctrl-C and SIGTERM.

use super::{Command, Context};
use crate::error::{Failure, Kind};

/// Runs a command; Ctrl-C ends it wherever it is, unless it sees to that itself.
pub async fn or_run(command: &Command, context: &Context) -> anyhow::Result<()> {
    if command.ends_itself() {
        return command.run(context).await;
    }
    tokio::select! {
        biased;
        result = command.run(context) => result,
        Ok(()) = tokio::signal::ctrl_c() => Err(failure().with_hint(
            "a request that was on its way may have been carried out; mpt webhook list shows it",
        ).into()),
    }
}

pub fn failure() -> Failure {
    Failure::new(Kind::Interrupted, "interrupted")
}

/// How a server was asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Waits until the process is asked to end.
pub async fn asked_to_end() -> End {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                Some(()) = terminate.recv() => return End::Terminate,
                Ok(()) = tokio::signal::ctrl_c() => return End::Interrupt,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals only the caller's own end is left.
        std::future::pending::<()>().await;
    }
    End::Interrupt
}
