//! `mpt config path`

use serde_json::json;

use crate::commands::shared::Context;
use crate::ui::{Layout, Records};

/// Print where the configuration is, or would be
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config path

  Look at it:
    cat \"$(mpt config path)\"")]
pub struct Args {}

pub fn run(_: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, Layout::text("path"))?;
    let path = context.config_path()?;
    records.push(json!({"path": path.to_string_lossy(), "exists": path.exists()}))?;
    Ok(records.finish()?)
}
