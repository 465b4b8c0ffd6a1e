//! `mpt webhook doctor`

mod summary;

use serde::Serialize;

use crate::commands::shared::connection_args::ConnectionArgs;
use crate::commands::shared::failures::Failures;
use crate::commands::shared::ids::Ids;
use crate::commands::shared::{Context, candidates, confirm, pick};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::model::{Check, CheckResult, Diagnosis};
use crate::operations::Session;
use crate::operations::diagnosis::doctor::{Asked, Doctor, Examined};
use crate::operations::diagnosis::probe;
use crate::operations::diagnosis::switches::{self, OffSwitches};
use crate::operations::endpoints::target::{self, Access};
use crate::operations::manifests::reconcile::cannot_list;
use crate::operations::webhooks::read_many::webhooks;
use crate::reporter::{Reporter, Waiting};
use crate::sandbox::Asked as AskedRequest;
use crate::sandbox::{self, Store};
use crate::system::folders;
use crate::text::MPT;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};
use crate::ui::{Column, Format, Report, Style, View, checks};

/// Find out why webhooks are not called
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The checks: the webhook is enabled; its product, program or form is published; the switch for its type is on; its criteria can match; \
no other webhook has the same type and object; its endpoint can be reached; its last calls succeeded. The exit code is 10 if there is \
a problem.

Examples:
  Sum up all webhooks, with the problems:
    mpt webhook doctor

  Turn on the switch that a webhook needs, or those of all webhooks without another problem:
    mpt webhook doctor WBH-1234-5678 --fix
    mpt webhook doctor --fix-all

  In CI:
    mpt webhook doctor --strict -o json")]
pub struct Args {
    /// Webhook IDs; `-` reads them from standard input [default: all webhooks]
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    ids: Vec<String>,

    /// Call the endpoints of the given webhooks with a signed sample object
    #[arg(long, requires = "ids")]
    probe: bool,

    /// Turn on the switches of the given webhooks, if they are enabled and not failing; needs a vendor's token
    #[arg(long)]
    fix: bool,

    /// Turn on the switches of all webhooks that have no other problem and whose host can be reached
    #[arg(long, conflicts_with_all = ["ids", "fix"])]
    fix_all: bool,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,

    /// Exit 10 also if something cannot be checked
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        self.connection.need("--probe", self.probe)?;
        let ui = &context.ui;
        let format = ui.format(&[
            Format::Table,
            Format::Json,
            Format::Jsonl,
            Format::Yaml,
            Format::Csv,
            Format::Id,
        ])?;
        if self.fix && self.ids.is_empty() && !context.ui.is_interactive() {
            return Err(Failure::usage("--fix needs the ID of a webhook")
                .with_hint(format!("for all webhooks, use {MPT} webhook doctor --fix-all"))
                .into());
        }
        let fixes = self.fix || self.fix_all;
        if self.yes && !fixes {
            return Err(Failure::usage("--yes needs --fix or --fix-all").into());
        }
        if fixes {
            confirm::check(self.yes, context)?;
        }
        let (ids, session) = match self.fix {
            true => pick::ids(&self.ids, "Whose switch is to be turned on?", context).await?,
            false => (Ids::new(&self.ids)?, context.connect().await?),
        };
        let ids = ids.all().await?;
        let mut failures = Failures::default();
        let (mut examined, missing) = self.examine(&ids, &session, context).await?;
        for id in &missing {
            failures.report(not_found(id), context);
        }
        let has_any = !examined.diagnoses.is_empty();
        if fixes && has_any && fix(self, &ids, &examined, &session, &mut failures, context).await? {
            (examined, _) = self.examine(&ids, &session, context).await?;
        }
        if self.probe {
            let access = self.connection.read(context).await?;
            for diagnosis in &mut examined.diagnoses {
                diagnosis
                    .checks
                    .push(probe_one(&session, &diagnosis.webhook, &access, context).await?);
            }
        }
        if format == Format::Table && ids.is_empty() && self.ids.is_empty() {
            let place = session.target_name();
            context.ui.print_text(&summary::render(&examined, &place, &context.ui.style))?;
        } else {
            print(&examined.diagnoses, format, context)?;
        }
        if let Some(failure) = self.failure(&examined.diagnoses, ids.is_empty()) {
            failures.report(failure, context);
        }
        failures.result(context)
    }
}

impl Args {
    /// The diagnoses, and the IDs that were not found.
    async fn examine(
        &self,
        ids: &[String],
        session: &Session<'_>,
        context: &Context,
    ) -> Result<(Examined, Vec<String>), Ending> {
        if ids.is_empty() && !self.ids.is_empty() {
            return Ok((Examined::default(), Vec::new()));
        }
        let (found, missing) = webhooks(session, ids, context.jobs).await.map_err(cannot_list)?;
        for webhook in &found {
            session.shown.add_webhook(webhook);
        }
        let _waiting = Waiting::begin(&context.ui);
        let timeout = context.settings()?.timeout.value;
        let doctor = Doctor::new(session, context.jobs, timeout);
        let asked = match ids.is_empty() {
            true => Asked::ForAll,
            false => Asked::ForSome,
        };
        let examined = doctor.examine(&found, asked).await;
        Ok((examined.map_err(cannot_list)?, missing))
    }

    fn failure(&self, diagnoses: &[Diagnosis], is_summary: bool) -> Option<Failure> {
        let count = |finding| diagnoses.iter().filter(|one| one.worst() == finding).count();
        let (problems, unknown) = (count(CheckResult::Problem), count(CheckResult::Unknown));
        let message = match (problems, unknown) {
            (0, 0) => return None,
            (0, _) if !self.strict => return None,
            (0, 1) => "1 webhook cannot be checked completely".to_owned(),
            (0, unknown) => format!("{unknown} webhooks cannot be checked completely"),
            (1, _) => "1 webhook has a problem".to_owned(),
            (problems, _) => format!("{problems} webhooks have a problem"),
        };
        let message = match summary::worst(diagnoses).filter(|_| is_summary) {
            Some(id) if problems > 0 => {
                let plural = if problems == 1 { "problem" } else { "problems" };
                format!("{problems} {plural}; see {MPT} webhook doctor {id}")
            }
            Some(_) => message,
            None => message,
        };
        Some(Failure::new(Kind::Check, message))
    }
}

/// Calls the endpoint. The sandbox tells what the endpoint asked it meanwhile.
async fn probe_one(
    session: &Session<'_>,
    id: &str,
    access: &Access<'_>,
    context: &Context,
) -> Result<Check, Ending> {
    let webhook = target::read(session, id, "read the secret of").await?;
    if !context.settings()?.is_sandbox() {
        return Ok(probe::check(&webhook, id, access).await);
    }
    let store = Store::open(&sandbox::default_path(folders::data())?)?;
    let watch = store.watch()?;
    let mut check = probe::check(&webhook, id, access).await;
    let asked = store.end_watch(&watch)?;
    if !asked.is_empty() {
        let lines: Vec<_> = asked.iter().map(AskedRequest::line).collect();
        check.detail.push_str(&format!("; the endpoint asked the sandbox: {}", lines.join(", ")));
    }
    Ok(check)
}

fn not_found(id: &str) -> Failure {
    let message = format!("cannot check {id}: it was not found");
    Failure::new(Kind::NotFound, message)
        .with_hint(format!("list the webhooks of this account with {MPT} webhook list"))
}

/// Turns on the switches after asking. Returns whether anything was changed.
async fn fix(
    args: &Args,
    ids: &[String],
    examined: &Examined,
    session: &Session<'_>,
    failures: &mut Failures,
    context: &Context,
) -> Result<bool, Ending> {
    let off = &examined.off;
    for left_out in &examined.left_out {
        context.ui.note(&format!("Left out {left_out}"));
    }
    for failure in examined.unread_switches() {
        failures.report(failure, context);
    }
    if off.is_empty() {
        context.ui.note(
            "No switch was turned on: they are on, or their webhooks are disabled or failing",
        );
        return Ok(false);
    }
    let client = session.webhooks.client();
    switches::check_permission(client).await?;
    let names: Vec<_> = off.iter().map(OffSwitches::described).collect();
    let what = match args.fix_all && names.len() > 1 {
        true => {
            names.iter().for_each(|name| context.ui.note(name));
            format!("the switches of these {} objects", names.len())
        }
        false => names.join(", "),
    };
    let question = format!("Turn on {what} ({})?", session.target_name());
    confirm::or_yes_with_key(args.yes, &question, context).await?;
    // While the question waited, someone else may have disabled a webhook, or its endpoint failed.
    if !args.yes && args.examine(ids, session, context).await?.0.off != *off {
        let message = "what can be turned on has changed since the question; nothing was changed";
        return Err(Failure::new(Kind::Conflict, message)
            .with_hint("run the command again")
            .into());
    }
    switches::turn_on_each(off, client, |done| match done {
        Ok(note) => context.ui.note(&note),
        Err(failure) => failures.report(failure, context),
    })
    .await;
    Ok(true)
}

/// One check of a webhook, as a row of CSV.
#[derive(Serialize)]
struct Row {
    webhook: String,
    #[serde(flatten)]
    check: Check,
}

const ROWS: &[Column<Row>] = &[
    Column::whole("webhook", |row, _| row.webhook.as_str().into()),
    Column::whole("check", |row, _| row.check.name.as_str().into()),
    Column::whole("result", |row, _| checks::result(&row.check)),
    Column::flexible("detail", |row, _| row.check.detail.as_str().into()),
    Column::flexible("hint", |row, _| row.check.hint.clone().into()),
];

fn print(diagnoses: &[Diagnosis], format: Format, context: &Context) -> CommandResult {
    let ui = &context.ui;
    if format == Format::Csv {
        let mut report = Report::new(ui, View::rows(ROWS))?;
        for diagnosis in diagnoses {
            for check in &diagnosis.checks {
                report.push(&Row { webhook: diagnosis.webhook.clone(), check: check.clone() })?;
            }
        }
        return Ok(report.finish()?);
    }
    let view = View::details(render)
        .with_id(|diagnosis: &Diagnosis| Some(diagnosis.webhook.clone()))
        .as_list()
        .when_empty("No webhook was checked");
    let mut report = Report::new(ui, view)?;
    for diagnosis in diagnoses {
        report.push(diagnosis)?;
    }
    Ok(report.finish()?)
}

fn render(diagnosis: &Diagnosis, style: &Style) -> String {
    let heading = table::grid_line(
        &[Cell::new(diagnosis.webhook.as_str(), Tone::Strong), diagnosis.described.as_str().into()],
        style,
    );
    // A URL may be long, so it has a line of its own.
    let heading = heading + &table::paragraph(&diagnosis.url, style);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for check in &diagnosis.checks {
        rows.push(vec![
            checks::result(check),
            check.name.as_str().into(),
            check.detail.as_str().into(),
        ]);
        if let Some(hint) = &check.hint {
            rows.push(vec!["".into(), "".into(), Cell::new(format!("→ {hint}"), Tone::Dim)]);
        }
    }
    heading + &table::plain(&rows, style)
}
