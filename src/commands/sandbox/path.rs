//! `mpt sandbox path`

use serde::Serialize;

use super::DataArgs;
use crate::commands::shared::Context;
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::ui::{Report, View};

/// Print the path of the sandbox's database
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt sandbox path

  Read it with another program:
    sqlite3 \"$(mpt sandbox path)\" 'select id, type from webhooks'")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        let report = Report::new(&context.ui, View::line(|data: &DataPath| &data.path))?;
        let path = self.data.path()?.to_string_lossy().into_owned();
        Ok(report.only(&DataPath { path })?)
    }
}

#[derive(Serialize)]
struct DataPath {
    path: String,
}
