//! `mpt enrollment`

mod validate;

use super::shared::Context;
use crate::failure::CommandResult;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Validate(validate::Args),
}

impl Command {
    pub async fn run(&self, context: &Context) -> CommandResult {
        match self {
            Self::Validate(args) => validate::run(args, context).await,
        }
    }
}
