//! `mpt sandbox token`

use serde::Serialize;

use super::DataArgs;
use crate::commands::shared::Context;
use crate::failure::CommandResult;
use crate::sandbox;
use crate::ui::{Report, View};

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

pub fn run(args: &Args, context: &Context) -> CommandResult {
    let report = Report::new(
        &context.ui,
        View::line(|accepted: &Accepted| &accepted.token),
    )?;
    let token = sandbox::token::read_or_create(&args.data.path()?)?;
    Ok(report.only(&Accepted {
        token: token.expose().to_owned(),
    })?)
}

#[derive(Serialize)]
struct Accepted {
    token: String,
}
