//! `mpt config …`

mod check;
mod get;
mod import;
mod init;
mod list;
mod path;
mod remove;
mod set;
mod show;
mod unset;
mod use_;

use clap::Subcommand;

use super::shared::Context;
use crate::failure::CommandResult;

/// Manage profiles: addresses and tokens of the platform
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub enum Command {
    Init(init::Args),
    Import(import::Args),
    #[command(visible_alias = "ls")]
    List(list::Args),
    Show(show::Args),
    Get(get::Args),
    Set(set::Args),
    Unset(unset::Args),
    Use(use_::Args),
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
    Path(path::Args),
    Check(check::Args),
}

impl Command {
    pub fn uses_profile(&self) -> bool {
        matches!(self, Self::Show(_) | Self::Check(_))
    }

    pub async fn run(&self, context: &Context) -> CommandResult {
        match self {
            Self::Init(args) => init::run(args, context).await,
            Self::Import(args) => import::run(args, context),
            Self::List(args) => list::run(args, context),
            Self::Show(args) => show::run(args, context),
            Self::Get(args) => get::run(args, context),
            Self::Set(args) => set::run(args, context).await,
            Self::Unset(args) => unset::run(args, context),
            Self::Use(args) => use_::run(args, context),
            Self::Remove(args) => remove::run(args, context).await,
            Self::Path(args) => path::run(args, context),
            Self::Check(args) => check::run(args, context).await,
        }
    }
}
