//! `mpt completions SHELL`

use clap_complete::env::Shells;

use super::shared::{Context, candidates};
use crate::failure::CommandResult;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Load completions in this bash session:
    source <(mpt completions bash)

  Install them for fish:
    mpt completions fish > ~/.config/fish/completions/mpt.fish")]
pub struct Args {
    #[arg(value_parser = ["bash", "zsh", "fish", "powershell", "elvish"])]
    pub shell: String,
}

pub fn run(args: &Args, context: &Context) -> CommandResult {
    context.ui.no_result()?;
    context
        .ui
        .print(&script(&args.shell).map_err(anyhow::Error::from)?)?;
    Ok(())
}

fn script(shell: &str) -> std::io::Result<String> {
    let mut script = Vec::new();
    if let Some(shell) = Shells::builtins().completer(shell) {
        shell.write_registration(candidates::VARIABLE, "mpt", "mpt", "mpt", &mut script)?;
    }
    String::from_utf8(script).map_err(std::io::Error::other)
}
