//! `mpt sandbox …`

mod fire;
mod path;
mod reset;
mod serve;
mod token;

use std::path::PathBuf;

use super::shared::candidates;
use super::verb::verbs;
use crate::sandbox;
use crate::system::files::shell_word;
use crate::system::folders;

verbs! {
    /// Run a local sandbox of the platform
    ///
    /// The sandbox implements the webhook API with a SQLite database on this machine. Nothing in it
    /// reaches the platform. The profile `sandbox` runs it inside each command; `serve` makes it available
    /// to other programs.
    #[command(arg_required_else_help = true)]
    #[command(after_long_help = "\
Examples:
  Use it inside a command:
    mpt -p sandbox webhook list

  Serve it for other programs:
    mpt sandbox serve")]
    pub enum Command {
        Serve(serve::Args),
        Fire(fire::Args),
        Token(token::Args),
        Reset(reset::Args),
        Path(path::Args),
    }
}

#[derive(Debug, clap::Args)]
struct DataArgs {
    /// Use this database file instead of the one in the data folder
    #[arg(long, value_name = "FILE", add = candidates::files())]
    data: Option<PathBuf>,
}

impl DataArgs {
    fn path(&self) -> Result<PathBuf, sandbox::Error> {
        match &self.data {
            Some(path) => Ok(path.clone()),
            None => sandbox::default_path(folders::data()),
        }
    }

    /// The same flag, after a space, quoted for a shell.
    fn as_flag(&self) -> String {
        let path = self.data.as_deref().map(shell_word);
        path.map_or_else(String::new, |path| format!(" --data {path}"))
    }
}
