//! `mpt order`

mod list;
mod validate;

use super::shared::Context;
use crate::failure::CommandResult;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    List(list::Args),
    Validate(validate::Args),
}

impl Command {
    pub async fn run(&self, context: &Context) -> CommandResult {
        match self {
            Self::List(args) => list::run(args, context).await,
            Self::Validate(args) => validate::run(args, context).await,
        }
    }
}
