//! The commands: one file for each verb, with its arguments, its `run` and the view of its result.

mod completions;
mod config;
mod man;
mod sandbox;
pub mod shared;
mod webhook;

use clap::Subcommand;

use crate::failure::CommandResult;
use shared::Context;
use shared::interrupt::unless_interrupted;

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
    /// Whether the command uses the current settings.
    pub fn uses_profile(&self) -> bool {
        match self {
            Self::Webhook(_) => true,
            Self::Config(command) => command.uses_profile(),
            _ => false,
        }
    }

    /// Runs the command. Ctrl-C ends it, unless the command handles signals itself.
    pub async fn run(&self, context: &Context) -> CommandResult {
        if self.handles_signals() {
            return self.dispatch(context).await;
        }
        unless_interrupted(context, self.dispatch(context)).await
    }

    fn handles_signals(&self) -> bool {
        match self {
            Self::Webhook(command) => command.handles_signals(),
            Self::Sandbox(command) => command.handles_signals(),
            _ => false,
        }
    }

    async fn dispatch(&self, context: &Context) -> CommandResult {
        match self {
            Self::Webhook(command) => command.run(context).await,
            Self::Config(command) => command.run(context).await,
            Self::Sandbox(command) => command.run(context).await,
            Self::Completions(args) => completions::run(args, context),
            Self::Man(args) => man::run(args, context),
        }
    }
}
