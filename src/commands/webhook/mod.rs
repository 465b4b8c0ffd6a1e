//! `mpt webhook …`

mod apply;
mod body;
mod body_file;
mod create;
mod delete;
mod desired;
mod diff;
mod export;
mod filter;
mod ids;
mod list;
mod listen;
mod plan_view;
mod replay;
mod rotate_secret;
mod rows;
mod secret;
mod settle;
mod show;
mod switch;
mod target;
mod trigger;
mod typed;
mod update;
mod verdict;
mod verify;
mod watch;

use clap::Subcommand;

use crate::commands::shared::Context;

/// Create, show and change webhooks, and develop their endpoints
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub enum Command {
    Create(create::Args),
    Show(show::Args),
    #[command(visible_alias = "ls")]
    List(list::Args),
    Update(update::Args),
    Enable(switch::EnableArgs),
    Disable(switch::DisableArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
    RotateSecret(rotate_secret::Args),
    Apply(apply::Args),
    Diff(diff::Args),
    Export(export::Args),
    Trigger(trigger::Args),
    Listen(listen::Args),
    Replay(replay::Args),
    Verify(verify::Args),
    Watch(watch::Args),
}

impl Command {
    pub fn ends_itself(&self) -> bool {
        matches!(self, Self::Watch(_) | Self::Listen(_) | Self::Apply(_))
    }

    pub async fn run(&self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Create(args) => create::run(args, context).await,
            Self::Show(args) => show::run(args, context).await,
            Self::List(args) => list::run(args, context).await,
            Self::Update(args) => update::run(args, context).await,
            Self::Enable(args) => switch::run(&args.ids, true, context).await,
            Self::Disable(args) => switch::run(&args.ids, false, context).await,
            Self::Delete(args) => delete::run(args, context).await,
            Self::RotateSecret(args) => rotate_secret::run(args, context).await,
            Self::Apply(args) => apply::run(args, context).await,
            Self::Diff(args) => diff::run(args, context).await,
            Self::Export(args) => export::run(args, context).await,
            Self::Trigger(args) => trigger::run(args, context).await,
            Self::Listen(args) => listen::run(args, context).await,
            Self::Replay(args) => replay::run(args, context).await,
            Self::Verify(args) => verify::run(args, context).await,
            Self::Watch(args) => watch::run(args, context).await,
        }
    }
}
