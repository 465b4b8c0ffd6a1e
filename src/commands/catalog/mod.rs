//! `mpt product`, `mpt program` and `mpt form`

mod list;

use super::shared::Context;
use crate::failure::CommandResult;
use crate::model::Anchor;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    List(list::Args),
}

impl Command {
    pub async fn run(&self, anchor: Anchor, context: &Context) -> CommandResult {
        match self {
            Self::List(args) => list::run(args, anchor, context).await,
        }
    }
}
