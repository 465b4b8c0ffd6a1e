//! The flags that say where to read a secret, and which claims it signs. There is no flag for the secret itself.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use super::{Context, candidates, input};
use crate::failure::Failure;
use crate::model::secret::member_of;
use crate::model::{Secret, Webhook};
use crate::operations::endpoints::target;
use crate::operations::webhooks::secret_file::{self, SecretFile};
use crate::system::files::{shell_quoted, shell_word};
use crate::text::{json, plain};
use crate::ui::Ui;

const HEADING: &str = "Secret";

/// The flags for a secret that exists already.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub struct SecretArg {
    /// Read the secret from a file (`-` for standard input), without its last line break
    #[arg(long, value_name = "FILE", add = candidates::files(), help_heading = HEADING)]
    #[arg(conflicts_with = "secret_env")]
    pub secret_file: Option<PathBuf>,

    /// Read the secret from an environment variable
    #[arg(long, value_name = "VAR", help_heading = HEADING)]
    pub secret_env: Option<String>,

    /// Take this member of a variable that holds a JSON object
    #[arg(long, value_name = "KEY", requires = "secret_env", help_heading = HEADING)]
    pub secret_key: Option<String>,
}

impl SecretArg {
    pub fn reads_stdin(&self) -> bool {
        self.secret_file.as_deref().is_some_and(input::is_stdin)
    }

    pub fn is_given(&self) -> bool {
        self.secret_file.is_some() || self.secret_env.is_some()
    }

    pub async fn read(&self) -> Result<Option<Secret>, Failure> {
        let (secret, name) = if let Some(path) = &self.secret_file {
            let name = input::named("--secret-file", path);
            let bytes = input::raw("--secret-file", path).await?;
            let secret = Secret::from_bytes(bytes);
            (secret.map_err(|why| Failure::usage(format!("{name}: {why}")))?, name)
        } else if let Some(variable) = &self.secret_env {
            let name = format!("--secret-env {variable}");
            let text = std::env::var(variable).map_err(|_| {
                Failure::usage(format!("{name}: the environment variable is not set"))
            })?;
            let text = match &self.secret_key {
                Some(key) => {
                    member_of(&text, key).map_err(|why| Failure::usage(format!("{name}: {why}")))?
                }
                None => text,
            };
            let secret = Secret::checked(text);
            (secret.map_err(|why| Failure::usage(format!("{name}: {why}")))?, name)
        } else {
            return Ok(None);
        };
        if secret.expose().is_empty() {
            return Err(Failure::usage(format!("{name}: the secret is empty")));
        }
        Ok(Some(secret))
    }

    /// The same flags, quoted for a shell.
    pub fn as_flags(&self) -> String {
        match (&self.secret_file, &self.secret_env) {
            (Some(path), _) => format!("--secret-file {}", shell_word(path)),
            (None, variable) => {
                let key = self.secret_key.as_deref().map(shell_quoted);
                let key = key.map_or_else(String::new, |key| format!(" --secret-key {key}"));
                format!("--secret-env {}{key}", variable.as_deref().unwrap_or_default())
            }
        }
    }

    /// The given secret, otherwise that of a webhook; `None`: neither has one.
    ///
    /// # Errors
    /// The webhook has a secret that cannot be read.
    pub async fn or_of(&self, webhook: Option<&Webhook>) -> Result<Option<Secret>, Failure> {
        match (self.read().await?, webhook) {
            (Some(secret), _) => Ok(Some(secret)),
            (None, Some(webhook)) => target::secret_of(webhook),
            (None, None) => Ok(None),
        }
    }

    /// The same for a webhook by its ID. The platform is not contacted if a secret is given.
    pub async fn or_of_id(
        &self,
        id: Option<&str>,
        context: &Context,
    ) -> Result<Option<Secret>, Failure> {
        let webhook = match id {
            Some(id) if !self.is_given() => {
                let session = context.connect().await?;
                Some(target::read(&session, id, "read the secret of").await?)
            }
            _ => None,
        };
        self.or_of(webhook.as_deref()).await
    }
}

/// The flags for a new secret: given or generated.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub struct SecretArgs {
    #[command(flatten)]
    pub source: SecretArg,

    /// Generate a secret of 256 bits and write it to --secret-out
    #[arg(long, requires = "secret_out", help_heading = HEADING)]
    #[arg(conflicts_with_all = ["secret_file", "secret_env"])]
    pub generate_secret: bool,

    /// Write the generated secret to this new file, readable only by you
    #[arg(long, value_name = "FILE", add = candidates::files())]
    #[arg(requires = "generate_secret", help_heading = HEADING)]
    pub secret_out: Option<PathBuf>,
}

impl SecretArgs {
    pub fn is_given(&self) -> bool {
        self.source.is_given() || self.generate_secret
    }

    /// Reads or generates the secret. Nothing is written yet.
    ///
    /// # Errors
    /// The secret cannot be read, or the file for a generated one already exists.
    pub async fn read(&self) -> Result<Option<Secret>, Failure> {
        match &self.secret_out {
            Some(path) => {
                secret_file::check_path(path)?;
                secret_file::generate().map(Some)
            }
            None => self.source.read().await,
        }
    }

    /// Writes a generated secret to its file, before it is sent.
    pub fn write<'u>(
        &self,
        secret: Option<&Secret>,
        ui: &'u Ui,
    ) -> Result<SecretFile<'u>, Failure> {
        match (&self.secret_out, secret) {
            (Some(path), Some(secret)) => SecretFile::write(path, secret, ui),
            _ => Ok(SecretFile::none(ui)),
        }
    }
}

/// The flags for claims of the token, which a secret signs.
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
