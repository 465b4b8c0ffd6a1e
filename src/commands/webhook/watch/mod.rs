//! `mpt webhook watch`

mod printer;

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::api::rql;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::model::id::{id_hint, is_id};
use crate::operations::webhooks::watch::{Condition, Poll, State, Watch};
use crate::reporter::Reporter;
use crate::system::signals::{Resizes, Signal, Signals};
use crate::text::duration;
use crate::ui::{Format, has_reader};
use printer::WatchPrinter;

/// Show new calls and status changes of webhooks as they happen
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The platform keeps only the last call of a webhook. watch reads the webhooks repeatedly, and so shows \
a history. On a terminal, a table shows the recent outcomes of each webhook; in a pipe, each event is one line. \
Of several calls between two requests, only the last is shown; the others are counted.

Examples:
  Watch every webhook until Ctrl-C:
    mpt webhook watch

  In a script, wait until a webhook was called, for a minute at most:
    mpt webhook watch WBH-1234-5678 --until called --for 60s

  Watch one webhook for ten minutes, as JSON:
    mpt webhook watch WBH-1234-5678 --interval 2s --for 10m -o jsonl")]
pub struct Args {
    /// Webhook IDs [default: all]
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    ids: Vec<String>,

    /// Time between two requests to the platform
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration::parse)]
    interval: Duration,

    /// Stop after this time [default: on Ctrl-C]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration::parse)]
    duration: Option<Duration>,

    /// Stop when every webhook is in this state; exit 10 if it is not reached within --for
    #[arg(long, value_name = "STATE")]
    until: Option<State>,
}

/// How long the last poll may take after the end.
const LAST_POLL: Duration = Duration::from_secs(2);

impl Verb for Args {
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        let format = ui.format(&[Format::Table, Format::Jsonl])?;
        if self.ids.iter().any(|id| id == "-") {
            return Err(Failure::usage("watch reads no IDs from standard input")
                .with_hint("give the IDs as arguments, or none to watch all webhooks")
                .into());
        }
        let filter = self.filter()?;
        let session = context.connect().await?;
        let mut signals = Signals::listen()?;
        let mut resizes = Resizes::listen();
        let mut printer = WatchPrinter::new(format, ui);
        let watching = async {
            let mut watch = Watch::new(&session.webhooks, filter, context.jobs);
            // An error in the first request ends the command; later errors are reported as gaps.
            let poll = watch
                .poll()
                .await
                .map_err(|error| Failure::from(error).while_trying("watch webhooks"))?;
            for id in &self.ids {
                let mut webhooks = poll.webhooks.iter();
                if !webhooks.any(|webhook| webhook.id.as_ref() == Some(id)) {
                    let hint = match is_id(id) {
                        true => String::new(),
                        false => format!("; {}", id_hint("webhook", "WBH")),
                    };
                    ui.warn(&format!("webhook {id} does not exist yet{hint}"));
                }
            }
            ui.note(&format!("Watching ({}); press Ctrl-C to stop", session.target_name()));
            let mut until = self.until();
            let is_reached = until.is_reached(&poll);
            printer.print(poll)?;
            if is_reached {
                return Ok(());
            }
            self.keep_polling(&mut watch, &mut printer, &mut until, &mut resizes, context).await
        };
        let result = tokio::select! {
            result = watching => result,
            end = signals.next() => match end {
                // What --until waits for was not reached.
                Signal::Terminate if self.until.is_none() => Ok(()),
                _ => Err(Ending::Reported(Kind::Interrupted)),
            },
        };
        printer.finish();
        result
    }
}

/// `--until`, and what it still waits for.
struct WaitsFor {
    condition: Option<Condition>,
    pending: Option<Vec<String>>,
}

impl WaitsFor {
    fn is_reached(&mut self, poll: &Poll) -> bool {
        let Some(condition) = &mut self.condition else {
            return false;
        };
        self.pending = condition.pending(poll);
        self.pending.as_ref().is_some_and(Vec::is_empty)
    }

    /// The result when the time is over.
    fn result(&self) -> CommandResult {
        if self.condition.is_none() {
            return Ok(());
        }
        let message = match &self.pending {
            None => "there are no webhooks".to_owned(),
            Some(ids) => format!("the state was not reached in time by {}", ids.join(", ")),
        };
        Err(Failure::new(Kind::Check, message).into())
    }
}

impl Args {
    fn until(&self) -> WaitsFor {
        WaitsFor {
            condition: self.until.map(|until| Condition::new(until, &self.ids)),
            pending: None,
        }
    }

    fn filter(&self) -> Result<String, Failure> {
        if self.ids.is_empty() {
            return Ok(String::new());
        }
        rql::is_in("id", self.ids.iter().map(String::as_str))
            .ok_or_else(|| Failure::usage("an ID cannot contain both ' and \""))
    }

    async fn keep_polling(
        &self,
        watch: &mut Watch<'_>,
        printer: &mut WatchPrinter<'_>,
        until: &mut WaitsFor,
        resizes: &mut Resizes,
        context: &Context,
    ) -> CommandResult {
        let started = Instant::now();
        let end = self.duration.map(|duration| started + duration);
        let mut next = started;
        let mut in_gap = false;
        loop {
            next = (next + self.interval).max(Instant::now());
            // The last poll is at the end.
            let last = end.filter(|end| *end <= next);
            let waiting = sleep_until(last.unwrap_or(next));
            let mut waiting = std::pin::pin!(waiting);
            loop {
                tokio::select! {
                    () = &mut waiting => break,
                    () = resizes.next() => printer.redraw(),
                }
            }
            // A platform that hangs does not delay the end.
            let polled = match end {
                Some(end) => timeout_at(end + LAST_POLL, watch.poll()).await,
                None => Ok(watch.poll().await),
            };
            let Ok(polled) = polled else {
                return until.result();
            };
            match polled {
                Ok(poll) => {
                    in_gap = false;
                    context.ui.mute(false);
                    let is_reached = until.is_reached(&poll);
                    printer.print(poll)?;
                    if is_reached {
                        return Ok(());
                    }
                }
                // An outage is reported once. Its events are reported when it is over.
                Err(_) if in_gap => {}
                Err(error) => {
                    in_gap = true;
                    context.ui.mute(true);
                    printer.print_gap(&error.to_string())?;
                }
            }
            // What --until waits for is awaited also without a reader.
            let is_unread = self.until.is_none() && !has_reader();
            if last.is_some() || is_unread {
                return until.result();
            }
        }
    }
}
