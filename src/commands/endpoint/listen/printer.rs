//! Prints a line for each callout that `listen` receives.

use std::time::Duration;

use serde::Serialize;
use textwrap::core::display_width;

use crate::api::status_line;
use crate::commands::shared::verdict;
use crate::listener::ListenerEvent;
use crate::listener::journal::{CalloutOutcome, EntryRecord, JournalEntry};
use crate::model::webhook_type;
use crate::operations::listening::listen::EventSink;
use crate::reporter::Reporter;
use crate::text::escape;
use crate::text::json::Layout;
use crate::ui::cut::cut;
use crate::ui::printer::Printer;
use crate::ui::webhook_columns::is_narrow;
use crate::ui::{Error, Format, Ui, time};

pub struct CalloutPrinter<'u> {
    ui: &'u Ui,
    printer: Printer,
    format: Format,
    /// The number of callouts by outcome, in order of first occurrence.
    counts: Vec<(&'static str, u64)>,
}

/// How long to wait for the reader of the first line, and of the last ones.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The widths of facts on a terminal, in columns; longer ones move what follows.
const ID_WIDTH: usize = 3;
const OBJECT_WIDTH: usize = 18;
const OUTCOME_WIDTH: usize = 9;
const TIME_WIDTH: usize = 6;
/// The longest ID that is shown, in columns; those of the platform are shorter.
const MAX_ID: usize = 60;
/// Below the number.
const INDENT: usize = 10;

impl<'u> CalloutPrinter<'u> {
    pub fn new(format: Format, ui: &'u Ui) -> Self {
        Self { ui, printer: Printer::start(), format, counts: Vec::new() }
    }

    /// The first line is the URL of the listener, on a terminal with what it does; as JSON, also the address of the
    /// inspector. It is only made here: a filter may fail on it.
    pub fn ready(
        &self,
        url: &str,
        (does, what): (&str, String),
        inspector: Option<String>,
    ) -> Result<String, Error> {
        Ok(match self.format {
            Format::Jsonl => {
                let event = "ready";
                let ready = Ready { event, url, inspector };
                self.ui.json_text(&ready, Layout::Compact)?
            }
            _ if self.ui.style.width.is_some() => {
                let does = format!("{url}  {} {what}", does.to_lowercase());
                self.ui.wrapped(&escape::line(&does)) + "\n"
            }
            _ => format!("{url}\n"),
        })
    }

    /// Prints the first line before any other, on standard error too.
    pub async fn print_first(&self, line: String) {
        self.printer.print(line);
        self.printer.printed(LAST_WAIT).await;
    }

    /// Waits a short time for the reader. Returns the number of lines it did not get.
    pub async fn finish(self) -> u64 {
        self.printer.finish(LAST_WAIT).await
    }

    fn count(&mut self, entry: &JournalEntry) {
        let Some(completion) = &entry.completion else {
            return;
        };
        let name = completion.outcome.name();
        match self.counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.counts.push((name, 1)),
        }
    }

    /// `3 callouts: 2 success, 1 token refused`
    pub fn summary(&self) -> String {
        let all: u64 = self.counts.iter().map(|(_, count)| count).sum();
        let parts: Vec<_> = self
            .counts
            .iter()
            .map(|(name, count)| match *name {
                "refused" => format!("{count} token refused"),
                name => format!("{count} {name}"),
            })
            .collect();
        let plural = if all == 1 { "" } else { "s" };
        let parts = match parts.is_empty() {
            true => String::new(),
            false => format!(": {}", parts.join(", ")),
        };
        format!("{all} callout{plural}{parts}")
    }

    /// On a terminal, the facts stand below each other, and a message that does not fit is on a line of its own.
    fn line(&self, entry: &JournalEntry) -> String {
        let style = &self.ui.style;
        let received = &entry.received;
        let completion = entry.completion.as_ref();
        let on_terminal = style.width.is_some();
        let padded = |text: String, width: usize| match on_terminal {
            true => format!("{text:<width$}"),
            false => text,
        };
        let plain = |text: &str| escape::line(text).into_owned();
        let short = |name: &str| {
            let known = webhook_type::find(name).filter(|_| is_narrow(style));
            known.map_or_else(|| plain(name), |known| known.short_name.to_owned())
        };
        let outcome = completion.map(|completion| {
            let cell = verdict::cell(completion.outcome.name());
            style.paint(cell.tone, &padded(cell.text.clone(), OUTCOME_WIDTH))
        });
        let status = completion
            .and_then(|completion| completion.status)
            .map(|status| if on_terminal { status.to_string() } else { status_line(status) });
        let head = [
            Some(time::of_day(received.received_at, style)),
            entry.id.map(|id| padded(format!("#{id}"), ID_WIDTH)),
            (on_terminal || received.object_id.is_some()).then(|| {
                padded(
                    cut(&plain(received.object_id.as_deref().unwrap_or("-")), MAX_ID),
                    OBJECT_WIDTH,
                )
            }),
            outcome,
            status,
            completion.map(|completion| padded(time::took(completion.took), TIME_WIDTH)),
            received.webhook_type.as_deref().map(short),
            Some(plain(&received.path)),
        ];
        let said = [
            completion.and_then(|completion| completion.error.as_deref().map(plain)),
            received.is_by_hand.then(|| "sent by hand".to_owned()),
        ];
        let joined = |parts: &[Option<String>]| {
            parts.iter().flatten().map(String::as_str).collect::<Vec<_>>().join("  ")
        };
        let (head, said) = (joined(&head), joined(&said));
        let line = match style.width {
            _ if said.is_empty() => head,
            Some(width) if display_width(&head) + 2 + display_width(&said) > width => {
                format!("{head}\n{}{said}", " ".repeat(INDENT))
            }
            _ => format!("{head}  {said}"),
        };
        self.ui.wrapped(&line) + "\n"
    }
}

impl EventSink for CalloutPrinter<'_> {
    type Error = Error;

    fn send(&mut self, event: &ListenerEvent) -> Result<(), Error> {
        let entry = match event {
            ListenerEvent::Completion(entry) => entry,
            ListenerEvent::JournalReplaced => {
                let warning = "the journal was deleted; callouts are stored in a new one, and those before are lost";
                self.ui.warn(warning);
                return Ok(());
            }
            ListenerEvent::HungUp(object) => {
                let object = object.as_deref().unwrap_or("a callout");
                self.ui.note(&format!("The sender of {object} has hung up before the answer"));
                return Ok(());
            }
            ListenerEvent::NotStored(error) => {
                let warning = format!("cannot write a callout to the journal: {error}");
                self.ui.warn(&warning);
                return Ok(());
            }
        };
        self.count(entry);
        self.printer.print(match self.format {
            Format::Jsonl => self.ui.json_text(&record(entry), Layout::Compact)?,
            _ => self.ui.guarded_text(&self.line(entry)).into_owned(),
        });
        Ok(())
    }

    async fn closed(&mut self) -> Result<(), Error> {
        self.printer.ended().await
    }
}

/// An event as JSON.
#[derive(Serialize)]
struct EventRecord<'e> {
    event: &'static str,
    #[serde(flatten)]
    entry: EntryRecord<'e>,
}

#[derive(Serialize)]
struct Ready<'u> {
    event: &'static str,
    url: &'u str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inspector: Option<String>,
}

fn record(entry: &JournalEntry) -> EventRecord<'_> {
    let outcome = entry.completion.as_ref().map(|completion| completion.outcome);
    EventRecord {
        event: match outcome {
            Some(CalloutOutcome::Refused) => "refused",
            Some(CalloutOutcome::ForwardFailed) => "forward-failed",
            _ => "callout",
        },
        entry: entry.record(),
    }
}
