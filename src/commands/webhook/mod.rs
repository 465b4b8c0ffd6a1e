//! `mpt webhook …`: webhooks that are registered on the platform

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
mod rotate_secret;
mod show;
mod update;
mod watch;

use super::verb::verbs;

verbs! {
    /// Create, show, change and diagnose webhooks
    #[command(arg_required_else_help = true, after_help = "The servers behind webhooks: mpt endpoint --help")]
    #[command(after_long_help = "\
Examples:
  Create one by answering questions:
    mpt webhook create

  See which are failing, and why:
    mpt webhook list --failing
    mpt webhook doctor

The servers behind webhooks: mpt endpoint --help")]
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
        Doctor(doctor::Args),
        Watch(watch::Args),
        History(history::Args),
        Apply(apply::Args),
        Diff(diff::Args),
        Export(export::Args),
    }
}
