//! `mpt config path`

use serde::Serialize;

use crate::commands::shared::Context;
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::ui::{Report, View};

/// Print the path of the configuration file
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config path

  Print the file:
    cat \"$(mpt config path)\"")]
pub struct Args {}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        let report = Report::new(&context.ui, View::line(|found: &ConfigPath| &found.path))?;
        let path = context.config_path()?;
        Ok(report.only(&ConfigPath {
            exists: path.exists(),
            path: path.to_string_lossy().into_owned(),
        })?)
    }
}

#[derive(Serialize)]
struct ConfigPath {
    path: String,
    exists: bool,
}
