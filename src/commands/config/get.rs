//! `mpt config get`

use clap_complete::engine::ArgValueCandidates;
use serde_json::Value;

use super::target;
use crate::commands::shared::{Context, candidates};
use crate::config::profile::{KEYS, TOKEN_KEYS};
use crate::config::{Error as ConfigError, did_you_mean};
use crate::failure::Failure;
use crate::model::url::without_userinfo;
use crate::ui::{Layout, Records, escape};

/// Print one value of the profile in force
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config get base_url

  Tokens are masked:
    mpt config get token -p staging")]
pub struct Args {
    /// The key
    #[arg(add = ArgValueCandidates::new(candidates::config_keys))]
    key: String,
}

pub fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    check_key(&args.key)?;
    let mut records = Records::new(&context.console, layout())?;
    let file = context.config_file()?;
    let name = target::in_force(context, &file)?;
    let profile = file.profile(&name).cloned().unwrap_or_default();
    let token = profile
        .token
        .as_ref()
        .filter(|token| token.key() == args.key);
    let value = match args.key.as_str() {
        "base_url" => profile.base_url,
        "timeout" => profile.timeout,
        "output" => profile.output,
        "ca_file" => profile.ca_file.map(|path| path.display().to_string()),
        "proxy" => profile.proxy.as_deref().map(without_userinfo),
        key if TOKEN_KEYS.contains(&key) => token.map(|token| token.shown()),
        _ => None,
    };
    let value = value.ok_or_else(|| ConfigError::Missing {
        message: format!("{} is not set in profile `{name}`", args.key),
        hint: format!(
            "mpt config set {} … sets it; mpt config show tells what is in force",
            args.key
        ),
    })?;
    records.push(value.into())?;
    Ok(records.finish()?)
}

/// An unknown key is a wrong command line.
pub fn check_key(key: &str) -> Result<(), Failure> {
    if KEYS.contains(&key) {
        return Ok(());
    }
    let near = did_you_mean(key, KEYS);
    Err(Failure::usage(format!("unknown key `{key}`{near}"))
        .with_hint(format!("keys: {}", KEYS.join(", "))))
}

fn layout() -> Layout<Value> {
    Layout::one(Value::clone, |value, _| {
        format!("{}\n", escape::line(value.as_str().unwrap_or_default()))
    })
}
