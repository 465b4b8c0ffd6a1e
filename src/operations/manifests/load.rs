//! Loads a manifest: reads files and folders, replaces variables, and recognises a saved
//! plan.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::failure::Failure;
use crate::manifest::variables::Variables;
use crate::manifest::{
    DesiredWebhook, Manifest, ManifestWebhook, Place, ReadManifest, SavedPlan, SecretPolicy,
    SecretUse, read,
};
use crate::model::WebhookKey;
use crate::operations::manifests::resolve_secrets::{
    self, AllowedFiles, CommandPolicy, CredentialSources,
};
use crate::source::{FileError, Source, add_error};

/// The options of the command line for the files.
#[derive(Clone, Debug, Default)]
pub struct ManifestRequest {
    pub sources: Vec<Source>,
    /// Whether one file or standard input was given, which may be a saved plan. A file in a
    /// folder may be untrusted, so it is never read as a saved plan.
    pub may_be_plan: bool,
    /// Those of `--var`, which win over those of `--vars`, which win over the environment.
    pub variables: HashMap<String, String>,
    /// Those of `--vars`.
    pub file_variables: HashMap<String, String>,
    pub prune: bool,
    pub secrets: SecretPolicy,
    /// Sources that must not be used for secrets and variables.
    pub reserved: CredentialSources,
    /// Files outside of the manifests' folders that secrets may be read from.
    pub allowed_secret_files: Vec<PathBuf>,
}

/// The desired webhooks, from files or a saved plan.
pub struct LoadedManifest {
    pub manifest: Manifest,
    /// Where the files refer to secrets; not known for a saved plan.
    secret_uses: Vec<SecretUse>,
    /// Where each webhook is; not known for a saved plan.
    pub places: HashMap<WebhookKey, Place>,
    pub prune: bool,
    pub secrets: SecretPolicy,
    /// The saved plan, if it was loaded from one.
    pub saved: Option<SavedPlan>,
    reserved: CredentialSources,
    allowed: AllowedFiles,
}

impl ManifestRequest {
    /// # Errors
    /// Every error of the files, not only the first, each with its line.
    pub async fn load(self) -> Result<LoadedManifest, Failure> {
        let is_plan = |source: &&Source| SavedPlan::read(&source.text).is_some();
        if let (Some(plan), 2..) = (self.sources.iter().find(is_plan), self.sources.len()) {
            let message =
                format!("{} is a saved plan; it cannot be combined with other files", plan.name);
            return Err(Failure::usage(message));
        }
        if let [only] = &self.sources[..]
            && self.may_be_plan
            && let Some(saved) = SavedPlan::read(&only.text)
        {
            let name = only.name.clone();
            return self.load_plan(saved, &name);
        }
        let used = RefCell::new(HashSet::new());
        let value_of = |name: &str| {
            if let Some(value) = self.variables.get(name) {
                used.borrow_mut().insert(name.to_owned());
                return Some(value.clone());
            }
            if let Some(value) = self.file_variables.get(name) {
                return Some(value.clone());
            }
            match self.reserved.unknown.is_some() {
                true => None,
                false => std::env::var(name).ok(),
            }
        };
        let variables = Variables { value_of: &value_of, reserved: &self.reserved.variables };
        let read = read(&self.sources, variables);
        let ReadManifest { manifest, secrets, places, mut errors, is_parsed } = read;
        let is_unused = |name: &&String| is_parsed && !used.borrow().contains(*name);
        for name in self.variables.keys().filter(is_unused) {
            let unused = "no file uses this variable".to_owned();
            add_error(&mut errors, &format!("--var {name}"), None, unused);
        }
        if !errors.is_empty() {
            self.add_secret_errors(&secrets, &mut errors).await;
            return Err(invalid_files(&errors));
        }
        Ok(LoadedManifest {
            manifest,
            secret_uses: secrets,
            places,
            prune: self.prune,
            secrets: self.secrets,
            saved: None,
            allowed: self.allowed(),
            reserved: self.reserved,
        })
    }

    /// What is wrong with secrets is reported in the same run as what is wrong with the files.
    async fn add_secret_errors(&self, secrets: &[SecretUse], errors: &mut Vec<FileError>) {
        if self.secrets == SecretPolicy::Never {
            return;
        }
        let (reserved, allowed) = (&self.reserved, &self.allowed());
        let references = secrets.iter().map(|used| Some(used.reference.clone())).collect();
        let leave = CommandPolicy::Leave;
        let resolved = resolve_secrets::resolve(references, leave, reserved, allowed).await;
        for (used, resolved) in secrets.iter().zip(resolved) {
            if let Some(Err(reason)) = resolved {
                add_error(errors, &used.file, used.line, reason);
            }
        }
    }

    fn allowed(&self) -> AllowedFiles {
        let folders = self.sources.iter().map(|source| source.folder.clone());
        AllowedFiles { folders: folders.collect(), files: self.allowed_secret_files.clone() }
    }

    fn load_plan(
        self,
        saved: Result<SavedPlan, String>,
        name: &str,
    ) -> Result<LoadedManifest, Failure> {
        let saved = saved.map_err(|why| Failure::usage(format!("{name}: {why}")))?;
        let errors = saved.manifest.errors();
        if !errors.is_empty() {
            let message = format!("{name}: not a plan saved by mpt; nothing was sent");
            return Err(Failure::usage(message).with_details(errors));
        }
        if self.prune
            || self.secrets != SecretPolicy::default()
            || !self.variables.is_empty()
            || !self.file_variables.is_empty()
        {
            return Err(Failure::usage(format!(
                "{name} is a saved plan; --prune, --secrets, --var and --vars were fixed when it was saved"
            )));
        }
        Ok(LoadedManifest {
            manifest: saved.manifest.clone(),
            secret_uses: Vec::new(),
            places: HashMap::new(),
            prune: saved.prune,
            secrets: saved.secrets,
            saved: Some(saved),
            allowed: self.allowed(),
            reserved: self.reserved,
        })
    }
}

impl LoadedManifest {
    /// The desired webhooks with their secrets resolved.
    ///
    /// # Errors
    /// Every secret that cannot be read.
    pub async fn desired(
        &self,
        commands: CommandPolicy,
    ) -> Result<Vec<DesiredWebhook<'_>>, Failure> {
        let references = self.manifest.webhooks.iter().map(|webhook| {
            let reference = webhook.secret.clone();
            reference.filter(|_| self.secrets != SecretPolicy::Never)
        });
        let references: Vec<_> = references.collect();
        let (reserved, allowed) = (&self.reserved, &self.allowed);
        let resolved = resolve_secrets::resolve(references, commands, reserved, allowed).await;
        let mut errors = Vec::new();
        let pairs = self.manifest.webhooks.iter().zip(resolved);
        let desired = pairs.map(|(webhook, secret)| {
            let secret = secret.and_then(|resolved| {
                resolved.map_err(|reason| self.add_secret_error(&mut errors, webhook, reason)).ok()
            });
            DesiredWebhook { webhook, secret }
        });
        let desired: Vec<_> = desired.collect();
        if errors.is_empty() {
            return Ok(desired);
        }
        let plural = if errors.len() == 1 { "" } else { "s" };
        let message = format!("cannot resolve {} secret{plural}; nothing was sent", errors.len());
        let errors = errors.iter().map(ToString::to_string).collect();
        let failure = Failure::usage(message).with_details(errors);
        Err(match &self.saved {
            Some(_) => failure,
            None => failure.with_hint("use --secrets never to send no secrets"),
        })
    }
}

impl LoadedManifest {
    /// Adds an error with the lines that refer to the secret; without a file, with the webhook.
    fn add_secret_error(
        &self,
        errors: &mut Vec<FileError>,
        webhook: &ManifestWebhook,
        reason: String,
    ) {
        let uses = self.secret_uses.iter();
        let mut uses =
            uses.filter(|used| webhook.secret.as_ref() == Some(&used.reference)).peekable();
        if uses.peek().is_none() {
            add_error(errors, &webhook.key.to_string(), None, reason.clone());
        }
        for used in uses {
            add_error(errors, &used.file, used.line, reason.clone());
        }
    }
}

/// The failure that lists the errors of files.
pub fn invalid_files(errors: &[FileError]) -> Failure {
    let plural = if errors.len() == 1 { "" } else { "s" };
    let message = format!("{} problem{plural}; nothing was sent", errors.len());
    Failure::usage(message).with_details(errors.iter().map(ToString::to_string).collect())
}
