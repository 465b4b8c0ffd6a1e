//! `mpt sandbox token`

use serde::Serialize;

use super::DataArgs;
use crate::commands::shared::Context;
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::sandbox;
use crate::sandbox::accounts::Account;
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
    /// The account of the token; a client sees no webhooks, and only a vendor can change settings
    #[arg(long, value_name = "ACCOUNT", default_value = "vendor")]
    account: Account,

    #[command(flatten)]
    data: DataArgs,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        let report = Report::new(&context.ui, View::line(|accepted: &Accepted| &accepted.token))?;
        let token = sandbox::token::read_or_create(&self.data.path()?)?;
        let token = self.account.token(&token);
        Ok(report.only(&Accepted { token: token.expose().to_owned() })?)
    }
}

#[derive(Serialize)]
struct Accepted {
    token: String,
}
