//! The commands: one file for each verb, with its arguments, its `run` and the view of its result.
//! A verb that needs more is a folder. `shared` holds what two or more verbs use.

mod api;
mod completions;
mod config;
mod endpoint;
mod enrollment;
mod help;
pub mod help_groups;
pub mod lazy;
mod man;
mod order;
pub mod other_words;
mod sandbox;
pub mod shared;
mod status;
pub mod verb;
mod webhook;

use std::pin::Pin;
use std::time::Duration;

use crate::failure::CommandResult;
use shared::Context;
use shared::unless_interrupted;
use verb::verbs;

verbs! {
    pub enum Command {
        Status(status::Args),
        /// Create, show, change and diagnose webhooks
        #[command(subcommand, aliases = ["webhooks", "wh"])]
        Webhook(webhook::Command),
        /// Develop and test the endpoints that webhooks call
        #[command(subcommand, alias = "endpoints")]
        Endpoint(endpoint::Command),
        /// Find orders, and validate them for real
        #[command(subcommand, alias = "orders")]
        Order(order::Command),
        /// Validate enrollments for real
        #[command(subcommand, alias = "enrollments")]
        Enrollment(enrollment::Command),
        /// Manage profiles: addresses and tokens of the platform
        #[command(subcommand)]
        Config(config::Command),
        /// Run a local sandbox of the platform
        #[command(subcommand)]
        Sandbox(sandbox::Command),
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
    // Boxed, it is compiled once, and not for each place that awaits it.
    let work: Work<'_> = Box::pin(command.run(context));
    let shown = show_waiting(work, context);
    match command.handles_signals() {
        true => shown.await,
        false => unless_interrupted(context, shown).await,
    }
}

type Work<'w> = Pin<Box<dyn Future<Output = CommandResult> + 'w>>;

/// Awaits the work of a command. A terminal shows that something is under way while it waits.
async fn show_waiting(work: Work<'_>, context: &Context) -> CommandResult {
    if !context.ui.shows_waiting() {
        return work.await;
    }
    let ticks = async {
        loop {
            tokio::time::sleep(TICK).await;
            context.ui.tick();
        }
    };
    tokio::select! {
        biased;
        result = work => result,
        never = ticks => never,
    }
}
