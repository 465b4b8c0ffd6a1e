//! `mpt config show`

use serde::Serialize;

use crate::commands::shared::Context;
use crate::commands::verb::Verb;
use crate::config::{Key, Settings, Source};
use crate::failure::CommandResult;
use crate::model::url::without_userinfo;
use crate::text::duration;
use crate::ui::style::Tone;
use crate::ui::table::Cell;
use crate::ui::{Column, Report, View};

/// Show the current settings and where each comes from
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config show

  Show another profile, as JSON:
    mpt config show -p staging -o json")]
pub struct Args {}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let settings = context.settings()?;
        let mut report = Report::new(&context.ui, View::rows(COLUMNS))?;
        for value in values(settings) {
            report.push(&value)?;
        }
        Ok(report.finish()?)
    }
}

#[derive(Serialize)]
struct ValueInForce {
    key: &'static str,
    value: Option<String>,
    source: Option<String>,
}

fn values(settings: &Settings) -> [ValueInForce; 9] {
    let set = |key: &'static str, value: String, source: &Source| ValueInForce {
        key,
        value: Some(value),
        source: Some(source.to_string()),
    };
    let not_set = |key: Key| ValueInForce { key: key.name(), value: None, source: None };
    let base_url = &settings.base_url.value;
    let shown_url = match settings.is_sandbox() {
        true => "inside the process".to_owned(),
        false => base_url.origin() + base_url.join(&[], "").path(),
    };
    let profile = settings.profile.as_ref().map(|profile| ValueInForce {
        key: "profile",
        value: Some(profile.value.clone()),
        source: Some(match &profile.source {
            Source::Default => "default_profile".to_owned(),
            source => source.to_string(),
        }),
    });
    let token = settings
        .token
        .as_ref()
        .map(|token| set(token.value.key().name(), token.value.shown(), &token.source));
    let ca_file = settings
        .ca_file
        .as_ref()
        .map(|file| set("ca_file", file.value.display().to_string(), &file.source));
    let proxy = settings
        .proxy
        .as_ref()
        .map(|proxy| set("proxy", without_userinfo(&proxy.value), &proxy.source));
    let of_profile = |key: Key, value: Option<String>| match (value, &settings.profile) {
        (Some(value), Some(profile)) => {
            set(key.name(), value, &Source::Profile(profile.value.clone()))
        }
        _ => not_set(key),
    };
    let protected = settings.protected_by.as_ref();
    let protected = protected
        .map(|key| set(Key::Protected.name(), "true".to_owned(), &Source::Profile(key.clone())));
    let columns = settings.columns.as_ref().map(|names| names.join(","));
    let (timeout, output) = (&settings.timeout, &settings.output);
    [
        profile.unwrap_or(ValueInForce { key: "profile", value: None, source: None }),
        set("base_url", shown_url, &settings.base_url.source),
        token.unwrap_or_else(|| not_set(Key::Token)),
        set("timeout", duration::typed(timeout.value), &timeout.source),
        set("output", output.value.name().to_owned(), &output.source),
        ca_file.unwrap_or_else(|| not_set(Key::CaFile)),
        proxy.unwrap_or_else(|| not_set(Key::Proxy)),
        of_profile(Key::Columns, columns),
        protected.unwrap_or_else(|| not_set(Key::Protected)),
    ]
}

const COLUMNS: &[Column<ValueInForce>] = &[
    Column::whole("key", |row, _| row.key.into()),
    Column::flexible("value", |row, _| match row.value.as_deref() {
        Some(value) => value.into(),
        None => Cell::new("not set", Tone::Dim),
    }),
    Column::flexible("source", |row, _| row.source.clone().into()),
];
