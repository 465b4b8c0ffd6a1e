//! `mpt webhook apply`

use std::cell::{Cell, RefCell};

use crate::commands::shared::failures::Failures;
use crate::commands::shared::manifest_args::ManifestArgs;
use crate::commands::shared::plan_view::PlanView;
use crate::commands::shared::unless_interrupted;
use crate::commands::shared::{Context, confirm};
use crate::commands::verb::Verb;
use crate::commands::webhook::diff;
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::manifest::saved::differences;
use crate::manifest::step::Step;
use crate::manifest::{DesiredWebhook, Plan, file};
use crate::operations::Session;
use crate::operations::manifests::applied::{Applied, ApplyRecord, StepOutcome};
use crate::operations::manifests::apply::ApplyRun;
use crate::operations::manifests::load::LoadedManifest;
use crate::operations::manifests::reconcile::{check_owner, check_still_applies};
use crate::operations::manifests::resolve_secrets::CommandPolicy;
use crate::reporter::Reporter;
use crate::text::escape;
use crate::text::json::Layout;
use crate::ui::{Format, Report, View};

/// Create, update and delete webhooks to match manifest files
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The file, as TOML (YAML and JSON have the same shape):
  version = 1

  [scope]                               # what --prune may delete
  types = [\"ValidatePurchaseOrderDraft\"]

  [[webhooks]]
  type = \"ValidatePurchaseOrderDraft\"
  product = \"PRD-1111-1111\"             # or program, form, or criteria
  url = \"https://${HOOKS}/validate\"     # a variable: environment or --var
  description = \"Checks draft orders\"   # \"\" clears
  enabled = true
  switch = true                         # turn on the switch of the object
  secret = { env = \"HOOK_SECRET\" }      # or { env, key }, { file }, { command }

Type and object identify a webhook. Members that a file does not name stay as they are. Several \
applies may run at the same time. An apply that is run again changes nothing.

Examples:
  Show the plan, and ask before changing anything:
    mpt webhook apply webhooks.toml

  In CI:
    mpt webhook apply webhooks/ --prune --yes

  Get the schema, for completion in an editor:
    mpt webhook apply --schema > webhooks.schema.json")]
pub struct Args {
    #[command(flatten)]
    manifest: ManifestArgs,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,

    /// Show what would change, as diff does; change nothing
    #[arg(long, conflicts_with_all = ["allow_commands", "schema"])]
    dry_run: bool,

    /// Run commands that the files name to read secrets
    #[arg(long)]
    allow_commands: bool,

    /// Print the JSON Schema of manifest files
    #[arg(long, conflicts_with = "files")]
    schema: bool,
}

impl Verb for Args {
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        if self.schema {
            return Ok(ui.print_json(&file::schema(), Layout::Pretty)?);
        }
        if self.dry_run {
            let diff = diff::Args { manifest: self.manifest.clone(), out: None };
            return unless_interrupted(context, diff.run(context)).await;
        }
        // As text, the plan is printed first and then the outcome.
        let report = Report::new(ui, View::details(|_: &ApplyRecord, _| String::new()))?;
        self.manifest.check()?;
        confirm::check(self.yes, context)?;
        let loaded =
            unless_interrupted(context, async { Ok(self.manifest.load(context).await?) }).await?;
        let commands = if self.allow_commands { CommandPolicy::Run } else { CommandPolicy::Refuse };
        // Until something is changed, Ctrl-C ends the command at once.
        let planning = self.plan(&loaded, commands, report.format(), context);
        let (session, desired, plan) = unless_interrupted(context, planning).await?;
        if plan.changes_nothing() {
            return Ok(report.only(&Applied::unchanged(&plan).record(&plan))?);
        }
        let run = ApplyRun {
            webhooks: &session.webhooks,
            desired: &desired,
            secrets: loaded.secrets,
            jobs: context.jobs,
            on_step: &|_, _| {},
            on_switch: &|_| {},
            stop: Cell::new(false),
        };
        carry_out(run, &plan, report, context).await
    }
}

/// Applies the plan, and reports each step as it is done.
async fn carry_out(
    run: ApplyRun<'_>,
    plan: &Plan,
    report: Report<'_, ApplyRecord>,
    context: &Context,
) -> CommandResult {
    let ui = &context.ui;
    let failures = RefCell::new(Failures::default());
    let advance = |done: Result<String, Failure>| match done {
        // A type or an object ID is untrusted text.
        Ok(done) => ui.advance(Some(&escape::line(&done))),
        Err(failure) => {
            failures.borrow_mut().report(failure, context);
            ui.advance(None);
        }
    };
    let on_step = |step: &Step, outcome: &StepOutcome| {
        let failed = outcome.failure(step);
        advance(failed.map_or_else(|| Ok(outcome.described(step)), Err));
    };
    let on_switch = |result: &Result<String, Failure>| advance(result.clone());
    let run = ApplyRun { on_step: &on_step, on_switch: &on_switch, ..run };
    ui.outlive_interrupts();
    ui.begin_progress(plan.changing().count() + plan.switches.len());
    let on_signal =
        || ui.note("Stopping after the current requests; press Ctrl-C again to stop now");
    let applied = run.run(plan, &on_signal).await;
    ui.end_progress();
    let applied = applied?;
    let mut failures = failures.into_inner();
    // The exit code depends on what was done, even if it could not be printed.
    if let Err(Ending::Failed(failure)) = print(plan, &applied, report, context) {
        failures.report(failure, context);
    }
    let result = failures.result(context);
    if applied.interrupted {
        return Err(Failure::new(Kind::Interrupted, "interrupted")
            .with_hint("run the same command again to do the rest")
            .into());
    }
    result
}

fn print(
    plan: &Plan,
    applied: &Applied,
    report: Report<'_, ApplyRecord>,
    context: &Context,
) -> CommandResult {
    if report.format() == Format::Table {
        context.ui.print(&format!("{}\n", applied.counts(plan)))?;
    }
    Ok(report.only(&applied.record(plan))?)
}

impl Args {
    /// Makes the plan, shows it and asks for confirmation.
    async fn plan<'a>(
        &self,
        loaded: &'a LoadedManifest,
        commands: CommandPolicy,
        format: Format,
        context: &'a Context,
    ) -> Result<(Session<'a>, Vec<DesiredWebhook<'a>>, Plan), Ending> {
        let session = context.connect().await?;
        if let Some(saved) = &loaded.saved {
            check_owner(saved, &session).await?;
        }
        let desired = loaded.desired(commands).await?;
        let plan = loaded.plan(&desired, &session, context.jobs).await?;
        if let Some(saved) = &loaded.saved {
            check_still_applies(saved, &plan)?;
        }
        self.confirm(&plan, &session, format, context).await?;
        if self.yes || plan.changes_nothing() {
            return Ok((session, desired, plan));
        }
        // While the question waited, someone else may have changed what the plan is based on.
        let now = loaded.plan(&desired, &session, context.jobs).await?;
        let changed = differences((&plan.steps, &plan.switches), (&now.steps, &now.switches));
        if !changed.is_empty() {
            let message = "the webhooks have changed since the plan was shown; nothing was changed";
            return Err(Failure::new(Kind::Conflict, message)
                .with_details(changed)
                .with_hint("run the command again")
                .into());
        }
        Ok((session, desired, now))
    }

    /// Shows the plan and asks for confirmation.
    async fn confirm(
        &self,
        plan: &Plan,
        session: &Session<'_>,
        format: Format,
        context: &Context,
    ) -> CommandResult {
        let ui = &context.ui;
        let view = PlanView::read(plan, session).await;
        if format == Format::Table {
            ui.print_text(&view.render(&ui.style))?;
        }
        if plan.changes_nothing() {
            return Ok(());
        }
        if !self.yes && format != Format::Table {
            // The user must see the plan before the question.
            ui.stderr(view.render(ui.status_style()).trim_end());
        }
        let question = format!("Apply these changes ({})?", session.target_name());
        match plan.deletes() || !plan.switches.is_empty() {
            true => confirm::or_yes_with_key(self.yes, &question, context).await,
            false => confirm::or_yes(self.yes, &question, context).await,
        }
    }
}
