//! The commands: one file a verb, with its arguments, what it runs, and how its result is shown.

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
    /// Whether the values in force matter to it.
    pub fn uses_profile(&self) -> bool {
        match self {
            Self::Webhook(_) => true,
            Self::Config(command) => command.uses_profile(),
            _ => false,
        }
    }

    /// Runs it; Ctrl-C ends it wherever it is, unless it handles signals itself.
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
