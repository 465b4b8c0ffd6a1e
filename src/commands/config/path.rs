//! `mpt config path`

use serde_json::{Value, json};

use crate::commands::Context;
use crate::output::{Layout, Records, Style, escape};

/// Print where the configuration is, or would be
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config path

  Look at it:
    cat \"$(mpt config path)\"")]
pub struct Args {}

pub fn run(_: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, layout())?;
    let path = context.config_path()?;
    records.push(json!({"path": path.to_string_lossy(), "exists": path.exists()}))?;
    Ok(records.finish()?)
}

fn layout() -> Layout<Value> {
    Layout {
        view: Value::clone,
        columns: Vec::new(),
        id: None,
        details: Some(Box::new(|row: &Value, _: &Style| {
            format!(
                "{}\n",
                escape::line(row["path"].as_str().unwrap_or_default())
            )
        })),
        many: false,
        empty: String::new(),
    }
}
