//! What the files of `apply` and `diff` want, and what exists of it.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use clap::ValueHint;
use tokio::task::spawn_blocking;

use super::filter::cannot_list;
use super::typed;
use crate::api::webhooks::Query;
use crate::api::{pages, rql};
use crate::commands::shared::{Context, Session, input};
use crate::config::TokenSource;
use crate::failure::{Failure, Kind};
use crate::manifest::file::Scope;
use crate::manifest::plan::{Existing, Goal, Plan, Secrets, plan};
use crate::manifest::saved::Saved;
use crate::manifest::secrets::{self, Commands, Own, Read};
use crate::manifest::variables::Variables;
use crate::manifest::{Form, Manifest, Source, load};
use crate::system::files::folder_of;

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct DesiredArgs {
    /// Files and folders of them, `-` for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,

    /// How files are written whose ending does not say
    #[arg(long, value_name = "FORM")]
    format: Option<Form>,

    /// Set a variable of the files (can be repeated)
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,

    /// Delete what is in the files' scope and not in the files
    #[arg(long)]
    prune: bool,

    /// When a secret is sent
    #[arg(long, value_name = "WHEN", default_value = "differing")]
    secrets: Secrets,
}

/// What is wanted, however it was said.
pub struct Desired {
    pub manifest: Manifest,
    pub prune: bool,
    pub secrets: Secrets,
    /// The plan that it comes from.
    pub saved: Option<Saved>,
    /// What no secret may be taken from.
    own: Own,
}

/// Where `mpt` itself has its credentials from, in any profile.
fn own(context: &Context) -> Own {
    let mut own = Own::default();
    // A configuration that cannot be read is told when it is needed.
    if let Ok(file) = context.config_file() {
        for (_, profile) in &file.profiles {
            match &profile.token {
                Some(TokenSource::Env(name)) => own.variables.push(name.clone()),
                Some(TokenSource::File(path)) => own.files.push(path.clone()),
                _ => {}
            }
        }
        own.files.push(file.path);
    }
    own
}

impl DesiredArgs {
    /// Reads the files; one that is a saved plan stands for all.
    pub async fn read(&self, context: &Context) -> Result<Desired, Failure> {
        if self.files.is_empty() {
            return Err(Failure::usage("no FILE is given")
                .with_hint("mpt webhook export > webhooks.toml makes one from what exists"));
        }
        let variables = self.variables()?;
        let sources = self.sources().await?;
        let mut plans = sources
            .iter()
            .filter(|source| Saved::read(&source.text).is_some());
        if let (Some(plan), 2..) = (plans.next(), sources.len()) {
            let message = format!("{} is a plan, which stands for itself alone", plan.name);
            return Err(Failure::usage(message));
        }
        // A folder is a stranger's as much as a file; a plan is named by whoever made it.
        let is_named = matches!(&self.files[..], [only] if input::is_stdin(only) || only.is_file());
        if let [only] = &sources[..]
            && is_named
            && let Some(saved) = Saved::read(&only.text)
        {
            return self.of_plan(saved, &only.name, own(context));
        }
        let value_of = |name: &str| match variables.get(name) {
            Some(value) => Some(value.clone()),
            None => std::env::var(name).ok(),
        };
        let own = own(context);
        let variables = Variables {
            value_of: &value_of,
            own: &own.variables,
        };
        let manifest = load(&sources, variables).map_err(|problems| {
            let plural = if problems.len() == 1 { "" } else { "s" };
            let message = format!("{} problem{plural}; nothing was sent", problems.len());
            let details = problems.iter().map(ToString::to_string).collect();
            Failure::usage(message).with_details(details)
        })?;
        for wanted in &manifest.webhooks {
            typed::warn_if_unknown(&wanted.identity.webhook_type, context);
        }
        if self.prune && manifest.scopes.is_empty() {
            let warning = "nothing is pruned: no file has a scope that says what may be deleted";
            context.console.warn(warning);
        }
        Ok(Desired {
            manifest,
            prune: self.prune,
            secrets: self.secrets,
            saved: None,
            own,
        })
    }

    /// Whether a file is among those that are read.
    pub fn reads(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else {
            return false;
        };
        let mut read = self
            .files
            .iter()
            .filter_map(|file| file.canonicalize().ok());
        read.any(|file| {
            path == file || path.parent() == Some(&file) && Form::of_ending(&path).is_some()
        })
    }

    fn of_plan(
        &self,
        saved: Result<Saved, String>,
        name: &str,
        own: Own,
    ) -> Result<Desired, Failure> {
        let saved = saved.map_err(|why| Failure::usage(format!("{name}: {why}")))?;
        let problems = saved.manifest.problems();
        if !problems.is_empty() {
            let message = format!("{name}: not a plan that mpt made; nothing was sent");
            return Err(Failure::usage(message).with_details(problems));
        }
        if self.prune || self.secrets != Secrets::default() || !self.variables.is_empty() {
            let message =
                format!("{name} is a plan, in which --prune, --secrets and --var are settled");
            return Err(Failure::usage(message));
        }
        Ok(Desired {
            manifest: saved.manifest.clone(),
            prune: saved.prune,
            secrets: saved.secrets,
            saved: Some(saved),
            own,
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

    async fn sources(&self) -> Result<Vec<Source>, Failure> {
        let mut sources = Vec::new();
        if self
            .files
            .iter()
            .filter(|path| input::is_stdin(path))
            .count()
            > 1
        {
            return Err(Failure::usage("standard input can be read once only"));
        }
        for path in &self.files {
            if !input::is_stdin(path) && path.is_dir() {
                for path in files_in(path)? {
                    sources.push(self.source(&path).await?);
                }
            } else {
                sources.push(self.source(path).await?);
            }
        }
        Ok(sources)
    }

    async fn source(&self, path: &Path) -> Result<Source, Failure> {
        let name = input::named("", path);
        let form = Form::of_ending(path).or(self.format);
        let text = input::text("", path).await?;
        // A plan is known by its content.
        let form = form.or_else(|| Saved::read(&text).map(|_| Form::Json));
        let form = form.ok_or_else(|| {
            Failure::usage(format!("{name}: its form is not known"))
                .with_hint("--format toml, yaml or json says it")
        })?;
        let folder = std::path::absolute(folder_of(path));
        Ok(Source {
            name,
            folder: folder.map_err(|error| Failure::file("find", path, &error))?,
            form,
            text,
        })
    }
}

/// The files of a folder and of those below it that may be manifests, in order.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    collect_files(folder, &mut files)?;
    files.sort();
    if files.is_empty() {
        let message = format!("{}: no .toml, .yaml or .json is in it", folder.display());
        return Err(Failure::usage(message));
    }
    Ok(files)
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file("read", folder, &error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        // A link to a folder is not followed, so that there is an end to it.
        if entry.file_type().map_err(failed)?.is_dir() {
            collect_files(&path, files)?;
        } else if Form::of_ending(&path).is_some() && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

impl Desired {
    /// What is wanted, with the secrets that it refers to.
    pub async fn goals(&self, commands: Commands) -> anyhow::Result<Vec<Goal<'_>>> {
        let references = self.manifest.webhooks.iter().map(|wanted| {
            let reference = wanted.secret.clone();
            reference.filter(|_| self.secrets != Secrets::Never)
        });
        let references: Vec<_> = references.collect();
        // Commands take their time, and Ctrl-C must not wait for them.
        let own = self.own.clone();
        let read = spawn_blocking(move || secrets::read_all(references, commands, &own)).await?;
        let mut problems = Vec::new();
        let pairs = self.manifest.webhooks.iter().zip(read);
        let goals = pairs.map(|(wanted, secret)| {
            let secret = secret.and_then(|read| {
                read.map_err(|why| problems.push(format!("{}: {why}", wanted.identity)))
                    .ok()
            });
            Goal { wanted, secret }
        });
        let goals: Vec<_> = goals.collect();
        if problems.is_empty() {
            return Ok(goals);
        }
        let plural = if problems.len() == 1 { "" } else { "s" };
        let message = format!(
            "{} secret{plural} cannot be had; nothing was sent",
            problems.len()
        );
        let failure = Failure::usage(message).with_details(problems);
        Err(match &self.saved {
            Some(_) => failure.into(),
            None => failure
                .with_hint("--secrets never leaves all secrets alone")
                .into(),
        })
    }

    fn scopes(&self) -> &[Scope] {
        if self.prune {
            &self.manifest.scopes
        } else {
            &[]
        }
    }

    /// The plan, from what exists now.
    pub async fn plan(
        &self,
        goals: &[Goal<'_>],
        session: &Session<'_>,
        jobs: usize,
    ) -> Result<Plan, Failure> {
        let existing = self.fetch(goals, session, jobs).await?;
        Ok(plan(goals, &existing, self.scopes(), self.secrets))
    }

    async fn fetch(
        &self,
        goals: &[Goal<'_>],
        session: &Session<'_>,
        jobs: usize,
    ) -> Result<Vec<Existing>, Failure> {
        let Some(filter) = self.filter() else {
            return Ok(Vec::new());
        };
        let compares_secrets = self.secrets == Secrets::Differing
            && goals
                .iter()
                .any(|goal| matches!(goal.secret, Some(Read::Secret(_))));
        let query = Query {
            filter,
            select: compares_secrets.then(|| "secret".to_owned()),
            order: None,
        };
        let existing = pages::all(&session.webhooks, &query, jobs, Existing::of).await;
        existing.map_err(cannot_list)
    }

    /// No more than can be touched; `None`: nothing can.
    fn filter(&self) -> Option<String> {
        let mut types: BTreeSet<&str> = BTreeSet::new();
        let mut objects: BTreeSet<&str> = BTreeSet::new();
        for wanted in &self.manifest.webhooks {
            types.insert(&wanted.identity.webhook_type);
        }
        for scope in self.scopes() {
            match (&scope.types, &scope.objects) {
                (Some(of_scope), _) => types.extend(of_scope.iter().map(String::as_str)),
                (None, Some(of_scope)) => objects.extend(of_scope.iter().map(String::as_str)),
                (None, None) => {}
            }
        }
        if types.is_empty() && objects.is_empty() {
            return None;
        }
        // A filter that cannot be written, or is too long for an address, only reads too much.
        if types.len() + objects.len() > MOST_VALUES {
            return Some(String::new());
        }
        let terms: Option<Vec<String>> = [("type", types), ("object.id", objects)]
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(path, values)| rql::is_in(path, values))
            .collect();
        Some(terms.map(|terms| terms.join("|")).unwrap_or_default())
    }
}

/// As many values as a filter has.
const MOST_VALUES: usize = 50;

/// A saved plan must be for this platform.
pub fn check_platform(saved: &Saved, session: &Session<'_>) -> Result<(), Failure> {
    if saved.platform == session.platform {
        return Ok(());
    }
    let message = format!(
        "the plan is for {}, not for {}",
        saved.platform, session.platform
    );
    Err(Failure::new(Kind::Conflict, message))
}
