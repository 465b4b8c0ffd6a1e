//! `mpt config set`

use std::path::Path;

use clap_complete::engine::ArgValueCandidates;
use toml_edit::value;

use super::get::check_key;
use super::{target, token};
use crate::commands::shared::{Context, candidates};
use crate::config::TokenSource;
use crate::config::edit::{edit_profile, set, set_token};
use crate::config::profile::check_value;
use crate::failure::Failure;

/// Change one value of the profile in force
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config set timeout 60s

  A token only ever comes from standard input:
    mpt config set token - < token.txt

  Or from a password manager, each time:
    mpt config set token_command pass show mpt
    mpt config set token_command -- op read op://work/mpt --no-newline")]
pub struct Args {
    /// The key
    #[arg(add = ArgValueCandidates::new(candidates::config_keys))]
    key: String,

    /// The value; for token `-`, which reads standard input; for token_command its words
    #[arg(required = true)]
    value: Vec<String>,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    context.console.no_result()?;
    check_key(&args.key)?;
    let mut file = context.config_file()?;
    let name = target::in_force(context, &file)?;
    if args.key == "token_command" {
        let source = token::command_words(&args.value)?;
        file.edit(|document| {
            edit_profile(document, &name, |table| set_token(table, &source));
        })?;
        return said(args, &name, context);
    }
    let [text] = &args.value[..] else {
        return Err(Failure::usage(format!("{} takes one value", args.key)).into());
    };
    let source = match args.key.as_str() {
        "token" if text == "-" => Some(TokenSource::Literal(token::from_stdin().await?)),
        "token" => {
            return Err(Failure::usage(
                "a token on the command line is visible to everyone on this machine",
            )
            .with_hint("mpt config set token - reads it from standard input")
            .into());
        }
        "token_env" => Some(TokenSource::Env(text.clone())),
        "token_file" => Some(token::file(Path::new(text))?),
        _ => None,
    };
    let text = match args.key.as_str() {
        "ca_file" => token::absolute(Path::new(text))?
            .to_string_lossy()
            .into_owned(),
        _ => text.clone(),
    };
    if args.key != "token" {
        check_value(&args.key, &text)
            .map_err(|why| Failure::usage(format!("{}: {why}", args.key)))?;
    }
    file.edit(|document| {
        edit_profile(document, &name, |table| match &source {
            Some(source) => set_token(table, source),
            None => set(table, &args.key, value(&text)),
        });
    })?;
    said(args, &name, context)
}

fn said(args: &Args, name: &str, context: &Context) -> anyhow::Result<()> {
    context
        .console
        .note(&format!("{} of profile `{name}` is set", args.key));
    Ok(())
}
