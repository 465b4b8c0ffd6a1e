//! `mpt webhook replay`

use std::time::Duration;

use clap::ValueHint;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::secret::SecretSource;
use super::{listen, target, trigger, verdict};
use crate::callout::{Caller, Endpoint, Verdict};
use crate::commands::shared::Context;
use crate::config::parse_duration;
use crate::failure::{Failure, Kind};
use crate::listener::journal::{Entry, Journal, Outcome, Selection, Settled};
use crate::model::Secret;
use crate::model::url::{shown, with_path};
use crate::ui::columns::Column;
use crate::ui::{Layout, Records, time};

/// List the callouts that listen received, or send them again
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Without --to they are listed. With it they are sent in the order in which they came, byte for byte and
signed afresh; one that had failed counts as answered once it is. What listen refused is sent only by --id.

Examples:
  What was received:
    mpt webhook replay

  Send again what failed in the last two hours:
    mpt webhook replay --failed --since 2h --to http://localhost:5000 --secret-file hook.secret

  The object that came last, to look at or to change:
    mpt webhook replay --last --body > order.json

  One of them, as CI would:
    mpt webhook replay --id 12 --to http://localhost:5000 --expect success")]
pub struct Args {
    /// Send them to this URL; an origin alone takes each callout's path
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    #[arg(requires = "selection")]
    to: Option<String>,

    /// Call a host that is not this machine
    #[arg(long, requires = "to")]
    remote: bool,

    /// Exit 10 unless this is the verdict of each
    #[arg(long, value_name = "VERDICT", requires = "to")]
    expect: Option<Verdict>,

    /// Print the body of the one that is selected, as it came
    #[arg(long, requires = "selection", conflicts_with = "to")]
    body: bool,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    secret: SecretSource,

    /// Take the secret from this webhook, where it is readable
    #[arg(long, value_name = "ID", requires = "to", help_heading = "Secret")]
    webhook: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(id = "selection", multiple = true)]
#[command(next_help_heading = "Selection")]
struct SelectionArgs {
    /// The latest, of those that the other flags leave
    #[arg(long)]
    last: bool,

    /// The one with this number (can be repeated)
    #[arg(long, value_name = "N", conflicts_with_all = ["last", "failed", "since"])]
    id: Vec<i64>,

    /// Those that failed or were never answered
    #[arg(long)]
    failed: bool,

    /// Those that came in this time
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    since: Option<Duration>,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, layout())?;
    let base = match &args.to {
        Some(text) => Some(target::check_reach(text, args.remote)?),
        None => None,
    };
    let journal = Journal::open(&listen::journal_path()?)?;
    let entries = args.select(&journal)?;
    if args.body {
        return print_body(&journal, &entries, context);
    }
    let Some(base) = base else {
        for entry in &entries {
            records.push(entry.to_json())?;
        }
        records.finish()?;
        if !entries.is_empty() && args.selection.is_given() {
            context
                .console
                .note("Nothing was sent; --to URL sends these");
        }
        return Ok(());
    };
    let replay = Replay {
        caller: Caller::new(&base).map_err(|error| Failure::usage(error.to_string()))?,
        base,
        secret: target::secret_of(args.webhook.as_deref(), &args.secret, context).await?,
        journal,
    };
    if replay.secret.is_none() {
        let note = "Without a secret the calls are not signed";
        context.console.note(note);
    }
    let mut unexpected: usize = 0;
    let all = entries.len();
    for entry in entries {
        let entry = replay.send(entry).await?;
        let met = args.expect.is_none_or(|expected| {
            let outcome = entry.settled.as_ref().map(|settled| settled.outcome);
            outcome.map(Outcome::name) == Some(expected.name())
        });
        unexpected += usize::from(!met);
        records.push(entry.to_json())?;
    }
    records.finish()?;
    match args.expect {
        Some(expected) if unexpected > 0 => {
            let message = format!(
                "the verdict is not {} for {unexpected} of {all}",
                expected.name()
            );
            Err(Failure::new(Kind::Check, message).into())
        }
        _ => Ok(()),
    }
}

fn print_body(journal: &Journal, entries: &[Entry], context: &Context) -> anyhow::Result<()> {
    context.console.no_result()?;
    let [Entry { id: Some(id), .. }] = entries else {
        let message = format!("--body prints one, and {} are selected", entries.len());
        return Err(Failure::usage(message)
            .with_hint("--id N or --last selects one")
            .into());
    };
    let body = journal.body(*id)?.unwrap_or_default();
    Ok(context.console.print_bytes(&body)?)
}

impl SelectionArgs {
    fn is_given(&self) -> bool {
        self.last || self.failed || self.since.is_some() || !self.id.is_empty()
    }
}

impl Args {
    fn select(&self, journal: &Journal) -> Result<Vec<Entry>, anyhow::Error> {
        let SelectionArgs {
            last,
            ref id,
            failed,
            since,
        } = self.selection;
        let entries = journal.list(&Selection {
            ids: id.clone(),
            failed,
            since: since.map(|since| Timestamp::now() - since),
            last,
            refused: !self.selection.is_given(),
        })?;
        for wanted in id {
            if !entries.iter().any(|entry| entry.id == Some(*wanted)) {
                let message = format!("--id {wanted}: the journal has no such callout");
                let failure = Failure::new(Kind::NotFound, message);
                return Err(failure.with_hint("mpt webhook replay lists them").into());
            }
        }
        Ok(entries)
    }
}

struct Replay {
    caller: Caller,
    base: Url,
    secret: Option<Secret>,
    journal: Journal,
}

impl Replay {
    /// Sends an entry; the journal has what came of it before the next one goes.
    async fn send(&self, entry: Entry) -> anyhow::Result<Entry> {
        let id = entry.id.unwrap_or_default();
        let body = self.journal.body(id)?.ok_or_else(|| {
            Failure::new(
                Kind::NotFound,
                format!("callout {id} is no longer in the journal"),
            )
        })?;
        let webhook_id = entry.received.webhook_id.as_deref();
        let endpoint = Endpoint {
            url: with_path(&self.base, &entry.received.path, None),
            webhook_id: webhook_id.unwrap_or(trigger::NO_WEBHOOK).to_owned(),
            secret: self.secret.clone(),
        };
        let record = self.caller.call(&endpoint, &body).await;
        let settled = Settled {
            outcome: if record.answer.is_some() {
                Outcome::Judged(record.verdict)
            } else {
                Outcome::ForwardFailed
            },
            status: record.answer.as_ref().map(|answer| answer.status),
            took: record.answered_at.duration_since(record.called_at),
            error: record.error,
            forwarded_to: Some(shown(&endpoint.url)),
        };
        // What was turned away stays so, and a failure elsewhere takes nothing back.
        let is_answered = matches!(
            settled.outcome,
            Outcome::Judged(Verdict::Success | Verdict::Refusal)
        );
        let was_refused = entry
            .settled
            .as_ref()
            .is_some_and(|before| before.outcome == Outcome::Refused);
        if is_answered && !was_refused {
            self.journal.settle(id, &settled)?;
        }
        Ok(Entry {
            settled: Some(settled),
            ..entry
        })
    }
}

fn layout() -> Layout<Value> {
    let id = |row: &Value| row["id"].as_i64().map(|id| id.to_string());
    Layout {
        wraps: true,
        empty: "No callouts are in the journal that fit; mpt webhook listen receives them"
            .to_owned(),
        ..Layout::rows_with_id(COLUMNS, id)
    }
}

const COLUMNS: &[Column<Value>] = &[
    Column {
        name: "id",
        whole: true,
        cell: |row, _| row["id"].to_string().into(),
    },
    Column {
        name: "received",
        whole: true,
        cell: |row, style| time::when(row["receivedAt"].as_str().unwrap_or_default(), style).into(),
    },
    Column {
        name: "object",
        whole: true,
        cell: |row, _| row["object"].as_str().unwrap_or_default().into(),
    },
    Column {
        name: "outcome",
        whole: true,
        cell: |row, _| verdict::cell(row["outcome"].as_str().unwrap_or("unanswered")),
    },
    Column {
        name: "error",
        whole: false,
        cell: |row, _| row["error"].as_str().unwrap_or_default().into(),
    },
];
