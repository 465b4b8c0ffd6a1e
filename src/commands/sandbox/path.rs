//! `mpt sandbox path`

use serde_json::json;

use super::DataArgs;
use crate::commands::shared::Context;
use crate::ui::{Layout, Records};

/// Print where the sandbox keeps its data
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt sandbox path

  Look into it:
    sqlite3 \"$(mpt sandbox path)\" 'select id, type from webhooks'")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
}

pub fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, Layout::text("path"))?;
    records.push(json!({"path": args.data.path()?.to_string_lossy()}))?;
    Ok(records.finish()?)
}
