//! `mpt config set`

use std::path::Path;

use clap_complete::engine::ArgValueCandidates;
use toml_edit::value;

use super::get::parse_key;
use crate::commands::config::profile_target::current_profile;
use crate::commands::config::token_source;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::config::edit::{edit_profile, set, set_token};
use crate::config::{Key, TokenSource};
use crate::failure::{CommandResult, Failure};
use crate::reporter::Reporter;
use crate::text::MPT;

/// Change one value of the current profile
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config set timeout 60s

  Set the token, from standard input:
    mpt config set token - < token.txt

  Read the token from a password manager each time:
    mpt config set token_command pass show mpt
    mpt config set token_command -- op read op://work/mpt --no-newline")]
pub struct Args {
    /// Setting, such as base_url or timeout
    #[arg(add = ArgValueCandidates::new(candidates::config_keys))]
    key: String,

    /// Value; for token, `-` to read standard input; for token_command, the words of the command
    #[arg(required = true, add = candidates::config_values())]
    value: Vec<String>,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let key = parse_key(&self.key)?;
        let mut file = context.config_file()?;
        let name = current_profile(context, &file)?;
        let new = self.value(key).await?;
        file.edit(|document| {
            edit_profile(document, &name, |table| match &new {
                NewValue::Token(source) => set_token(table, source),
                NewValue::Text(text) => set(table, key.name(), value(text)),
                NewValue::Bool(is_set) => set(table, key.name(), value(*is_set)),
            });
        })?;
        let note = format!("{} of profile `{name}` is set", self.key);
        context.ui.note(&note);
        Ok(())
    }
}

enum NewValue {
    Token(TokenSource),
    Text(String),
    Bool(bool),
}

impl Args {
    async fn value(&self, key: Key) -> Result<NewValue, Failure> {
        if key == Key::TokenCommand {
            return token_source::command_words(&self.value).map(NewValue::Token);
        }
        let [text] = &self.value[..] else {
            return Err(Failure::usage(format!("{} takes one value", self.key)));
        };
        if key == Key::Token {
            if text == "-" {
                let token = token_source::from_stdin().await?;
                return Ok(NewValue::Token(TokenSource::Literal(token)));
            }
            let message = "a token on the command line is visible to other users of this machine";
            return Err(Failure::usage(message)
                .with_hint(format!("read it from standard input with {MPT} config set token -")));
        }
        // The configuration may be read from another working directory.
        let text = match key {
            Key::CaFile => {
                let path = token_source::absolute(Path::new(text))?;
                path.to_string_lossy().into_owned()
            }
            _ => text.clone(),
        };
        key.check(&text).map_err(|why| Failure::usage(format!("{}: {why}", self.key)))?;
        Ok(match key {
            Key::TokenEnv => NewValue::Token(TokenSource::Env(text)),
            Key::TokenFile => NewValue::Token(token_source::file(Path::new(&text))?),
            Key::Protected => NewValue::Bool(text == "true"),
            _ => NewValue::Text(text),
        })
    }
}
