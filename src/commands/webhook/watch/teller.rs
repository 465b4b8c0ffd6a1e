//! How `watch` tells what happens: a live table on a terminal, a line for each event elsewhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::Error as ApiError;
use crate::model::history::Event;
use crate::model::webhook::Health;
use crate::model::{Call, Webhook, timestamp};
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};
use crate::ui::{Console, Error, Format, Style, columns, escape, time};

pub struct Teller<'c> {
    console: &'c Console,
    form: Form,
}

enum Form {
    /// For programs.
    Events,
    /// For a pipe.
    Lines,
    Live(Screen),
}

/// A table that is drawn over itself.
#[derive(Default)]
struct Screen {
    /// The latest outcomes of each webhook, the oldest first.
    outcomes: BTreeMap<String, Vec<Option<bool>>>,
    webhooks: Vec<Webhook>,
    /// Why nothing can be seen just now.
    gap: Option<String>,
}

/// As many outcomes as a row shows.
const MOST_OUTCOMES: usize = 20;

impl<'c> Teller<'c> {
    pub fn new(format: Format, console: &'c Console) -> Self {
        let form = match format {
            Format::Jsonl => Form::Events,
            _ if console.style.clock.is_some() => Form::Live(Screen::default()),
            _ => Form::Lines,
        };
        Self { console, form }
    }

    /// Tells events, each once; the live table shows every webhook.
    pub fn tell(&mut self, webhooks: &[Webhook], events: &[Event]) -> Result<(), Error> {
        match &mut self.form {
            Form::Events => {
                for event in events {
                    self.console.print_json(&document(event), false)?;
                }
                Ok(())
            }
            Form::Lines => {
                let lines: String = events
                    .iter()
                    .map(|event| line(event, &self.console.style))
                    .collect();
                self.console.print(&lines)
            }
            Form::Live(screen) => {
                screen.add(events);
                screen.webhooks = webhooks.to_vec();
                screen.gap = None;
                self.console
                    .show_live(|style, height| screen.draw(style, height));
                Ok(())
            }
        }
    }

    /// Tells that nothing can be seen just now.
    pub fn gap(&mut self, error: &ApiError) -> Result<(), Error> {
        match self.form {
            Form::Events => {
                let gap = json!({"event": "gap", "error": error.to_string()});
                self.console.print_json(&gap, false)
            }
            Form::Lines => self
                .console
                .print(&format!("gap: {}\n", escape::line(&error.to_string()))),
            Form::Live(ref mut screen) => {
                screen.gap = Some(error.to_string());
                self.console
                    .show_live(|style, height| screen.draw(style, height));
                Ok(())
            }
        }
    }

    pub fn finish(&self) {
        self.console.end_live();
    }
}

fn document(event: &Event) -> Value {
    match event {
        Event::Called { id, call, missed } => json!({
            "event": "call",
            "webhook": id,
            "success": call.success,
            "callTime": call.call_time,
            "http": call.http_status(),
            "error": call.error,
            "missed": missed,
        }),
        Event::Switched { id, from, to } => {
            let seen = timestamp::format(Timestamp::now());
            json!({"event": "status", "webhook": id, "from": from, "to": to, "seenAt": seen})
        }
    }
}

fn line(event: &Event, style: &Style) -> String {
    let words = match event {
        Event::Called { id, call, missed } => called(id, call, *missed, style),
        Event::Switched { id, from, to } => {
            let seen = time::of_day(Timestamp::now(), style);
            format!("{seen}  {id}  {from} → {to}")
        }
    };
    format!("{}\n", escape::line(&words))
}

fn called(id: &str, call: &Call, missed: u64, style: &Style) -> String {
    let missed = (missed > 0).then(|| format!("({missed} before it not seen)"));
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
    fn add(&mut self, events: &[Event]) {
        for event in events {
            let Event::Called { id, call, missed } = event else {
                continue;
            };
            let outcomes = self.outcomes.entry(id.clone()).or_default();
            let unseen = usize::try_from(*missed).unwrap_or(MOST_OUTCOMES);
            outcomes.extend(std::iter::repeat_n(None, unseen.min(MOST_OUTCOMES)));
            outcomes.push(call.success);
            let surplus = outcomes.len().saturating_sub(MOST_OUTCOMES);
            outcomes.drain(..surplus);
        }
    }

    /// What does not fit is counted: those that fail stand above, and so does what cannot be seen.
    fn draw(&self, style: &Style, height: usize) -> String {
        let headings = [
            ("id", true),
            ("type", false),
            ("status", true),
            ("health", true),
            ("since then", true),
        ];
        let mut shown: Vec<&Webhook> = self.webhooks.iter().collect();
        shown.sort_by_key(|webhook| !matches!(webhook.health(), Health::Failing(_)));
        // The heading, what is above and below, and the line of the cursor.
        let hidden = shown.len().saturating_sub(height.saturating_sub(4).max(1));
        shown.truncate(shown.len() - hidden);
        let rows: Vec<Vec<Cell>> = shown
            .iter()
            .map(|webhook| {
                vec![
                    webhook.id.clone().into(),
                    webhook.webhook_type.clone().into(),
                    columns::status(webhook),
                    columns::health(webhook),
                    self.bar(webhook.id.as_deref().unwrap_or_default()),
                ]
            })
            .collect();
        let mut text = String::new();
        if let Some(error) = &self.gap {
            let told = format!("nothing can be seen just now: {}", escape::line(error));
            text = style.paint(Tone::Caution, &told) + "\n";
        }
        text.push_str(&table::list(&headings, &rows, style));
        if hidden > 0 {
            text.push_str(&format!("… and {hidden} more"));
        }
        text.trim_end().to_owned()
    }

    /// A tick for each outcome, the latest last, a dot for one that was not seen; the latest gives the
    /// colour.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Screen;
    use crate::model::history::Event;
    use crate::model::{Call, Webhook};
    use crate::ui::Style;

    #[test]
    fn the_live_table_shows_recent_outcomes_and_gaps() {
        let webhook = Webhook::of(&json!({"id": "WBH-1", "type": "T", "status": "Enabled"}));
        let mut screen = Screen {
            webhooks: vec![webhook],
            ..Screen::default()
        };
        for (success, missed) in [(true, 0), (false, 2)] {
            let call: Call = serde_json::from_value(json!({"success": success})).unwrap();
            let call = Box::new(call);
            screen.add(&[Event::Called {
                id: "WBH-1".into(),
                call,
                missed,
            }]);
        }
        let drawn = screen.draw(&Style::default(), 24);
        assert!(drawn.contains("✓··✗"), "{drawn}");
        screen.gap = Some("no\u{1b} answer".to_owned());
        let drawn = screen.draw(&Style::default(), 24);
        assert!(
            drawn.starts_with("nothing can be seen just now: no\\u001b answer\n"),
            "{drawn}"
        );
        // On a small screen those that fail stand above, and the others are counted.
        let failing = json!({"id": "WBH-2", "lastCall": {"success": false}});
        screen.webhooks.push(Webhook::of(&failing));
        let drawn = screen.draw(&Style::default(), 5);
        assert!(
            drawn.contains("WBH-2") && drawn.ends_with("… and 1 more"),
            "{drawn}"
        );
    }
}
