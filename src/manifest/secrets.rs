//! Reading the secrets that a manifest refers to.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::file::SecretReference;
use super::variables;
use crate::model::Secret;

/// What became of a reference.
#[derive(Clone, Debug)]
pub enum Read {
    Secret(Secret),
    /// A command, where none may run.
    NotRun,
}

/// Whether commands may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commands {
    /// A plan only: they are left alone.
    Leave,
    Refuse,
    Run,
}

/// What holds credentials of `mpt`, and so is no secret of a webhook.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// The names of environment variables.
    pub variables: Vec<String>,
    pub files: Vec<PathBuf>,
}

/// The longest file that is a secret, in bytes.
const LONGEST_FILE: u64 = 64 * 1024;

/// Reads them, each once however often it is referred to; `None` stands for `None`.
///
/// # Errors
/// Each that cannot be read, or is empty; no part of a secret is told.
pub fn read_all(
    references: Vec<Option<SecretReference>>,
    commands: Commands,
    own: &Own,
) -> Vec<Option<Result<Read, String>>> {
    let mut known: HashMap<SecretReference, Result<Read, String>> = HashMap::new();
    let read = references.into_iter().map(|reference| {
        let reference = reference?;
        if let Some(known) = known.get(&reference) {
            return Some(known.clone());
        }
        let read = read(&reference, commands, own);
        known.insert(reference, read.clone());
        Some(read)
    });
    read.collect()
}

fn read(reference: &SecretReference, commands: Commands, own: &Own) -> Result<Read, String> {
    let (name, secret) = match reference {
        SecretReference::Env(variable) if variables::is_own(variable, &own.variables) => {
            let refused = variables::Error::Own(variable.clone());
            return Err(format!("secret: {refused}"));
        }
        SecretReference::Env(variable) => {
            let text = std::env::var(variable)
                .map_err(|_| format!("secret: the variable {variable} is not set"))?;
            (variable, Secret::new(text))
        }
        SecretReference::File(path) => {
            let text = read_file(path, own).map_err(|why| format!("secret: {path}: {why}"))?;
            (path, Secret::from_text(text))
        }
        SecretReference::Command(words) => {
            let name = words.join(" ");
            match commands {
                Commands::Leave => return Ok(Read::NotRun),
                Commands::Refuse => {
                    return Err(format!(
                        "secret: the command `{name}` is not run without --allow-commands"
                    ));
                }
                Commands::Run => {}
            }
            let text = run(words).map_err(|why| format!("secret: the command `{name}` {why}"))?;
            (&name.clone(), Secret::from_text(text))
        }
    };
    if secret.expose().is_empty() {
        return Err(format!("secret: what {name} holds is empty"));
    }
    Ok(Read::Secret(secret))
}

/// A file that a secret may be in: not what the system makes up, such as an environment, and nothing
/// of our own.
fn read_file(path: &str, own: &Own) -> Result<String, String> {
    let failed = |error: std::io::Error| error.to_string();
    let path = std::fs::canonicalize(path).map_err(failed)?;
    let metadata = std::fs::metadata(&path).map_err(failed)?;
    let is_own = own
        .files
        .iter()
        .any(|file| file.canonicalize().is_ok_and(|file| file == path));
    if is_own {
        return Err("it holds credentials of mpt".to_owned());
    }
    let is_made_up = ["/proc", "/sys", "/dev"]
        .iter()
        .any(|made| path.starts_with(made));
    if is_made_up || !metadata.is_file() {
        return Err("it is not a plain file".to_owned());
    }
    if metadata.len() > LONGEST_FILE {
        return Err(format!("it is longer than {} KiB", LONGEST_FILE / 1024));
    }
    std::fs::read_to_string(&path).map_err(failed)
}

fn run(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("has no words")?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| "did not print text".to_owned())
}
