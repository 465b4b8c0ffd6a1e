//! `mpt config list`

use serde_json::{Value, json};

use crate::api::base_url::PRODUCTION;
use crate::commands::shared::Context;
use crate::config::SANDBOX;
use crate::config::resolve::chosen_profile;
use crate::ui::columns::Column;
use crate::ui::style::Tone;
use crate::ui::table::Cell;
use crate::ui::{Layout, Records};

/// List the profiles
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config list

  Their names only:
    mpt config list -o id")]
pub struct Args {}

pub fn run(_: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, layout())?;
    let file = context.config_file()?;
    let chosen = chosen_profile(&context.overrides, &file).map(|chosen| chosen.value);
    for (name, profile) in &file.profiles {
        records.push(json!({
            "profile": name,
            "base_url": profile.base_url.as_deref().unwrap_or(PRODUCTION),
            "token": profile.token.as_ref().map(|token| token.key()),
            "default": file.default_profile.as_ref() == Some(name),
            "in_force": chosen.as_ref() == Some(name),
        }))?;
    }
    records.push(json!({
        "profile": SANDBOX,
        "base_url": Value::Null,
        "token": Value::Null,
        "default": file.default_profile.as_deref() == Some(SANDBOX),
        "in_force": chosen.as_deref() == Some(SANDBOX),
    }))?;
    Ok(records.finish()?)
}

const COLUMNS: &[Column<Value>] = &[
    Column {
        name: "profile",
        whole: true,
        cell: |row, _| name(row),
    },
    Column {
        name: "in-force",
        whole: true,
        cell: |row, _| mark(row, "in_force"),
    },
    Column {
        name: "default",
        whole: true,
        cell: |row, _| mark(row, "default"),
    },
    Column {
        name: "base-url",
        whole: false,
        cell: |row, _| {
            row["base_url"]
                .as_str()
                .unwrap_or("inside the process")
                .into()
        },
    },
    Column {
        name: "token-from",
        whole: true,
        cell: |row, _| row["token"].as_str().unwrap_or("").into(),
    },
];

fn name(row: &Value) -> Cell {
    let tone = if row["in_force"] == true {
        Tone::Strong
    } else {
        Tone::Plain
    };
    Cell::new(row["profile"].as_str().unwrap_or_default(), tone)
}

fn mark(row: &Value, member: &str) -> Cell {
    if row[member] == true {
        "✓".into()
    } else {
        "".into()
    }
}

fn layout() -> Layout<Value> {
    Layout::rows_with_id(COLUMNS, |row| row["profile"].as_str().map(str::to_owned))
}
