//! `mpt config unset`

use clap_complete::engine::ArgValueCandidates;

use super::get::parse_key;
use crate::commands::config::profile_target::current_profile;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::config::edit::edit_profile;
use crate::failure::CommandResult;
use crate::reporter::Reporter;

/// Remove one value from the current profile
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config unset proxy

  Remove a value of another profile:
    mpt config unset token -p staging")]
pub struct Args {
    /// Setting, such as base_url or timeout
    #[arg(add = ArgValueCandidates::new(candidates::config_keys))]
    key: String,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let key = parse_key(&self.key)?;
        let mut file = context.config_file()?;
        let name = current_profile(context, &file)?;
        let mut was_set = false;
        file.edit(|document| {
            edit_profile(document, &name, |table| was_set = table.remove(key.name()).is_some());
        })?;
        let what = if was_set { "is no longer set" } else { "was not set" };
        context.ui.note(&format!("{} of profile `{name}` {what}", self.key));
        Ok(())
    }
}
