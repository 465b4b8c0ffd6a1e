//! The flags for claims of the token.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::secret_args::SecretArg;
use super::{candidates, input};
use crate::failure::Failure;
use crate::text::json;
use crate::text::plain;

#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Secret")]
pub struct ClaimArgs {
    /// Add a claim to the token, or replace one, with this text (can be repeated)
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,

    /// Add the claims of this JSON object (`-` for standard input)
    #[arg(long = "claims", value_name = "FILE", add = candidates::files())]
    file: Option<PathBuf>,
}

impl ClaimArgs {
    pub fn is_given(&self) -> bool {
        self.file.is_some() || !self.claims.is_empty()
    }

    pub fn reads_stdin(&self) -> bool {
        self.file.as_deref().is_some_and(input::is_stdin)
    }

    /// The claims of the file, then those of `--claim`.
    ///
    /// # Errors
    /// They cannot be read, or there is no secret to sign them.
    pub async fn read(
        &self,
        secret: &SecretArg,
        has_secret: bool,
    ) -> Result<Map<String, Value>, Failure> {
        let mut claims = Map::new();
        if self.reads_stdin() && secret.reads_stdin() {
            let message = "--claims - and --secret-file - cannot both read standard input";
            return Err(Failure::usage(message));
        }
        if let Some(path) = &self.file {
            let named = input::named("--claims", path);
            let bytes = input::bytes("--claims", path).await?;
            let read = json::parse(&bytes);
            claims = read.map_err(|error| {
                Failure::usage(format!("{named}: not a JSON object: {}", plain::json(&error)))
            })?;
        }
        for text in &self.claims {
            let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
            let (name, value) = pair.ok_or_else(|| {
                Failure::usage(format!("--claim {text}: not NAME=VALUE")).with_hint(
                    "for example --claim https://claims.softwareone.com/accountId=ACC-1111-1111",
                )
            })?;
            claims.insert(name.to_owned(), value.into());
        }
        if !claims.is_empty() && !has_secret {
            return Err(Failure::usage("claims need a secret, which signs the token")
                .with_hint("use --secret-env VAR or --secret-file FILE"));
        }
        Ok(claims)
    }
}
