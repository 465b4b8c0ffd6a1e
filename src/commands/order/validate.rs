//! `mpt order validate`

use crate::commands::shared::validate_object::validate;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::operations::validate_object::Subject;

/// Make the platform validate the order, which calls the webhook for real
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The platform stores the order, calls the webhook, and stores what the endpoint changes. The order is read just before it is \
sent, and is sent at most once. A refusal of the endpoint is exit code 7.

Examples:
  mpt order validate ORD-4821-7305-1196

  In a script:
    mpt order validate ORD-4821-7305-1196 --yes -o json")]
pub struct Args {
    /// ID of the order
    #[arg(value_name = "ID", add = candidates::ids("ORD"))]
    id: String,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        validate(&self.id, self.yes, Subject::Order, context).await
    }
}
