//! A list of checks, each with its result: `config check` and `webhook verify`.

use serde_json::{Value, json};

use crate::ui::Layout;
use crate::ui::columns::Column;
use crate::ui::style::Tone;
use crate::ui::table::Cell;

/// A row of the list.
pub fn row(check: &str, is_ok: bool, detail: &str) -> Value {
    let result = if is_ok { "ok" } else { "failed" };
    json!({"check": check, "result": result, "detail": detail})
}

pub fn layout() -> Layout<Value> {
    Layout {
        wraps: true,
        ..Layout::rows(Value::clone, COLUMNS.iter().collect())
    }
}

const COLUMNS: &[Column<Value>] = &[
    Column {
        name: "check",
        whole: true,
        cell: |row, _| row["check"].as_str().unwrap_or_default().into(),
    },
    Column {
        name: "result",
        whole: true,
        cell: |row, _| result(row),
    },
    Column {
        name: "detail",
        whole: false,
        cell: |row, _| row["detail"].as_str().unwrap_or_default().into(),
    },
];

fn result(row: &Value) -> Cell {
    match row["result"].as_str() {
        Some("skipped") => Cell::new("- skipped", Tone::Dim),
        result => Cell::outcome(result == Some("ok")),
    }
}
