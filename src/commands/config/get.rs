//! `mpt config get`

use clap_complete::engine::ArgValueCandidates;

use crate::commands::config::profile_target::current_profile;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::config::{Error as ConfigError, Key};
use crate::failure::{CommandResult, Failure};
use crate::text::MPT;
use crate::text::did_you_mean;
use crate::ui::{Report, View};

/// Print one value of the current profile
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config get base_url

  Tokens are masked:
    mpt config get token -p staging")]
pub struct Args {
    /// Setting, such as base_url or timeout
    #[arg(add = ArgValueCandidates::new(candidates::config_keys))]
    key: String,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        let key = parse_key(&self.key)?;
        let report = Report::new(&context.ui, View::line(|value: &String| value))?;
        let file = context.config_file()?;
        let name = current_profile(context, &file)?;
        let profile = file.profile(&name);
        let value = profile.and_then(|profile| profile.shown(key));
        let value = value.ok_or_else(|| ConfigError::Missing {
            message: format!("{} is not set in profile `{name}`", self.key),
            hint: format!(
                "set it with {MPT} config set {} …; see the current settings with {MPT} config show",
                self.key
            ),
        })?;
        Ok(report.only(&value)?)
    }
}

/// An unknown key is a usage error.
pub fn parse_key(name: &str) -> Result<Key, Failure> {
    Key::find(name).ok_or_else(|| {
        let near = did_you_mean(name, Key::names());
        let known: Vec<_> = Key::names().collect();
        Failure::usage(format!("unknown key `{name}`{near}"))
            .with_hint(format!("keys: {}", known.join(", ")))
    })
}
