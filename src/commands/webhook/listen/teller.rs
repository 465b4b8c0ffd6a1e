//! How `listen` tells what happens: a line for each callout.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::status_line;
use crate::commands::webhook::verdict;
use crate::listener::Event;
use crate::listener::journal::{Entry, Outcome};
use crate::ui::printer::Printer;
use crate::ui::{Console, Error, Format, escape, time};

pub struct Teller<'c> {
    console: &'c Console,
    printer: Printer,
    format: Format,
    /// How often each outcome came, in the order of the first.
    counts: Vec<(&'static str, u64)>,
}

/// How long the reader has for the last lines.
const LAST_WAIT: Duration = Duration::from_secs(1);

impl<'c> Teller<'c> {
    pub fn new(format: Format, console: &'c Console) -> Self {
        Self {
            console,
            printer: Printer::start(),
            format,
            counts: Vec::new(),
        }
    }

    pub fn ready(&self, url: &str) -> Result<(), Error> {
        match self.format {
            Format::Jsonl => {
                let ready = json!({"event": "ready", "url": url});
                self.printer.print(self.console.json_text(&ready, false)?);
            }
            _ => self.printer.print(format!("{url}\n")),
        }
        Ok(())
    }

    pub fn tell(&mut self, event: &Event) -> Result<(), Error> {
        let entry = match event {
            Event::Settled(entry) => entry,
            Event::NotKept(error) => {
                let warning = format!("a callout is not in the journal: {error}");
                self.console.warn(&warning);
                return Ok(());
            }
        };
        self.count(entry);
        match self.format {
            Format::Jsonl => self
                .printer
                .print(self.console.json_text(&document(entry), false)?),
            _ => self.printer.print(self.line(entry)),
        }
        Ok(())
    }

    /// Comes when nobody can be told any more.
    pub async fn failed(&mut self) -> Error {
        self.printer.failed().await
    }

    /// Waits for the reader, a little; how many lines it did not get.
    pub async fn finish(self) -> u64 {
        self.printer.finish(LAST_WAIT).await
    }

    fn count(&mut self, entry: &Entry) {
        let Some(settled) = &entry.settled else {
            return;
        };
        let name = settled.outcome.name();
        match self.counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.counts.push((name, 1)),
        }
    }

    /// `3 callouts: 2 success, 1 refused`
    pub fn summary(&self) -> String {
        let all: u64 = self.counts.iter().map(|(_, count)| count).sum();
        let parts: Vec<_> = self
            .counts
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let plural = if all == 1 { "" } else { "s" };
        let parts = match parts.is_empty() {
            true => String::new(),
            false => format!(": {}", parts.join(", ")),
        };
        format!("{all} callout{plural}{parts}")
    }

    fn line(&self, entry: &Entry) -> String {
        let style = &self.console.style;
        let received = &entry.received;
        let settled = entry.settled.as_ref();
        let outcome = settled.map(|settled| {
            let cell = verdict::cell(settled.outcome.name());
            style.paint(cell.tone, &cell.text)
        });
        let plain = |text: &str| escape::line(text).into_owned();
        let what = [&received.object_id, &received.webhook_type];
        let what = what.into_iter().flatten().map(|text| plain(text));
        let what: Vec<_> = what.collect();
        let parts = [
            Some(time::of_day(received.received_at, style)),
            entry.id.map(|id| format!("#{id}")),
            Some(if what.is_empty() {
                plain(&received.path)
            } else {
                what.join(" ")
            }),
            outcome,
            settled.and_then(|settled| settled.status.map(status_line)),
            settled.map(|settled| time::took(settled.took)),
            settled.and_then(|settled| settled.error.as_deref().map(plain)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("  ") + "\n"
    }
}

fn document(entry: &Entry) -> Value {
    let event = match entry.settled.as_ref().map(|settled| settled.outcome) {
        Some(Outcome::Refused) => "refused",
        Some(Outcome::ForwardFailed) => "forward-failed",
        _ => "callout",
    };
    let mut document = json!({ "event": event });
    if let (Value::Object(members), Value::Object(entry)) = (&mut document, entry.to_json()) {
        members.extend(entry);
    }
    document
}
