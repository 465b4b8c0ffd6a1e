//! `mpt config rename`

use clap_complete::engine::ArgValueCandidates;
use toml_edit::value;

use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::config::SANDBOX;
use crate::config::edit::{rename_profile, set};
use crate::config::profile::objection_to_name;
use crate::config::resolve::no_such_profile;
use crate::failure::{CommandResult, Failure, Kind};
use crate::reporter::Reporter;

/// Rename a profile
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config rename default production

  Rename a profile of another configuration file:
    mpt config rename staging test --config ci.toml")]
pub struct Args {
    /// Profile name
    #[arg(value_name = "OLD", add = ArgValueCandidates::new(candidates::profiles))]
    old: String,

    /// New name
    #[arg(value_name = "NEW")]
    new: String,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let (old, new) = (&self.old, &self.new);
        if [old, new].into_iter().any(|name| name == SANDBOX) {
            return Err(Failure::usage("the profile `sandbox` is built in").into());
        }
        if let Some(objection) = objection_to_name(new) {
            return Err(Failure::usage(objection).into());
        }
        let mut file = context.config_file()?;
        file.try_edit(|document, current| {
            if current.profile(old).is_none() {
                return Err(Failure::from(no_such_profile(old, current)));
            }
            if old != new && current.profile(new).is_some() {
                return Err(Failure::new(Kind::Config, format!("profile `{new}` exists already")));
            }
            rename_profile(document, old, new);
            if current.default_profile.as_deref() == Some(old) {
                set(document.as_table_mut(), "default_profile", value(new));
            }
            Ok(())
        })?;
        context.ui.note(&format!("Renamed profile `{old}` to `{new}`"));
        Ok(())
    }
}
