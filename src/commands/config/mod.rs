//! `mpt config …`

mod check;
mod get;
mod import;
mod init;
mod list;
mod path;
mod profile_target;
mod remove;
mod rename;
mod select;
mod set;
mod show;
mod token_source;
mod unset;

use super::verb::verbs;

verbs! {
    /// Manage profiles: addresses and tokens of the platform
    #[command(arg_required_else_help = true)]
    #[command(after_long_help = "\
Examples:
  Set up a profile by answering questions:
    mpt config init

  Try the current profile:
    mpt config check")]
    pub enum Command {
        Init(init::Args),
        Import(import::Args),
        #[command(visible_alias = "ls")]
        List(list::Args),
        Show(show::Args),
        Get(get::Args),
        Set(set::Args),
        Unset(unset::Args),
        #[command(name = "use")]
        Select(select::Args),
        #[command(visible_alias = "rm")]
        Remove(remove::Args),
        Rename(rename::Args),
        Path(path::Args),
        Check(check::Args),
    }
}
