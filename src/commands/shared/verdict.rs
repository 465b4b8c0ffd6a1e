//! Shows the verdict on a callout, and what the endpoint changed.

use crate::callout::Verdict;
use crate::callout::change::{Change, Refusal};
use crate::failure::{CommandResult, Failure, Kind};
use crate::ui::Style;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};

/// An outcome by its name.
pub fn cell(name: &str) -> Cell {
    let (shown, tone) = match name {
        "success" => ("✓ success", Tone::Good),
        "refusal" => ("⊘ refusal", Tone::Caution),
        // Not by the endpoint: by the listener, because of the token.
        "refused" => ("! token refused", Tone::Bad),
        "failure" => ("✗ failure", Tone::Bad),
        "forward-failed" => ("✗ forward-failed", Tone::Bad),
        _ => ("- unanswered", Tone::Dim),
    };
    Cell::new(shown, tone).with_value(name)
}

/// Whether a verdict is the one of `--expect`; without it, any but a failure is expected.
pub fn is_expected(found: Verdict, expected: Option<Verdict>) -> bool {
    match expected {
        Some(expected) => found == expected,
        None => found != Verdict::Failure,
    }
}

/// # Errors
/// The verdict is not expected.
pub fn check(found: Verdict, expected: Option<Verdict>) -> CommandResult {
    if is_expected(found, expected) {
        return Ok(());
    }
    let message = match expected {
        Some(expected) => format!("the verdict is {}, not {}", found.name(), expected.name()),
        None => "the call failed".to_owned(),
    };
    Err(Failure::new(Kind::Check, message).into())
}

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
