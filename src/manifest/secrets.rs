//! Reading the secrets that a manifest refers to.

use std::collections::HashMap;
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

/// Reads them, each once however often it is referred to; `None` stands for `None`.
///
/// # Errors
/// Each that cannot be read, or is empty; no part of a secret is told.
pub fn read_all(
    references: Vec<Option<SecretReference>>,
    commands: Commands,
) -> Vec<Option<Result<Read, String>>> {
    let mut known: HashMap<SecretReference, Result<Read, String>> = HashMap::new();
    let read = references.into_iter().map(|reference| {
        let reference = reference?;
        if let Some(known) = known.get(&reference) {
            return Some(known.clone());
        }
        let read = read(&reference, commands);
        known.insert(reference, read.clone());
        Some(read)
    });
    read.collect()
}

fn read(reference: &SecretReference, commands: Commands) -> Result<Read, String> {
    let (name, secret) = match reference {
        SecretReference::Env(variable) if variables::is_own(variable) => {
            let refused = variables::Error::Own(variable.clone());
            return Err(format!("secret: {refused}"));
        }
        SecretReference::Env(variable) => {
            let text = std::env::var(variable)
                .map_err(|_| format!("secret: the variable {variable} is not set"))?;
            (variable, Secret::new(text))
        }
        SecretReference::File(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("secret: cannot read {path}: {error}"))?;
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
