//! The commands: one file for each verb, with its arguments, its `run` and the view of its result.
//! A verb that needs more is a folder. `shared` holds what two or more verbs use.

mod api;
mod completions;
mod config;
mod endpoint;
mod enrollment;
mod help;
pub mod help_groups;
mod lazy;
mod man;
mod order;
pub mod other_words;
mod sandbox;
pub mod shared;
mod status;
pub mod verb;
mod webhook;

use std::time::Duration;

use crate::failure::CommandResult;
use lazy::Lazy;
use shared::Context;
use shared::unless_interrupted;
use verb::verbs;

verbs! {
    pub enum Command {
        Status(status::Args),
        /// Create, show, change and diagnose webhooks
        #[command(subcommand, aliases = ["webhooks", "wh"])]
        Webhook(Lazy<webhook::Command>),
        /// Develop and test the endpoints that webhooks call
        #[command(subcommand, alias = "endpoints")]
        Endpoint(Lazy<endpoint::Command>),
        /// Find orders, and validate them for real
        #[command(subcommand, alias = "orders")]
        Order(Lazy<order::Command>),
        /// Validate enrollments for real
        #[command(subcommand, alias = "enrollments")]
        Enrollment(Lazy<enrollment::Command>),
        /// Manage profiles: addresses and tokens of the platform
        #[command(subcommand)]
        Config(Lazy<config::Command>),
        /// Run a local sandbox of the platform
        #[command(subcommand)]
        Sandbox(Lazy<sandbox::Command>),
        Api(api::Args),
        Completions(completions::Args),
        Man(man::Args),
        Help(help::Args),
    }
}

/// How often the progress indicator is redrawn.
const TICK: Duration = Duration::from_millis(100);

/// Runs the command. Ctrl-C ends it, unless the command handles signals itself.
pub async fn run(command: &Command, context: &Context) -> CommandResult {
    if command.handles_signals() {
        return show_waiting(command, context).await;
    }
    unless_interrupted(context, show_waiting(command, context)).await
}

/// Runs the command. A terminal shows that something is under way while it waits.
async fn show_waiting(command: &Command, context: &Context) -> CommandResult {
    if !context.ui.shows_waiting() {
        return command.run(context).await;
    }
    let ticks = async {
        loop {
            tokio::time::sleep(TICK).await;
            context.ui.tick();
        }
    };
    tokio::select! {
        biased;
        result = command.run(context) => result,
        never = ticks => never,
    }
}
