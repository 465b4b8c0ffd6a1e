//! `mpt enrollment validate`

use crate::commands::shared::validate_object::validate;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::operations::validate_object::Subject;

/// Make the platform validate the enrollment, which calls the webhook for real
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The platform stores the enrollment, calls the webhook, and stores what the endpoint changes. The enrollment is read just before it is \
sent, and is sent at most once. A refusal of the endpoint is exit code 7.

Examples:
  mpt enrollment validate ENR-5512-0904-7731

  Find an enrollment:
    mpt api GET /program/enrollments --jq '.data[].id'

  In a script:
    mpt enrollment validate ENR-5512-0904-7731 --yes -o json")]
pub struct Args {
    /// ID of the enrollment
    #[arg(value_name = "ID", add = candidates::ids("ENR"))]
    id: String,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        validate(&self.id, self.yes, Subject::Enrollment, context).await
    }
}
