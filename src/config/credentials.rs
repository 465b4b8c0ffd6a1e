//! Reads the token and the `ca_file` of the current settings.

use std::path::{Path, PathBuf};

use super::resolve::{Source, Sourced};
use super::{Error, Settings, TokenSource};
use crate::model::Secret;
use crate::system::files::{self, shell_word};
use crate::text::MPT;

/// A file that other users can change could make them run any command.
fn check_owner(file: &Path) -> Result<(), Error> {
    let Some(why) = files::others_who_can_write(file) else {
        return Ok(());
    };
    Err(Error::File {
        path: file.to_owned(),
        line: None,
        message: format!("token_command is not run: {why}"),
        hint: Some(format!("chmod 600 {}", shell_word(file))),
    })
}

impl Settings {
    /// Reads the token from its source.
    pub async fn token(&self) -> Result<Secret, Error> {
        let Some(token) = &self.token else {
            return Err(self.no_token());
        };
        if let (TokenSource::Command(_), Some(file)) = (&token.value, &self.file) {
            check_owner(file)?;
        }
        token.value.read().await
    }

    /// What a user should know about the place that the token comes from.
    pub fn token_warning(&self) -> Option<String> {
        match &self.token.as_ref()?.value {
            TokenSource::File(path) if files::is_open_to_others(path) => Some(format!(
                "other users can read the token in {}; chmod 600 {}",
                path.display(),
                shell_word(path)
            )),
            _ => None,
        }
    }

    /// The path and the content of the `ca_file`.
    pub async fn ca_file(&self) -> Result<Option<(PathBuf, Vec<u8>)>, Error> {
        let Some(Sourced { value: path, .. }) = &self.ca_file else {
            return Ok(None);
        };
        let pem = files::read_in_background(path, files::MAX_INPUT).await;
        let pem = pem.and_then(files::decoded).map_err(|error| Error::Value {
            name: "ca_file".to_owned(),
            message: format!("cannot read {}: {error}", path.display()),
        })?;
        Ok(Some((path.clone(), pem)))
    }

    /// How to replace a token that the platform does not accept.
    pub fn token_hint(&self) -> String {
        let Some(token) = &self.token else {
            return format!("set a token with {MPT} config set token -");
        };
        match (&token.source, &token.value) {
            (Source::Env(name), _) => format!("set another token in {name}"),
            (_, TokenSource::Env(name)) => format!("set another token in {name}"),
            (_, TokenSource::File(path)) => format!("write another token to {}", path.display()),
            (_, TokenSource::Command(_)) => {
                "the token comes from token_command; run it to see what it prints".to_owned()
            }
            (_, TokenSource::Literal(_)) => {
                format!("set another token with {MPT} config set token -")
            }
        }
    }

    fn no_token(&self) -> Error {
        match &self.profile {
            Some(profile) => Error::Missing {
                message: format!("profile `{}` has no token", profile.value),
                hint: format!("set one with {MPT} config set token -, which reads standard input"),
            },
            None if self.is_token_env_empty => Error::Missing {
                message: "MPT_API_TOKEN is set, but empty".to_owned(),
                hint: "set it to a token; in CI, a pull request from a fork gets no secrets"
                    .to_owned(),
            },
            None if !self.known_profiles.is_empty() => Error::Missing {
                message: "no profile is selected, and MPT_API_TOKEN is not set".to_owned(),
                hint: format!(
                    "choose one with -p ({}), or set the default with {MPT} config use NAME",
                    self.known_profiles.join(", ")
                ),
            },
            None => Error::Missing {
                message: "no profile is configured and MPT_API_TOKEN is not set".to_owned(),
                hint: format!(
                    "create a profile with {MPT} config init, or use -p sandbox, which needs no profile and runs locally"
                ),
            },
        }
    }
}
