//! `mpt config check`

use crate::commands::shared::Context;
use crate::commands::verb::Verb;
use crate::config::Settings;
use crate::failure::CommandResult;
use crate::operations::profiles::check::Checked;
use crate::reporter::Waiting;
use crate::ui::{Report, checks};

/// Check the current profile: host name, connection, TLS, token, permission, account, clock
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config check

  In CI, before anything else:
    mpt config check -p production || exit 1")]
pub struct Args {}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        check(context.settings()?, context).await
    }
}

/// Checks a profile and prints the results.
pub async fn check(settings: &Settings, context: &Context) -> CommandResult {
    let mut report = Report::new(&context.ui, checks::view())?;
    let mut checked = Checked::default();
    let waiting = Waiting::begin(&context.ui);
    if settings.is_sandbox() {
        let session = context.connect_to_sandbox(settings).await?;
        checked.try_requests(&session, settings).await;
    } else {
        // Errors that need no request are reported first.
        match context.credentials(settings).await {
            Err(error) => checked.fail("token", error),
            Ok(credentials) => match context.connect_with(settings, credentials) {
                Err(error) => checked.fail("setup", error),
                Ok(session) => {
                    checked.try_connection(settings).await;
                    if checked.failure.is_none() {
                        checked.try_requests(&session, settings).await;
                    }
                }
            },
        }
    }
    drop(waiting);
    for check in &checked.checks {
        report.push(check)?;
    }
    report.finish()?;
    checked.failure.map_or(Ok(()), |failure| Err(failure.into()))
}
