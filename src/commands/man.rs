//! `mpt man DIR`

use std::fs;
use std::path::PathBuf;

use crate::commands::shared::Context;
use crate::failure::{CommandResult, Failure};
use crate::reporter::Reporter;

/// Write manual pages into a folder, one for each command
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Install the pages for your user:
    mpt man ~/.local/share/man/man1

  Read one without installing it:
    mpt man man && man ./man/mpt-webhook-create.1")]
pub struct Args {
    /// Folder; created if it does not exist
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

pub fn run(args: &Args, context: &Context) -> CommandResult {
    context.ui.no_result()?;
    let failed = |error: std::io::Error| Failure::file("write", &args.folder, &error);
    fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to((context.command_line)(), &args.folder).map_err(failed)?;
    let pages = fs::read_dir(&args.folder).map_err(failed)?.count();
    context
        .ui
        .note(&format!("Wrote {pages} files to {}", args.folder.display()));
    Ok(())
}
