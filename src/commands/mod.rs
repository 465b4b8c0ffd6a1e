//! The commands: one file for each verb, with its arguments, its `run` and the view of its result.

mod api;
mod catalog;
mod completions;
mod config;
mod enrollment;
mod help;
mod lazy;
mod man;
mod order;
mod sandbox;
pub mod shared;
mod webhook;

use std::time::Duration;

use clap::Subcommand;

use crate::failure::CommandResult;
use crate::model::Anchor;
use lazy::Lazy;
use shared::Context;
use shared::interrupt::unless_interrupted;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create, show and change webhooks, and develop their endpoints
    #[command(subcommand, aliases = ["webhooks", "wh"])]
    Webhook(Lazy<webhook::Command>),
    /// Show products and which webhook types they cover
    #[command(subcommand, alias = "products")]
    Product(Lazy<catalog::Command>),
    /// Show programs and which webhook types they cover
    #[command(subcommand, alias = "programs")]
    Program(Lazy<catalog::Command>),
    /// Show forms and whether they have a webhook
    #[command(subcommand, alias = "forms")]
    Form(Lazy<catalog::Command>),
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

/// How often the progress indicator is redrawn.
const TICK: Duration = Duration::from_millis(100);

impl Command {
    /// Whether the command uses the current settings.
    pub fn uses_profile(&self) -> bool {
        match self {
            Self::Webhook(_)
            | Self::Order(_)
            | Self::Enrollment(_)
            | Self::Api(_)
            | Self::Product(_)
            | Self::Program(_)
            | Self::Form(_) => true,
            Self::Config(command) => command.uses_profile(),
            _ => false,
        }
    }

    /// Runs the command. Ctrl-C ends it, unless the command handles signals itself.
    pub async fn run(&self, context: &Context) -> CommandResult {
        if self.handles_signals() {
            return self.work(context).await;
        }
        unless_interrupted(context, self.work(context)).await
    }

    fn handles_signals(&self) -> bool {
        match self {
            Self::Webhook(command) => command.handles_signals(),
            Self::Sandbox(command) => command.handles_signals(),
            _ => false,
        }
    }

    /// Runs the command. A terminal shows that something is under way while it waits.
    async fn work(&self, context: &Context) -> CommandResult {
        if !context.ui.shows_waiting() {
            return self.dispatch(context).await;
        }
        let ticks = async {
            loop {
                tokio::time::sleep(TICK).await;
                context.ui.tick();
            }
        };
        tokio::select! {
            biased;
            result = self.dispatch(context) => result,
            never = ticks => never,
        }
    }

    async fn dispatch(&self, context: &Context) -> CommandResult {
        match self {
            Self::Webhook(command) => command.run(context).await,
            Self::Product(command) => command.run(Anchor::Product, context).await,
            Self::Program(command) => command.run(Anchor::Program, context).await,
            Self::Form(command) => command.run(Anchor::Form, context).await,
            Self::Order(command) => command.run(context).await,
            Self::Enrollment(command) => command.run(context).await,
            Self::Config(command) => command.run(context).await,
            Self::Sandbox(command) => command.run(context).await,
            Self::Api(args) => api::run(args, context).await,
            Self::Completions(args) => completions::run(args, context),
            Self::Man(args) => man::run(args, context),
            Self::Help(args) => help::run(args, context),
        }
    }
}
