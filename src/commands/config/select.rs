//! `mpt config use`

use clap_complete::engine::ArgValueCandidates;
use toml_edit::value;

use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::config::SANDBOX;
use crate::config::edit::set;
use crate::config::resolve::no_such_profile;
use crate::failure::CommandResult;
use crate::reporter::Reporter;

/// Set the default profile
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config use production

  Use the sandbox by default:
    mpt config use sandbox")]
pub struct Args {
    /// Profile name
    #[arg(add = ArgValueCandidates::new(candidates::profiles))]
    name: String,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let mut file = context.config_file()?;
        if self.name != SANDBOX && file.profile(&self.name).is_none() {
            return Err(no_such_profile(&self.name, &file).into());
        }
        file.edit(|document| set(document.as_table_mut(), "default_profile", value(&self.name)))?;
        context.ui.note(&format!("`{}` is the default profile", self.name));
        Ok(())
    }
}
