//! `mpt config show`

use serde_json::{Value, json};

use crate::commands::shared::Context;
use crate::config::Settings;
use crate::model::url::without_userinfo;
use crate::ui::columns::Column;
use crate::ui::style::Tone;
use crate::ui::table::Cell;
use crate::ui::{Layout, Records};

/// Show the values in force, and where each comes from
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config show

  Of another profile, as JSON:
    mpt config show -p staging -o json")]
pub struct Args {}

pub fn run(_: &Args, context: &Context) -> anyhow::Result<()> {
    let settings = context.settings()?;
    let mut records = Records::new(&context.console, layout())?;
    for (key, value, source) in values(&settings) {
        records.push(json!({"key": key, "value": value, "source": source}))?;
    }
    Ok(records.finish()?)
}

fn values(settings: &Settings) -> Vec<(&'static str, Option<String>, Option<String>)> {
    let base_url = if settings.is_sandbox() {
        "inside the process".to_owned()
    } else {
        settings.base_url.value.origin() + settings.base_url.value.join(&[], "").path()
    };
    let token = settings.token.as_ref();
    let proxy_source = settings.proxy_source.as_ref();
    let ca_file = settings.ca_file.as_ref();
    let profile = settings.profile.as_ref();
    vec![
        (
            "profile",
            profile.map(|profile| profile.value.clone()),
            profile.map(|profile| match profile.source {
                crate::config::Source::Default => "default_profile".to_owned(),
                ref source => source.to_string(),
            }),
        ),
        (
            "base_url",
            Some(base_url),
            Some(settings.base_url.source.to_string()),
        ),
        (
            token.map_or("token", |token| token.value.key()),
            token.map(|token| token.value.shown()),
            token.map(|token| token.source.to_string()),
        ),
        (
            "timeout",
            Some(format!("{:?}", settings.timeout.value)),
            Some(settings.timeout.source.to_string()),
        ),
        (
            "output",
            Some(settings.output.value.name().to_owned()),
            Some(settings.output.source.to_string()),
        ),
        (
            "ca_file",
            ca_file.map(|ca_file| ca_file.value.display().to_string()),
            ca_file.map(|ca_file| ca_file.source.to_string()),
        ),
        (
            "proxy",
            settings.proxy.url.as_deref().map(without_userinfo),
            proxy_source.map(ToString::to_string),
        ),
    ]
}

const COLUMNS: &[Column<Value>] = &[
    Column {
        name: "key",
        whole: true,
        cell: |row, _| row["key"].as_str().unwrap_or_default().into(),
    },
    Column {
        name: "value",
        whole: false,
        cell: |row, _| value(row),
    },
    Column {
        name: "source",
        whole: false,
        cell: |row, _| row["source"].as_str().unwrap_or_default().into(),
    },
];

fn value(row: &Value) -> Cell {
    match row["value"].as_str() {
        Some(value) => value.into(),
        None => Cell::new("not set", Tone::Dim),
    }
}

fn layout() -> Layout<Value> {
    Layout::rows(Value::clone, COLUMNS.iter().collect())
}
