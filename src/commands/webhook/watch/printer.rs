//! Prints what `watch` sees: a live table on a terminal, a line for each event otherwise.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Call, Webhook, timestamp, webhook_type};
use crate::operations::webhooks::watch::{Poll, WatchEvent};
use crate::system::clock;
use crate::text::escape;
use crate::text::json::Layout;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell, Fit, Heading};
use crate::ui::webhook_columns::{health, is_narrow, sign};
use crate::ui::{Error, Format, Style, Ui, time};

pub struct WatchPrinter<'u> {
    ui: &'u Ui,
    mode: Mode,
}

enum Mode {
    /// JSON, for programs.
    Events,
    /// Text, for a pipe.
    Lines,
    Live(Screen),
}

/// A table that is redrawn in place.
#[derive(Default)]
struct Screen {
    /// The latest outcomes of each webhook, oldest first.
    outcomes: BTreeMap<String, Vec<Option<bool>>>,
    webhooks: Vec<Webhook>,
    /// Why the webhooks cannot be read at the moment.
    gap: Option<String>,
}

/// What is shown first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Failing,
    /// It was called since watching began.
    Called,
    None,
}

/// The number of outcomes in a row.
const MAX_OUTCOMES: usize = 20;

impl<'u> WatchPrinter<'u> {
    pub fn new(format: Format, ui: &'u Ui) -> Self {
        let mode = match format {
            Format::Jsonl => Mode::Events,
            _ if ui.style.clock.is_some() => Mode::Live(Screen::default()),
            _ => Mode::Lines,
        };
        Self { ui, mode }
    }

    /// Prints each event once; the live table shows every webhook.
    pub fn print(&mut self, poll: Poll) -> Result<(), Error> {
        match &mut self.mode {
            Mode::Events => {
                for event in &poll.events {
                    self.ui.print_json(&EventRecord::of(event), Layout::Compact)?;
                }
                Ok(())
            }
            Mode::Lines => {
                let lines = poll.events.iter().map(|event| line(event, &self.ui.style));
                self.ui.print_text(&lines.collect::<String>())
            }
            Mode::Live(screen) => {
                screen.add(&poll.events);
                screen.webhooks = poll.webhooks;
                screen.gap = None;
                self.ui.show_live(|style, height| screen.draw(style, height));
                Ok(())
            }
        }
    }

    /// Prints why the webhooks cannot be read at the moment.
    pub fn print_gap(&mut self, error: &str) -> Result<(), Error> {
        match &mut self.mode {
            Mode::Events => {
                let gap = EventRecord::Gap { error };
                self.ui.print_json(&gap, Layout::Compact)
            }
            Mode::Lines => {
                let line = format!("gap: {}\n", escape::line(error));
                self.ui.print_text(&line)
            }
            Mode::Live(screen) => {
                screen.gap = Some(error.to_owned());
                self.ui.show_live(|style, height| screen.draw(style, height));
                Ok(())
            }
        }
    }

    /// Draws the live table again, since the terminal has another size.
    pub fn redraw(&self) {
        if let Mode::Live(screen) = &self.mode {
            self.ui.clear_screen();
            self.ui.show_live(|style, height| screen.draw(style, height));
        }
    }

    pub fn finish(&self) {
        self.ui.end_live();
    }
}

/// An event as JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase", rename_all_fields = "camelCase")]
enum EventRecord<'e> {
    Call {
        webhook: &'e str,
        success: Option<bool>,
        call_time: Option<&'e str>,
        http: Option<String>,
        error: Option<&'e str>,
        missed: u64,
    },
    Status {
        webhook: &'e str,
        from: &'e str,
        to: &'e str,
        seen_at: String,
    },
    Gap {
        error: &'e str,
    },
}

impl<'e> EventRecord<'e> {
    fn of(event: &'e WatchEvent) -> Self {
        match event {
            WatchEvent::Called { id, call, missed } => Self::Call {
                webhook: id,
                success: call.success,
                call_time: call.call_time.as_deref(),
                http: call.http_status(),
                error: call.error.as_deref(),
                missed: *missed,
            },
            WatchEvent::Switched { id, from, to } => {
                Self::Status { webhook: id, from, to, seen_at: timestamp::format(clock::now()) }
            }
        }
    }
}

fn line(event: &WatchEvent, style: &Style) -> String {
    let words = match event {
        WatchEvent::Called { id, call, missed } => called(id, call, *missed, style),
        WatchEvent::Switched { id, from, to } => {
            let seen = time::of_day(clock::now(), style);
            format!("{seen}  {id}  {from} → {to}")
        }
    };
    format!("{}\n", escape::line(&words))
}

fn called(id: &str, call: &Call, missed: u64, style: &Style) -> String {
    let missed = (missed > 0).then(|| format!("(calls missed before it: {missed})"));
    let parts = [
        call.call_time.as_deref().map(|at| time::when(at, style)),
        Some(id.to_owned()),
        call.success.map(|success| Cell::outcome(success).text),
        call.http_status(),
        call.took().map(time::took),
        call.error.clone(),
        missed,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

impl Screen {
    fn add(&mut self, events: &[WatchEvent]) {
        for event in events {
            let WatchEvent::Called { id, call, missed } = event else {
                continue;
            };
            let outcomes = self.outcomes.entry(id.clone()).or_default();
            let unseen = usize::try_from(*missed).unwrap_or(MAX_OUTCOMES);
            outcomes.extend(std::iter::repeat_n(None, unseen.min(MAX_OUTCOMES)));
            outcomes.push(call.success);
            let surplus = outcomes.len().saturating_sub(MAX_OUTCOMES);
            outcomes.drain(..surplus);
        }
    }

    /// Rows that do not fit are only counted; failing webhooks and errors come first.
    fn draw(&self, style: &Style, height: usize) -> String {
        let is_narrow = is_narrow(style);
        let mut headings: Vec<Heading> = vec![
            ("", Fit::Whole),
            ("id", Fit::Whole),
            ("object", Fit::Whole),
            ("type", Fit::End),
            ("last call", Fit::Whole),
            ("result", Fit::End),
        ];
        headings.extend((!is_narrow).then_some(("since then", Fit::Whole)));
        let mut shown: Vec<&Webhook> = self.webhooks.iter().collect();
        shown.sort_by_key(|webhook| {
            let id = webhook.id.as_deref().unwrap_or_default();
            match (webhook.is_failing(), self.outcomes.contains_key(id)) {
                (true, _) => Urgency::Failing,
                (false, true) => Urgency::Called,
                (false, false) => Urgency::None,
            }
        });
        // Lines for the heading, the messages above and below, and the cursor.
        let hidden = shown.len().saturating_sub(height.saturating_sub(4).max(1));
        shown.truncate(shown.len() - hidden);
        let rows: Vec<Vec<Cell>> = shown
            .iter()
            .map(|webhook| {
                let object = webhook.object.as_ref().and_then(|object| object.id.clone());
                let call = webhook.last_call.as_ref();
                let called_at = call.and_then(|call| call.call_time.as_deref());
                let mut cells = vec![
                    sign(webhook),
                    webhook.id.clone().into(),
                    object.into(),
                    webhook_type(webhook, is_narrow),
                    called_at.map(|at| time::when(at, style)).into(),
                    result(webhook),
                ];
                let id = webhook.id.as_deref().unwrap_or_default();
                cells.extend((!is_narrow).then(|| self.bar(id)));
                cells
            })
            .collect();
        let mut text = String::new();
        if let Some(error) = &self.gap {
            let line = format!("cannot read the webhooks at the moment: {}", escape::line(error));
            text = style.paint(Tone::Caution, &line) + "\n";
        }
        if rows.is_empty() {
            text.push_str("no webhooks yet");
        } else {
            text.push_str(&table::list(&headings, &rows, false, style));
        }
        if hidden > 0 {
            text.push_str(&format!("… and {hidden} more"));
        }
        text.trim_end().to_owned()
    }

    /// A mark for each outcome, the latest last, and a dot for a missed one. The latest outcome sets
    /// the colour.
    fn bar(&self, id: &str) -> Cell {
        let outcomes = self.outcomes.get(id).map(Vec::as_slice).unwrap_or_default();
        let ticks: String = outcomes
            .iter()
            .map(|outcome| match outcome {
                Some(true) => '✓',
                Some(false) => '✗',
                None => '·',
            })
            .collect();
        let tone = match outcomes.last() {
            Some(Some(true)) => Tone::Good,
            Some(Some(false)) => Tone::Bad,
            _ => Tone::Dim,
        };
        Cell::new(ticks, tone)
    }
}

/// The type; on a narrow terminal, the short name that `status` uses.
fn webhook_type(webhook: &Webhook, is_narrow: bool) -> Cell {
    let name = webhook.webhook_type.as_deref().unwrap_or_default();
    let known = webhook_type::find(name).filter(|_| is_narrow);
    known.map_or(name, |known| known.short_name).into()
}

/// The status of the last answer, or the error of the call.
fn result(webhook: &Webhook) -> Cell {
    let Some(call) = &webhook.last_call else {
        return health(webhook);
    };
    match call.success {
        Some(false) => {
            Cell::new(call.http_status().or(call.error.clone()).unwrap_or_default(), Tone::Bad)
        }
        _ => call.http_status().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Screen;
    use crate::model::{Call, Webhook};
    use crate::operations::webhooks::watch::WatchEvent;
    use crate::ui::Style;

    #[test]
    fn the_live_table_shows_recent_outcomes_and_gaps() {
        let webhook = Webhook::of(&json!({"id": "WBH-1", "type": "T", "status": "Enabled"}));
        let mut screen = Screen { webhooks: vec![webhook], ..Screen::default() };
        for (success, missed) in [(true, 0), (false, 2)] {
            let call: Call = serde_json::from_value(json!({"success": success})).unwrap();
            let call = Box::new(call);
            screen.add(&[WatchEvent::Called { id: "WBH-1".into(), call, missed }]);
        }
        let drawn = screen.draw(&Style::default(), 24);
        assert!(drawn.contains("✓··✗"), "{drawn}");
        screen.gap = Some("no\u{1b} answer".to_owned());
        let drawn = screen.draw(&Style::default(), 24);
        assert!(
            drawn.starts_with("cannot read the webhooks at the moment: no\\u001b answer\n"),
            "{drawn}"
        );
        // A webhook that was called comes before those that were not.
        screen.webhooks.insert(0, Webhook::of(&json!({"id": "WBH-0"})));
        let drawn = screen.draw(&Style::default(), 24);
        assert!(drawn.find("WBH-1") < drawn.find("WBH-0"), "{drawn}");
        screen.webhooks.remove(0);
        // On a small screen, failing webhooks come first and the others are counted.
        let failing = json!({"id": "WBH-2", "lastCall": {"success": false}});
        screen.webhooks.push(Webhook::of(&failing));
        let drawn = screen.draw(&Style::default(), 5);
        assert!(drawn.contains("WBH-2") && drawn.ends_with("… and 1 more"), "{drawn}");
    }
}
