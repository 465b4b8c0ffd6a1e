//! `mpt sandbox token`

use serde_json::json;

use super::DataArgs;
use crate::commands::shared::Context;
use crate::sandbox;
use crate::ui::{Layout, Records};

/// Print the token that the sandbox accepts
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt sandbox token

  Call the sandbox with another program:
    curl -H \"Authorization: Bearer $(mpt sandbox token)\" \\
        http://127.0.0.1:8080/public/v1/notifications/webhooks")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
}

pub fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, Layout::text("token"))?;
    let token = sandbox::token::read_or_create(&args.data.path()?)?;
    records.push(json!({"token": token.expose()}))?;
    Ok(records.finish()?)
}
