//! `mpt webhook enable` and `mpt webhook disable`

use super::ids::Ids;
use super::rows;
use crate::api::webhooks::SELECT;
use crate::commands::shared::Context;
use crate::ui::Records;

/// Enable webhooks
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt webhook enable WBH-1234-5678

  Every one of a product:
    mpt webhook list --object PRD-1111-1111 -o id | mpt webhook enable -")]
pub struct EnableArgs {
    /// Ids; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
}

/// Disable webhooks; their events are lost meanwhile, not queued
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt webhook disable WBH-1234-5678

  Every one that fails:
    mpt webhook list --failing -o id | mpt webhook disable -")]
pub struct DisableArgs {
    /// Ids; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
}

pub async fn run(arguments: &[String], enable: bool, context: &Context) -> anyhow::Result<()> {
    let ids = Ids::read(arguments).await?;
    let session = context.connect().await?;
    let mut layout = rows::rows(rows::default_columns());
    layout.many = ids.many;
    let mut records = Records::new(&context.console, layout)?;
    let verb = if enable { "enable" } else { "disable" };
    let switch = async |id: &str| session.webhooks.switch(id, enable, SELECT).await;
    let failures = ids.for_each(verb, &mut records, context, switch).await?;
    records.finish()?;
    failures.result(context)
}
