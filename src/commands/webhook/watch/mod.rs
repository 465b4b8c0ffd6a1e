//! `mpt webhook watch`

mod teller;

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::api::webhooks::Query;
use crate::api::{Error as ApiError, Pages, Webhooks, rql};
use crate::commands::shared::Context;
use crate::commands::shared::interrupt::listen_for_end;
use crate::config::parse_duration;
use crate::failure::{AlreadyReported, Failure, Kind};
use crate::model::Webhook;
use crate::model::history::{Event, History};
use crate::ui::{Console, Format};
use teller::Teller;

/// Watch webhooks: every new call and every change of status
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The platform keeps only the last call of a webhook; watching is how to get a history. On a terminal a
table shows each webhook's recent outcomes; in a pipe there is one line for each event.

Examples:
  Every webhook, until Ctrl-C:
    mpt webhook watch

  One of them for ten minutes, for a program:
    mpt webhook watch WBH-1234-5678 --interval 2s --for 10m -o jsonl")]
pub struct Args {
    /// Ids [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<String>,

    /// Look this often
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    interval: Duration,

    /// End after this time [default: with Ctrl-C]
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    duration: Option<Duration>,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let console = &context.console;
    let format = console.format(&[Format::Table, Format::Jsonl])?;
    let query = Query {
        filter: args.filter()?,
        select: Some(SELECT.to_owned()),
        order: None,
    };
    let session = context.connect().await?;
    let end = listen_for_end()?;
    let mut watch = Watch {
        webhooks: &session.webhooks,
        query,
        history: History::default(),
        in_gap: false,
        console,
    };
    let mut teller = Teller::new(format, console);
    let watching = async {
        // A first look that fails is a wrong command; a later one is a gap.
        let (webhooks, _) = watch
            .look()
            .await
            .map_err(|error| Failure::from(error).while_trying("watch webhooks"))?;
        for id in &args.ids {
            if !webhooks
                .iter()
                .any(|webhook| webhook.id.as_ref() == Some(id))
            {
                console.warn(&format!("there is no webhook {id} to watch, as yet"));
            }
        }
        console.note(&format!("Watching ({}); Ctrl-C ends it", session.place));
        teller.tell(&webhooks, &[])?;
        watch.keep_looking(args, &mut teller).await
    };
    let result = tokio::select! {
        result = watching => result,
        _ = end => Err(AlreadyReported(Kind::Interrupted).into()),
    };
    teller.finish();
    result
}

/// All that a look needs.
const SELECT: &str = "statistics,lastCall";

impl Args {
    /// One list for all ids, so that a look costs pages and not webhooks.
    fn filter(&self) -> Result<String, Failure> {
        if self.ids.is_empty() {
            return Ok(String::new());
        }
        rql::is_in("id", self.ids.iter().map(String::as_str))
            .ok_or_else(|| Failure::usage("an id cannot hold both kinds of quotes"))
    }
}

struct Watch<'a> {
    webhooks: &'a Webhooks<'a>,
    query: Query,
    history: History,
    /// Whether the last look failed.
    in_gap: bool,
    console: &'a Console,
}

impl Watch<'_> {
    async fn keep_looking(&mut self, args: &Args, teller: &mut Teller<'_>) -> anyhow::Result<()> {
        let started = Instant::now();
        let end = args.duration.map(|duration| started + duration);
        let mut next = started;
        loop {
            next = (next + args.interval).max(Instant::now());
            if end.is_some_and(|end| end < next) {
                return Ok(());
            }
            sleep_until(next).await;
            match self.look().await {
                Ok((webhooks, events)) => {
                    self.in_gap = false;
                    self.console.hush(false);
                    teller.tell(&webhooks, &events)?;
                }
                // An outage is told once; what happened in it is told when it is over.
                Err(_) if self.in_gap => {}
                Err(error) => {
                    self.in_gap = true;
                    self.console.hush(true);
                    teller.gap(&error)?;
                }
            }
        }
    }

    async fn look(&mut self) -> Result<(Vec<Webhook>, Vec<Event>), ApiError> {
        let mut pages = Pages::new(self.webhooks, &self.query, None);
        let mut webhooks = Vec::new();
        while let Some(documents) = pages.next().await? {
            webhooks.extend(documents.iter().map(Webhook::of));
        }
        let events = self.history.look(webhooks.iter().cloned());
        Ok((webhooks, events))
    }
}
