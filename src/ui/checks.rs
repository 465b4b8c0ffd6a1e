//! Renders the checks of `config check` and `webhook verify`.

use super::style::Tone;
use super::table::Cell;
use super::{Column, View};
use crate::model::check::{Check, CheckResult};

pub fn view() -> View<Check> {
    View::rows(COLUMNS).wrapping()
}

const COLUMNS: &[Column<Check>] = &[
    Column::whole("check", |check, _| check.name.as_str().into()),
    Column::whole("result", |check, _| match check.result {
        CheckResult::Ok => Cell::outcome(true),
        CheckResult::Failed => Cell::outcome(false),
        CheckResult::Skipped => Cell::new("- skipped", Tone::Dim).with_value("skipped"),
    }),
    Column::flexible("detail", |check, _| check.detail.as_str().into()),
];
