//! `mpt config remove`

use clap_complete::engine::ArgValueCandidates;

use crate::commands::shared::{Context, candidates, confirm};
use crate::commands::verb::Verb;
use crate::config::SANDBOX;
use crate::config::edit::remove_profile;
use crate::config::resolve::no_such_profile;
use crate::failure::{CommandResult, Failure};
use crate::reporter::Reporter;
use crate::text::MPT;

/// Remove a profile and its token
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config remove staging

  In a script, without confirmation:
    mpt config remove staging --yes")]
pub struct Args {
    /// Profile name
    #[arg(add = ArgValueCandidates::new(candidates::profiles))]
    name: String,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let name = &self.name;
        if name == SANDBOX {
            return Err(Failure::usage("the profile `sandbox` is built in")
                .with_hint("empty it with mpt sandbox reset")
                .into());
        }
        let mut file = context.config_file()?;
        if file.profile(name).is_none() {
            return Err(no_such_profile(name, &file).into());
        }
        let question = format!("Remove profile `{name}` and its token?");
        confirm::or_yes(self.yes, &question, context).await?;
        let was_default = file.default_profile.as_deref() == Some(name);
        file.edit(|document| {
            remove_profile(document, name);
            if was_default {
                document.remove("default_profile");
            }
        })?;
        context.ui.note(&format!("Removed profile `{name}`"));
        if was_default {
            context.ui.note(&format!(
                "It was the default; set another default with {MPT} config use NAME"
            ));
        }
        Ok(())
    }
}
