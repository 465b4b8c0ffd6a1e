//! What an endpoint changed, as lines.

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
    let line = change.line();
    let tone = match line.chars().next() {
        Some('+') => Tone::Good,
        Some('-') => Tone::Bad,
        _ => Tone::Caution,
    };
    Cell::new(line, tone)
}

pub fn refusal_line(refusal: &Refusal) -> Cell {
    Cell::new(refusal.line(), Tone::Caution)
}
