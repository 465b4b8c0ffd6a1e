//! Renders checks of webhooks, profiles and tokens.

use super::style::Tone;
use super::table::Cell;
use super::{Column, View};
use crate::model::{Check, CheckResult};

pub fn view() -> View<Check> {
    View::rows(COLUMNS).wrapping()
}

const COLUMNS: &[Column<Check>] = &[
    Column::whole("check", |check, _| check.name.as_str().into()),
    Column::whole("result", |check, _| result(check)),
    Column::flexible("detail", |check, _| check.detail.as_str().into()),
];

/// A sign and a word; in other formats only the word.
pub fn result(check: &Check) -> Cell {
    let (sign, tone) = match check.result {
        CheckResult::Ok => ("✓", Tone::Good),
        CheckResult::Skipped => ("-", Tone::Dim),
        CheckResult::Note => ("·", Tone::Dim),
        CheckResult::Unknown => ("?", Tone::Caution),
        CheckResult::Failed | CheckResult::Problem => ("✗", Tone::Bad),
    };
    let name = check.result.name();
    Cell::new(format!("{sign} {name}"), tone).with_value(name)
}
