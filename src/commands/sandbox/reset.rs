//! `mpt sandbox reset`

use std::path::Path;

use super::DataArgs;
use crate::commands::shared::{Context, confirm};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::reporter::Reporter;
use crate::sandbox::Store;

/// Delete all data of the sandbox: webhooks, changed objects, history
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt sandbox reset

  In a script, without confirmation:
    mpt sandbox reset --yes")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

/// Whether a file is a SQLite database, empty or missing, so that a reset destroys nothing else.
fn is_database(path: &Path) -> bool {
    match std::fs::read(path) {
        Ok(bytes) => bytes.is_empty() || bytes.starts_with(b"SQLite format 3\0"),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let data = self.data.path()?;
        if self.data.data.is_some() && !is_database(&data) {
            let message = format!("--data {}: not a database of the sandbox", data.display());
            return Err(Failure::usage(message).with_hint("nothing was changed").into());
        }
        let question =
            format!("Delete all webhooks, changed objects and the history in {}?", data.display());
        confirm::or_yes(self.yes, &question, context).await?;
        Store::reset(&data)?;
        context.ui.note("The sandbox is empty");
        Ok(())
    }
}
