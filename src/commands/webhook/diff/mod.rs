//! `mpt webhook diff`

mod markdown;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::commands::shared::manifest_args::ManifestArgs;
use crate::commands::shared::plan_view::PlanView;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::manifest::step::PlanItem;
use crate::manifest::{Plan, PlanOwner, SavedPlan};
use crate::operations::manifests::load::LoadedManifest;
use crate::operations::manifests::reconcile::owner;
use crate::operations::manifests::resolve_secrets::CommandPolicy;
use crate::reporter::Reporter;
use crate::system::files::{self, OutputFile};
use crate::text::MPT;
use crate::text::json::{self, Layout};
use crate::ui::{Error as UiError, Format, Report, View};

/// Show what apply would change; exit 10 if anything would
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Nothing is changed, and no command from a file is run. mpt webhook apply --help describes the files.

Examples:
  Show what would change:
    mpt webhook diff webhooks.toml

  In CI for a pull request, without secrets:
    mpt webhook diff webhooks/ --secrets never -o json

  For a comment on a pull request:
    mpt webhook diff webhooks/ --secrets never -o markdown > comment.md

  Save the plan, and apply exactly that plan later:
    mpt webhook diff webhooks.toml --out webhooks.plan
    mpt webhook apply webhooks.plan")]
pub struct Args {
    #[command(flatten)]
    pub(super) manifest: ManifestArgs,

    /// Save the plan to this file; it contains no secrets
    #[arg(long, value_name = "PLAN", add = candidates::files())]
    pub(super) out: Option<PathBuf>,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        let is_markdown = ui.format(&FORMATS)? == Format::Markdown;
        let report = match is_markdown {
            true => None,
            false => Some(Report::new(ui, View::details(|_: &DiffRecord, _| String::new()))?),
        };
        let loaded = self.manifest.load(context).await?;
        if loaded.saved.is_some() {
            let message =
                format!("a saved plan cannot be compared; apply it with {MPT} webhook apply");
            return Err(Failure::usage(message).into());
        }
        let out = self.out.as_deref().map(|path| self.out(path)).transpose()?;
        let desired = loaded.desired(CommandPolicy::Leave).await?;
        let session = context.connect().await?;
        let plan = loaded.plan(&desired, &session, context.jobs).await?;
        if let Some(out) = &out {
            save(out, &loaded, owner(&session).await?, &plan).await?;
            ui.note(&format!("Saved the plan to {}", out.path().display()));
        }
        let view = PlanView::read(&plan, &session).await;
        match report {
            Some(report) => print(&view, report, context)?,
            None => ui.print(&markdown::render(&view, &session.target_name()))?,
        }
        if plan.changes_nothing() {
            return Ok(());
        }
        // The plan says it all.
        Err(Ending::Reported(Kind::Check))
    }
}

const FORMATS: [Format; 5] =
    [Format::Table, Format::Json, Format::Jsonl, Format::Yaml, Format::Markdown];

/// The plan as JSON.
#[derive(Serialize)]
struct DiffRecord {
    plan: Vec<PlanItem>,
}

fn print(
    view: &PlanView<'_>,
    report: Report<'_, DiffRecord>,
    context: &Context,
) -> Result<(), UiError> {
    if report.format() == Format::Table {
        return context.ui.print_text(&view.render(&context.ui.style));
    }
    report.only(&DiffRecord { plan: view.plan.items() })
}

impl Args {
    /// The plan replaces no other file than an earlier plan.
    fn out(&self, path: &Path) -> Result<OutputFile, Failure> {
        let is_plan = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes);
            text.is_ok_and(|text| SavedPlan::read(text).is_some())
        };
        let out = match self.manifest.reads(path) {
            true => Err("the file is also an input and would be overwritten".to_owned()),
            false => OutputFile::new(path, is_plan),
        };
        out.map_err(|why| {
            Failure::usage(format!("--out {}: {why}", path.display()))
                .with_hint("choose the name of a new file")
        })
    }
}

async fn save(
    out: &OutputFile,
    loaded: &LoadedManifest,
    owner: PlanOwner,
    plan: &Plan,
) -> Result<(), Failure> {
    let manifest = loaded.manifest.clone();
    let saved = SavedPlan::new(owner, loaded.prune, loaded.secrets, manifest, plan);
    let text = json::text(&saved, Layout::Pretty).map_err(anyhow::Error::from)? + "\n";
    let written = match out {
        OutputFile::File(path) => files::write_private(path, text.as_bytes()),
        OutputFile::Stream(path) => files::write_stream(path, text.into_bytes()).await,
    };
    written.map_err(|error| Failure::file("write", out.path(), &error))
}
