//! `mpt webhook watch`

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::api::rql;
use crate::commands::shared::watch_printer::WatchPrinter;
use crate::commands::shared::{Context, candidates};
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::operations::signals::Signals;
use crate::operations::watch::Watch;
use crate::reporter::Reporter;
use crate::text::duration;
use crate::ui::Format;

/// Show new calls and status changes of webhooks as they happen
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The platform keeps only the last call of a webhook. watch reads the webhooks repeatedly, and so shows
a history. On a terminal, a table shows the recent outcomes of each webhook; in a pipe, each event is one line.

Examples:
  Watch every webhook until Ctrl-C:
    mpt webhook watch

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
}

pub async fn run(args: &Args, context: &Context) -> CommandResult {
    let ui = &context.ui;
    let format = ui.format(&[Format::Table, Format::Jsonl])?;
    let filter = args.filter()?;
    let session = context.connect().await?;
    let mut signals = Signals::listen().map_err(anyhow::Error::from)?;
    let mut printer = WatchPrinter::new(format, ui);
    let watching = async {
        let mut watch = Watch::new(&session.webhooks, filter, context.jobs);
        // An error in the first request ends the command; later errors are reported as gaps.
        let poll = watch
            .poll()
            .await
            .map_err(|error| Failure::from(error).while_trying("watch webhooks"))?;
        for id in &args.ids {
            let mut webhooks = poll.webhooks.iter();
            if !webhooks.any(|webhook| webhook.id.as_ref() == Some(id)) {
                ui.warn(&format!("webhook {id} does not exist yet"));
            }
        }
        ui.note(&format!(
            "Watching ({}); press Ctrl-C to stop",
            session.place
        ));
        printer.print(poll)?;
        args.keep_polling(&mut watch, &mut printer, context).await
    };
    let result = tokio::select! {
        result = watching => result,
        _ = signals.next() => Err(Ending::Reported(Kind::Interrupted)),
    };
    printer.finish();
    result
}

impl Args {
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
        context: &Context,
    ) -> CommandResult {
        let started = Instant::now();
        let end = self.duration.map(|duration| started + duration);
        let mut next = started;
        let mut in_gap = false;
        loop {
            next = (next + self.interval).max(Instant::now());
            if end.is_some_and(|end| end < next) {
                return Ok(());
            }
            sleep_until(next).await;
            match watch.poll().await {
                Ok(poll) => {
                    in_gap = false;
                    context.ui.mute(false);
                    printer.print(poll)?;
                }
                // An outage is reported once. Its events are reported when it is over.
                Err(_) if in_gap => {}
                Err(error) => {
                    in_gap = true;
                    context.ui.mute(true);
                    printer.print_gap(&error.to_string())?;
                }
            }
        }
    }
}
