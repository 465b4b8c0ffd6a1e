//! The commands, a file a verb: its arguments and what it does with them. Beside them, what verbs
//! share.

mod completions;
mod config;
mod man;
mod sandbox;
pub mod shared;
mod webhook;

use clap::Subcommand;

use shared::Context;

#[derive(Debug, Subcommand)]
pub enum Command {
    #[command(subcommand, visible_aliases = ["webhooks", "wh"])]
    Webhook(Box<webhook::Command>),
    #[command(subcommand)]
    Config(config::Command),
    #[command(subcommand)]
    Sandbox(sandbox::Command),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    pub async fn run(&self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Webhook(command) => command.run(context).await,
            Self::Config(command) => command.run(context).await,
            Self::Sandbox(command) => command.run(context).await,
            Self::Completions(args) => completions::run(args, context),
            Self::Man(args) => man::run(args, context),
        }
    }

    /// Whether the command itself sees to Ctrl-C.
    pub fn ends_itself(&self) -> bool {
        match self {
            Self::Webhook(command) => command.ends_itself(),
            Self::Sandbox(command) => command.ends_itself(),
            _ => false,
        }
    }
}
