//! `mpt webhook …`

mod apply;
mod create;
mod delete;
mod diff;
mod disable;
mod doctor;
mod enable;
mod export;
mod history;
mod list;
mod listen;
mod replay;
mod rotate_secret;
mod show;
mod test;
mod trigger;
mod update;
mod verify;
mod watch;

use clap::Subcommand;

use super::shared::Context;
use crate::failure::CommandResult;

/// Create, show and change webhooks, and develop their endpoints
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub enum Command {
    Create(create::Args),
    Show(show::Args),
    #[command(visible_alias = "ls")]
    List(list::Args),
    Update(update::Args),
    Enable(enable::Args),
    Disable(disable::Args),
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
    RotateSecret(rotate_secret::Args),
    Apply(apply::Args),
    Diff(diff::Args),
    Doctor(doctor::Args),
    Export(export::Args),
    History(history::Args),
    Test(test::Args),
    Trigger(trigger::Args),
    Listen(listen::Args),
    Replay(replay::Args),
    Verify(verify::Args),
    Watch(watch::Args),
}

impl Command {
    pub fn handles_signals(&self) -> bool {
        matches!(
            self,
            Self::Watch(_)
                | Self::Listen(_)
                | Self::Apply(_)
                | Self::Enable(_)
                | Self::Disable(_)
                | Self::Delete(_)
                | Self::Test(_)
        )
    }

    pub async fn run(&self, context: &Context) -> CommandResult {
        match self {
            Self::Create(args) => create::run(args, context).await,
            Self::Show(args) => show::run(args, context).await,
            Self::List(args) => list::run(args, context).await,
            Self::Update(args) => update::run(args, context).await,
            Self::Enable(args) => enable::run(args, context).await,
            Self::Disable(args) => disable::run(args, context).await,
            Self::Delete(args) => delete::run(args, context).await,
            Self::RotateSecret(args) => rotate_secret::run(args, context).await,
            Self::Apply(args) => apply::run(args, context).await,
            Self::Diff(args) => diff::run(args, context).await,
            Self::Doctor(args) => doctor::run(args, context).await,
            Self::Export(args) => export::run(args, context).await,
            Self::History(args) => history::run(args, context).await,
            Self::Test(args) => test::run(args, context).await,
            Self::Trigger(args) => trigger::run(args, context).await,
            Self::Listen(args) => listen::run(args, context).await,
            Self::Replay(args) => replay::run(args, context).await,
            Self::Verify(args) => verify::run(args, context).await,
            Self::Watch(args) => watch::run(args, context).await,
        }
    }
}
