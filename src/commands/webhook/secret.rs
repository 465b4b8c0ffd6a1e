//! Secrets on their way to the platform: never on the command line, never in a log.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::api::Error as ApiError;
use crate::commands::shared::input;
use crate::failure::{Failure, Kind};
use crate::model::Secret;
use crate::system::files;
use crate::system::random;
use crate::ui::Console;

const HEADING: &str = "Secret";

/// A secret that somebody has already.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct SecretSource {
    /// Take the secret from a file, `-` for standard input; one line end is dropped
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING)]
    #[arg(conflicts_with = "secret_env")]
    pub secret_file: Option<PathBuf>,

    /// Take the secret from an environment variable
    #[arg(long, value_name = "VAR", help_heading = HEADING)]
    pub secret_env: Option<String>,
}

impl SecretSource {
    pub fn reads_stdin(&self) -> bool {
        self.secret_file.as_deref().is_some_and(input::is_stdin)
    }

    pub fn is_given(&self) -> bool {
        self.secret_file.is_some() || self.secret_env.is_some()
    }

    pub async fn read(&self) -> Result<Option<Secret>, Failure> {
        let (secret, name) = if let Some(path) = &self.secret_file {
            let text = input::text("--secret-file", path).await?;
            let name = input::named("--secret-file", path);
            (Secret::from_text(text), name)
        } else if let Some(variable) = &self.secret_env {
            let name = format!("--secret-env {variable}");
            let text = std::env::var(variable)
                .map_err(|_| Failure::usage(format!("{name}: the variable is not set")))?;
            (Secret::new(text), name)
        } else {
            return Ok(None);
        };
        if secret.expose().is_empty() {
            return Err(Failure::usage(format!("{name}: the secret is empty")));
        }
        Ok(Some(secret))
    }
}

/// A secret that a webhook is to have: given, or made.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct SecretArgs {
    #[command(flatten)]
    pub source: SecretSource,

    /// Make a new secret, 256 bits, and write it to --secret-out
    #[arg(long, requires = "secret_out", help_heading = HEADING)]
    #[arg(conflicts_with_all = ["secret_file", "secret_env"])]
    pub generate_secret: bool,

    /// Where a generated secret goes; created 0600, never overwritten
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(requires = "generate_secret", help_heading = HEADING)]
    pub secret_out: Option<PathBuf>,
}

impl SecretArgs {
    pub fn is_given(&self) -> bool {
        self.source.is_given() || self.generate_secret
    }

    /// Reads or makes the secret. Nothing is written yet.
    pub async fn read(&self) -> Result<Option<Secret>, Failure> {
        if self.generate_secret {
            generate().map(Some)
        } else {
            self.source.read().await
        }
    }

    /// Writes a generated secret to its file, before the platform is told.
    pub fn write<'c>(
        &self,
        secret: Option<&Secret>,
        console: &'c Console,
    ) -> Result<SecretFile<'c>, Failure> {
        let (Some(path), Some(secret)) = (&self.secret_out, secret) else {
            return Ok(SecretFile {
                path: None,
                console,
            });
        };
        files::create_private(path, secret.expose().as_bytes())
            .map_err(|error| cannot_write(path, &error))?;
        let file = SecretFile {
            path: Some(path.clone()),
            console,
        };
        console.tell_if_interrupted(&file.kept());
        Ok(file)
    }

    /// What would keep the secret from being written, as far as it can be told without writing.
    pub fn check_out(&self) -> Result<(), Failure> {
        match &self.secret_out {
            Some(path) if path.symlink_metadata().is_ok() => Err(cannot_write(
                path,
                &std::io::ErrorKind::AlreadyExists.into(),
            )),
            _ => Ok(()),
        }
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let name = format!("--secret-out {}", path.display());
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return Failure::usage(format!("{name}: the file exists already"))
            .with_hint("a secret is never written over another file; name a new one");
    }
    Failure::usage(format!("{name}: {error}"))
}

/// 256 bits, which is what HS256 asks of a key, as hexadecimal digits.
fn generate() -> Result<Secret, Failure> {
    let digits = random::hex(32)
        .map_err(|error| Failure::new(Kind::Internal, format!("cannot make a secret: {error}")))?;
    Ok(Secret::new(digits))
}

/// A generated secret on disk, whose webhook may or may not come to have it. Each end of it is told.
#[must_use]
pub struct SecretFile<'c> {
    path: Option<PathBuf>,
    console: &'c Console,
}

impl SecretFile<'_> {
    /// The webhook has this secret.
    pub fn used(self) {
        if let Some(path) = &self.path {
            self.console
                .note(&format!("The secret is in {}", path.display()));
        }
    }

    /// No webhook has this secret: the file goes.
    pub fn unused(self) {
        if let Some(path) = &self.path
            && std::fs::remove_file(path).is_ok()
        {
            self.console.forget_interruption(&self.kept());
            self.console
                .note("The generated secret was not used, and its file is removed");
        }
    }

    /// The webhook may have this secret: the file stays.
    pub fn in_doubt(self) {
        if self.path.is_some() {
            self.console.note(&format!(
                "The webhook may have the new secret: {}",
                self.kept()
            ));
        }
    }

    /// Unused, or in doubt, as the error of the request tells.
    pub fn after(self, error: &ApiError) {
        if error.leaves_fate_unknown() {
            self.in_doubt()
        } else {
            self.unused()
        }
    }

    fn kept(&self) -> String {
        let path = self
            .path
            .as_ref()
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        format!("the generated secret is kept in {path}")
    }
}
