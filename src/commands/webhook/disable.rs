//! `mpt webhook disable`

use super::enable;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::CommandResult;

/// Disable webhooks; events for a disabled webhook are lost
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt webhook disable WBH-1234-5678

  Disable all failing webhooks:
    mpt webhook list --failing -o id | mpt webhook disable -")]
pub struct Args {
    /// Webhook IDs; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    #[arg(add = candidates::ids("WBH"))]
    ids: Vec<String>,

    /// Do not ask for confirmation (only protected profiles do)
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        enable::switch(&self.ids, false, self.yes, context).await
    }
}
