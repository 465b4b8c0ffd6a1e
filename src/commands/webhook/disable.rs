//! `mpt webhook disable`

use crate::api::webhooks::SELECT;
use crate::commands::shared::ids::Ids;
use crate::commands::shared::{Context, webhook_view};
use crate::failure::CommandResult;
use crate::ui::Report;
use crate::ui::webhook_columns::default_columns;

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
    ids: Vec<String>,
}

pub async fn run(args: &Args, context: &Context) -> CommandResult {
    let ids = Ids::read(&args.ids).await?;
    let session = context.connect().await?;
    let view = webhook_view::rows(default_columns()).for_ids(ids.is_array);
    let mut report = Report::new(&context.ui, view)?;
    let disable = async |id: &str| session.webhooks.switch(id, false, SELECT).await;
    let failures = ids
        .for_each("disable", true, &mut report, context, disable)
        .await?;
    report.finish()?;
    failures.result(context)
}
