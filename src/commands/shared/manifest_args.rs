//! The arguments of `apply` and `diff` that name manifests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Context, candidates, input, type_arg};
use crate::config::{TokenSource, accounts};
use crate::failure::Failure;
use crate::manifest::{SavedPlan, SecretPolicy, variables};
use crate::operations::manifests::load::{LoadedManifest, ManifestRequest, invalid_files};
use crate::operations::manifests::resolve_secrets::CredentialSources;
use crate::operations::read_folder::{LeftOut, files_in, incomplete, may_have};
use crate::reporter::Reporter;
use crate::source::{FileFormat, Source};
use crate::system::files::folder_of;
use crate::text::MPT;

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct ManifestArgs {
    /// Manifest files and folders; `-` reads standard input
    #[arg(value_name = "FILE", add = candidates::files())]
    files: Vec<PathBuf>,

    /// Format of files without a known extension
    #[arg(long, value_name = "FORMAT")]
    format: Option<FileFormat>,

    /// Set a variable for the files (can be repeated)
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,

    /// Read variables from this file, such as those of one environment (TOML, YAML or JSON)
    #[arg(long = "vars", value_name = "FILE", add = candidates::files())]
    vars: Option<PathBuf>,

    /// Include deletions: of webhooks in the files' scope that the files do not contain
    #[arg(long)]
    prune: bool,

    /// When to send a secret
    #[arg(long, value_name = "WHEN", default_value = "differing")]
    secrets: SecretPolicy,

    /// Allow a secret file that is not below the manifest's folder (can be repeated)
    #[arg(long, value_name = "FILE", add = candidates::files())]
    allow_secret_file: Vec<PathBuf>,
}

impl ManifestArgs {
    /// Returns an error if no file is given.
    pub fn check(&self) -> Result<(), Failure> {
        if self.files.is_empty() {
            return Err(Failure::usage("FILE is missing").with_hint(format!(
                "create one from the existing webhooks with {MPT} webhook export > webhooks.toml"
            )));
        }
        Ok(())
    }

    /// Reads the files, or a saved plan.
    pub async fn load(&self, context: &Context) -> Result<LoadedManifest, Failure> {
        self.check()?;
        let request = ManifestRequest {
            variables: self.variables()?,
            file_variables: self.file_variables().await?,
            sources: self.sources(context).await?,
            may_be_plan: matches!(
                &self.files[..],
                [only] if input::is_stdin(only) || only.is_file()
            ),
            prune: self.prune,
            secrets: self.secrets,
            reserved: credential_sources(context),
            allowed_secret_files: self.allow_secret_file.clone(),
        };
        let loaded = request.load().await?;
        if loaded.saved.is_none() {
            for webhook in &loaded.manifest.webhooks {
                type_arg::warn_if_unknown(&webhook.key.webhook_type, context);
            }
            if self.prune && loaded.manifest.scopes.is_empty() {
                context.ui.warn(
                    "nothing is pruned: no file has a [scope], which says what may be deleted",
                );
            }
        }
        Ok(loaded)
    }

    /// Whether a path is one of the input files.
    pub fn reads(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else {
            return false;
        };
        let mut read = self.files.iter().filter_map(|file| file.canonicalize().ok());
        read.any(|file| {
            let is_in_folder = path.parent() == Some(&file);
            path == file || is_in_folder && FileFormat::from_extension(&path).is_some()
        })
    }

    fn variables(&self) -> Result<HashMap<String, String>, Failure> {
        let pairs = self.variables.iter().map(|text| {
            let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
            let (name, value) = pair.ok_or_else(|| {
                Failure::usage(format!("--var {text}: not NAME=VALUE"))
                    .with_hint("for example --var HOOKS_HOST=hooks.example.com")
            })?;
            Ok((name.to_owned(), value.to_owned()))
        });
        pairs.collect()
    }

    /// The variables of `--vars`.
    async fn file_variables(&self) -> Result<HashMap<String, String>, Failure> {
        let Some(path) = &self.vars else { return Ok(HashMap::new()) };
        if input::is_stdin(path) && self.files.iter().any(|file| input::is_stdin(file)) {
            return Err(Failure::usage("standard input can only be read once"));
        }
        let source = self.source(path).await?;
        variables::read_file(&source).map_err(|errors| invalid_files(&errors))
    }

    async fn sources(&self, context: &Context) -> Result<Vec<Source>, Failure> {
        let stdin = self.files.iter().filter(|path| input::is_stdin(path));
        if stdin.count() > 1 {
            return Err(Failure::usage("standard input can only be read once"));
        }
        let mut sources = Vec::new();
        let mut left_out = Vec::new();
        for path in &self.files {
            // What stands on the command line is always read.
            if input::is_stdin(path) || !path.is_dir() {
                sources.push(self.source(path).await?);
                continue;
            }
            let found = files_in(path, self.prune)?;
            left_out.extend(found.left_out);
            let before = sources.len();
            for path in found.files {
                let source = self.source(&path).await?;
                if may_have(&source, "webhooks") {
                    sources.push(source);
                } else {
                    let why = "no member `webhooks`";
                    left_out.push(LeftOut { path, why });
                }
            }
            if sources.len() == before && (!self.prune || left_out.is_empty()) {
                return Err(no_manifest(path, &left_out));
            }
        }
        // A deletion must not depend on a file that was not read.
        if self.prune && !left_out.is_empty() {
            return Err(incomplete(&left_out));
        }
        for entry in &left_out {
            context.ui.note(&format!("Left out {}", entry.described()));
        }
        Ok(sources)
    }

    async fn source(&self, path: &Path) -> Result<Source, Failure> {
        let name = input::named("", path);
        let format = FileFormat::from_extension(path).or(self.format);
        let text = input::text("", path).await?;
        // A saved plan is recognised by its content.
        let format = format.or_else(|| SavedPlan::read(&text).map(|_| FileFormat::Json));
        let format =
            format.or_else(|| input::is_stdin(path).then(|| FileFormat::from_content(&text)));
        let format = format.ok_or_else(|| {
            Failure::usage(format!("{name}: cannot tell the file's format"))
                .with_hint("use --format toml, yaml or json")
        })?;
        let folder = std::path::absolute(folder_of(path));
        Ok(Source {
            name,
            folder: folder.map_err(|error| Failure::file("find", path, &error))?,
            format,
            text,
        })
    }
}

fn no_manifest(folder: &Path, left_out: &[LeftOut]) -> Failure {
    let message = format!(
        "{}: the folder contains no .toml, .yaml, .yml or .json file with webhooks",
        folder.display()
    );
    let left_out = left_out.iter().map(LeftOut::described).collect::<Vec<_>>();
    match left_out.is_empty() {
        true => Failure::usage(message),
        false => Failure::usage(message).with_details(left_out),
    }
}

/// Where `mpt` reads its own credentials from, in any profile.
fn credential_sources(context: &Context) -> CredentialSources {
    let mut sources = CredentialSources::default();
    sources.files.extend(accounts::default_path());
    let Ok(path) = context.config_path() else {
        return sources;
    };
    sources.files.push(path);
    match context.config_file() {
        Ok(file) => {
            for (_, profile) in &file.profiles {
                match &profile.token {
                    Some(TokenSource::Env(name)) => sources.variables.push(name.clone()),
                    Some(TokenSource::File(path)) => sources.files.push(path.clone()),
                    _ => {}
                }
            }
        }
        // Without the configuration, any variable may be the source of a token.
        Err(error) => {
            context.ui.warn(&format!("manifests can only use variables given with --var: {error}"));
            sources.unknown = Some(error.to_string());
        }
    }
    sources
}
