//! What an endpoint changed, as lines.

use serde_json::Value;

use crate::callout::change::{Change, Refusal};
use crate::ui::Style;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};

/// Lines under one name.
pub fn section(name: &str, lines: Vec<Cell>, style: &Style) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    let rows: Vec<_> = names.zip(lines).collect();
    format!("\n{}", table::pairs(&rows, style))
}

pub fn change_line(change: &Change) -> Cell {
    let path = &change.path;
    let before = change.before.as_ref().filter(|value| !value.is_null());
    let after = change.after.clone().unwrap_or_default();
    match (before, after) {
        (None, after) => Cell::new(format!("+ {path}: {after}"), Tone::Good),
        (Some(before), Value::Null) => Cell::new(format!("- {path}: {before}"), Tone::Bad),
        (Some(before), after) => Cell::new(format!("~ {path}: {before} → {after}"), Tone::Caution),
    }
}

pub fn refusal_line(refusal: &Refusal) -> Cell {
    let place = match refusal.path.as_str() {
        "" => "the object",
        path => path,
    };
    Cell::new(format!("{place}: {}", refusal.message), Tone::Caution)
}
