//! Reads the secrets that a manifest refers to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::manifest::file::SecretReference;
use crate::manifest::{ResolvedSecret, variables};
use crate::model::Secret;
use crate::model::secret::member_of;
use crate::system::{files, program};
use crate::text::plain;

/// Whether commands may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandPolicy {
    /// Commands are not run, as for a plan.
    Leave,
    Refuse,
    Run,
}

/// The sources of `mpt`'s own credentials, which manifests must not use.
#[derive(Clone, Debug, Default)]
pub struct CredentialSources {
    /// The names of environment variables.
    pub variables: Vec<String>,
    pub files: Vec<PathBuf>,
    /// Why the sources are not known: the configuration cannot be read. Any variable may then be one.
    pub unknown: Option<String>,
}

impl CredentialSources {
    pub fn has_variable(&self, name: &str) -> bool {
        self.unknown.is_some() || variables::is_reserved(name, &self.variables)
    }
}

/// The files that secrets may be read from; all others may belong to someone else.
#[derive(Clone, Debug, Default)]
pub struct AllowedFiles {
    /// The folders of the manifests: all files below them.
    pub folders: Vec<PathBuf>,
    pub files: Vec<PathBuf>,
}

impl AllowedFiles {
    /// `path` is canonical.
    fn allow(&self, path: &Path) -> bool {
        let below = |folder: &PathBuf| files::is_below(path, folder);
        let is_it = |file: &PathBuf| file.canonicalize().is_ok_and(|file| file == path);
        self.folders.iter().any(below) || self.files.iter().any(is_it)
    }
}

/// The maximum size of a secret file, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// Reads each secret once, even if it is referred to several times; `None` stays `None`.
///
/// # Errors
/// All secrets that cannot be read or are empty; messages contain no part of a secret.
pub async fn resolve(
    references: Vec<Option<SecretReference>>,
    commands: CommandPolicy,
    reserved: &CredentialSources,
    allowed: &AllowedFiles,
) -> Vec<Option<Result<ResolvedSecret, String>>> {
    let mut known: HashMap<SecretReference, Result<ResolvedSecret, String>> = HashMap::new();
    let mut resolved = Vec::new();
    for reference in references {
        let Some(reference) = reference else {
            resolved.push(None);
            continue;
        };
        let result = match known.get(&reference) {
            Some(result) => result.clone(),
            None => read(&reference, commands, reserved, allowed)
                .await
                .map_err(|error| plain::os_errors(&format!("secret: {error:#}")).into_owned()),
        };
        known.insert(reference, result.clone());
        resolved.push(Some(result));
    }
    resolved
}

async fn read(
    reference: &SecretReference,
    commands: CommandPolicy,
    reserved: &CredentialSources,
    allowed: &AllowedFiles,
) -> anyhow::Result<ResolvedSecret> {
    let (name, secret) = match reference {
        SecretReference::Env { env: name, .. } if reserved.has_variable(name) => {
            match &reserved.unknown {
                Some(why) => bail!("{name} may contain credentials of mpt: {why}"),
                None => bail!("{}", variables::Error::Reserved(name.clone())),
            }
        }
        SecretReference::Env { env: name, key } => {
            let text = std::env::var(name);
            let text =
                text.map_err(|_| anyhow::anyhow!("the environment variable {name} is not set"))?;
            let (name, text) = match key {
                Some(key) => {
                    let member = member_of(&text, key);
                    let member = member.map_err(|why| anyhow::anyhow!("{name}: {why}"))?;
                    (format!("{name}, key {key}"), member)
                }
                None => (name.clone(), text),
            };
            let secret = Secret::checked(text).map_err(|why| anyhow::anyhow!("{name}: {why}"))?;
            (name, secret)
        }
        SecretReference::File { file: path } => {
            let bytes = read_file(path, reserved, allowed).with_context(|| path.clone())?;
            let secret = Secret::from_bytes(bytes);
            (path.clone(), secret.map_err(|why| anyhow::anyhow!("{path}: {why}"))?)
        }
        SecretReference::Command { command: words } => {
            let name = words.join(" ");
            match commands {
                CommandPolicy::Leave => return Ok(ResolvedSecret::NotRun),
                CommandPolicy::Refuse => {
                    bail!("the command `{name}` is only run with --allow-commands");
                }
                CommandPolicy::Run => {}
            }
            let secret = Secret::from_bytes(program::output_of(words).await?);
            let secret = secret.map_err(|why| anyhow::anyhow!("{name}: {why}"))?;
            (name, secret)
        }
    };
    if secret.expose().is_empty() {
        bail!("{name} is empty");
    }
    Ok(ResolvedSecret::Known(secret))
}

/// Reads a file that may contain a secret: a regular file that is allowed and contains no credentials
/// of `mpt`.
fn read_file(
    path: &str,
    reserved: &CredentialSources,
    allowed: &AllowedFiles,
) -> anyhow::Result<Vec<u8>> {
    let path = std::fs::canonicalize(path)?;
    let metadata = std::fs::metadata(&path)?;
    // A hard link is the same file under another name.
    let is_path = |file: &PathBuf| same_file::is_same_file(file, &path).unwrap_or(false);
    if reserved.files.iter().any(is_path) {
        bail!("it contains credentials of mpt");
    }
    if !allowed.allow(&path) {
        bail!("it is not below the manifest's folder; use --allow-secret-file to allow it");
    }
    if !metadata.is_file() {
        bail!("it is not a regular file");
    }
    if metadata.len() > MAX_FILE {
        bail!("it is longer than {} KiB", MAX_FILE / 1024);
    }
    Ok(files::read(&path, MAX_FILE)?)
}
