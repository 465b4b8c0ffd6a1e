//! `mpt endpoint replay`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueHint;

use crate::callout::Verdict;
use crate::commands::shared::connection_args::ConnectionArgs;
use crate::commands::shared::input::number;
use crate::commands::shared::secret_args::ClaimArgs;
use crate::commands::shared::secret_args::SecretArg;
use crate::commands::shared::{Context, candidates, confirm, verdict};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure, Kind};
use crate::listener::journal::{CalloutOutcome, Journal, JournalEntry, Selection};
use crate::model::webhook_type;
use crate::operations::endpoints::replay::{Replay, check_bodies, open_journal};
use crate::operations::endpoints::save_cases::{self, SavedCase};
use crate::reporter::{Reporter, Waiting};
use crate::system::clock;
use crate::system::files::shell_word;
use crate::text::MPT;
use crate::text::duration;
use crate::ui::cut::cut;
use crate::ui::webhook_columns::is_narrow;
use crate::ui::{Column, Report, Style, View, time, write_stdout};

/// List the callouts that listen has received, or send them again
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Without --to, callouts are listed, the newest first. With --to, they are sent in the order in which they were received, with the \
same body and a new signature. A failed callout counts as answered once a replay succeeds. Callouts that \
listen refused are only sent with --id.

Examples:
  List what was received:
    mpt endpoint replay

  Send again what failed in the last two hours:
    mpt endpoint replay --failed --since 2h --to http://localhost:5000 \\
        --secret-file hook.secret

  Get the latest object, to look at it or change it:
    mpt endpoint replay --last --body > order.json

  Keep what failed as test cases:
    mpt endpoint replay --failed --save cases

  Send one of them, in CI:
    mpt endpoint replay --id 12 --to http://localhost:5000 --expect success")]
pub struct Args {
    /// Send callouts to this URL; without a path, each callout's path is used
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    #[arg(requires = "selection")]
    to: Option<String>,

    /// Exit 10 unless every verdict is this one [default: success or refusal]
    #[arg(long, value_name = "VERDICT", requires = "to")]
    expect: Option<Verdict>,

    /// Print the body of the selected callout as it was received
    #[arg(long, requires = "selection", conflicts_with = "to")]
    body: bool,

    /// Save the selected callouts in this folder as cases for mpt endpoint test
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    #[arg(requires = "selection", conflicts_with_all = ["to", "body", "expect"])]
    save: Option<PathBuf>,

    /// Delete the callouts of the journal
    #[arg(long, conflicts_with_all = ["to", "body", "save", "selection"])]
    clear: bool,

    /// Do not ask for confirmation
    #[arg(short, long, requires = "clear")]
    yes: bool,

    /// Include the callouts that other profiles have received
    #[arg(long)]
    every_profile: bool,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    secret: SecretArg,

    #[command(flatten)]
    claims: ClaimArgs,

    /// Use the secret of this webhook, if it can be read
    #[arg(long, value_name = "ID", requires = "to", help_heading = "Secret")]
    #[arg(add = candidates::ids("WBH"))]
    webhook: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(id = "selection", multiple = true)]
#[command(next_help_heading = "Selection")]
struct SelectionArgs {
    /// Only the latest of the callouts that the other flags select
    #[arg(long)]
    last: bool,

    /// Only the callout with this number (can be repeated)
    #[arg(long, value_name = "N", value_parser = number::<i64>(1..=u64::MAX), conflicts_with_all = ["last", "failed", "since"])]
    id: Vec<i64>,

    /// Only callouts that failed or were never answered; refused ones are not among them
    #[arg(long)]
    failed: bool,

    /// Only callouts received within this time
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    since: Option<Duration>,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        self.connection.need("--to", self.to.is_some())?;
        if self.claims.is_given() && self.to.is_none() {
            let message = "--claim and --claims need --to, which calls the endpoint";
            return Err(Failure::usage(message).into());
        }
        let ui = &context.ui;
        let profile = context.profile()?;
        let mut report = Report::new(ui, self.view(profile, &ui.style))?;
        let access = self.connection.read(context).await?;
        let base = match &self.to {
            Some(text) => Some(access.target(text).await?),
            None => None,
        };
        let journal = open_journal(profile)?;
        let journal = if self.every_profile { journal.of_every_profile() } else { journal };
        if self.clear {
            let question =
                format!("Delete all callouts{} in the journal?", self.of_profile(profile));
            confirm::or_yes(self.yes, &question, context).await?;
            let count = journal.clear()?;
            let plural = if count == 1 { "" } else { "s" };
            ui.note(&format!("Deleted {count} callout{plural}"));
            return Ok(());
        }
        let entries = self.select(&journal)?;
        if self.body {
            return print_body(&journal, &entries, context);
        }
        if let Some(folder) = &self.save {
            return save(&journal, &entries, folder, context);
        }
        let Some(base) = base else {
            // The newest is what somebody looks for.
            for entry in entries.iter().rev() {
                report.push(entry)?;
            }
            report.finish()?;
            if !entries.is_empty() && self.selection.is_given() {
                ui.note("Nothing was sent; send these callouts with --to URL");
            }
            return Ok(());
        };
        check_bodies(&entries)?;
        let secret = self.secret.or_of_id(self.webhook.as_deref(), context).await?;
        if secret.is_none() {
            ui.note("No secret was given: the calls are not signed");
        }
        let claims = self.claims.read(&self.secret, secret.is_some()).await?;
        let replay = Replay::new(&access, base, secret, claims, journal)?;
        self.send(entries, &replay, report, context).await
    }
}

impl Args {
    fn view(&self, profile: Option<&str>, style: &Style) -> View<JournalEntry> {
        let left_out = |column: &&Column<JournalEntry>| {
            column.name == "profile" && !self.every_profile
                || column.name == "path" && is_narrow(style)
        };
        let view = View::rows(COLUMNS.iter().filter(|column| !left_out(column)))
            .with_id(|entry| entry.id.map(|id| id.to_string()))
            .wrapping()
            .when_empty(format!(
                "No callout{} in the journal matches; receive callouts with {MPT} endpoint listen{}",
                self.of_profile(profile),
                match self.every_profile {
                    true => "",
                    false => ", or include other profiles with --every-profile",
                }
            ));
        // What was sent is shown as it is answered.
        match self.to {
            Some(_) => view.immediate(),
            None => view,
        }
    }

    /// Sends the callouts, one after the other.
    async fn send(
        &self,
        entries: Vec<JournalEntry>,
        replay: &Replay<'_>,
        mut report: Report<'_, JournalEntry>,
        context: &Context,
    ) -> CommandResult {
        let mut unexpected: usize = 0;
        let all = entries.len();
        for entry in entries {
            let waiting = Waiting::begin(&context.ui);
            let entry = replay.send(entry).await?;
            drop(waiting);
            unexpected += usize::from(!self.expects(&entry));
            report.push(&entry)?;
        }
        report.finish()?;
        if all == 0 && self.expect.is_some() {
            return Err(
                Failure::new(Kind::Check, "no callout was sent, so no verdict is known").into()
            );
        }
        if unexpected == 0 {
            return Ok(());
        }
        let message = match self.expect {
            Some(expected) => format!("{unexpected} of {all} verdicts are not {}", expected.name()),
            None => format!("{unexpected} of {all} calls failed"),
        };
        Err(Failure::new(Kind::Check, message).into())
    }
}

fn save(
    journal: &Journal,
    entries: &[JournalEntry],
    folder: &Path,
    context: &Context,
) -> CommandResult {
    let ui = &context.ui;
    let mut report = Report::new(ui, View::rows(SAVED_COLUMNS))?;
    let cases = save_cases::save(journal, entries, folder)?;
    for reason in &cases.left_out {
        ui.warn(reason);
    }
    for case in &cases.saved {
        report.push(case)?;
    }
    report.finish()?;
    if entries.is_empty() {
        ui.note("No callout in the journal matches; nothing was saved");
    }
    if cases.saved.is_empty() && !entries.is_empty() {
        return Err(Failure::new(Kind::Check, "nothing was saved").into());
    }
    if !cases.saved.is_empty() {
        ui.note(&format!("Run them with {MPT} endpoint test {} --to URL", shell_word(folder)));
    }
    Ok(())
}

fn print_body(journal: &Journal, entries: &[JournalEntry], context: &Context) -> CommandResult {
    context.ui.no_result()?;
    let [JournalEntry { id: Some(id), .. }] = entries else {
        let message = format!("--body prints one callout, and {} are selected", entries.len());
        return Err(Failure::usage(message).with_hint("select one with --id N or --last").into());
    };
    let body = journal.body(*id)?.unwrap_or_default();
    Ok(write_stdout(&body)?)
}

impl SelectionArgs {
    fn is_given(&self) -> bool {
        self.last || self.failed || self.since.is_some() || !self.id.is_empty()
    }
}

impl Args {
    /// ` of profile production`: whose callouts are read.
    fn of_profile(&self, profile: Option<&str>) -> String {
        match (self.every_profile, profile) {
            (true, _) => String::new(),
            (false, Some(key)) => format!(" of profile {key}"),
            (false, None) => " without a profile".to_owned(),
        }
    }

    fn expects(&self, entry: &JournalEntry) -> bool {
        match entry.completion.as_ref().map(|ended| ended.outcome) {
            Some(CalloutOutcome::Judged(found)) => verdict::is_expected(found, self.expect),
            _ => false,
        }
    }

    fn select(&self, journal: &Journal) -> Result<Vec<JournalEntry>, Failure> {
        let selection = &self.selection;
        let entries = journal.list(&Selection {
            ids: selection.id.clone(),
            failed: selection.failed,
            since: selection.since.map(|since| clock::now() - since),
            last: selection.last,
            refused: !selection.is_given(),
        })?;
        for wanted in &selection.id {
            if !entries.iter().any(|entry| entry.id == Some(*wanted)) {
                let message = format!("--id {wanted}: no such callout in the journal");
                let failure = Failure::new(Kind::NotFound, message);
                let others = "; --every-profile includes those of other profiles";
                let others = if self.every_profile { "" } else { others };
                return Err(
                    failure.with_hint(format!("list callouts with {MPT} endpoint replay{others}"))
                );
            }
        }
        Ok(entries)
    }
}

const SAVED_COLUMNS: &[Column<SavedCase>] = &[
    Column::whole("id", |saved, _| saved.id.to_string().into()),
    Column::flexible("case", |saved, _| saved.case.display().to_string().into()),
    Column::flexible("payload", |saved, _| saved.payload.display().to_string().into()),
];

const COLUMNS: &[Column<JournalEntry>] = &[
    Column::whole("profile", |entry, _| entry.received.profile.clone().into()),
    Column::whole("id", |entry, _| entry.id.map(|id| id.to_string()).into()),
    Column::whole("received", |entry, style| time::at(entry.received.received_at, style).into()),
    Column::whole("object", |entry, _| {
        let id = entry.received.object_id.as_deref();
        // IDs of the platform are shorter.
        id.map(|id| cut(id, 60)).into()
    }),
    Column::whole("type", |entry, style| {
        let received = &entry.received;
        // Where there is no room for the path, it takes the place of a type that is not known.
        match (received.webhook_type.as_deref(), is_narrow(style)) {
            (Some(name), true) => {
                webhook_type::find(name).map_or(name, |known| known.short_name).into()
            }
            (None, true) => received.path.as_str().into(),
            (name, false) => name.map(str::to_owned).into(),
        }
    }),
    Column::flexible("path", |entry, _| entry.received.path.as_str().into()),
    Column::whole("outcome", |entry, _| {
        let completion = entry.completion.as_ref();
        verdict::cell(completion.map_or("unanswered", |completion| completion.outcome.name()))
    }),
    Column::flexible("message", |entry, _| {
        let completion = entry.completion.as_ref();
        completion.and_then(|completion| completion.error.clone()).into()
    }),
];
