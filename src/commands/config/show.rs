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
    fn row(key: &'static str, found: Option<(String, &Source)>) -> ValueInForce {
        let (value, source) = found.map(|(value, source)| (value, source.to_string())).unzip();
        ValueInForce { key, value, source }
    }
    let base_url = &settings.base_url.value;
    let shown_url = match settings.is_sandbox() {
        true => "inside the process".to_owned(),
        false => base_url.origin() + base_url.join(&[], "").path(),
    };
    let (profile, token) = (settings.profile.as_ref(), settings.token.as_ref());
    let key_of = |name: &String| Source::Profile(name.clone());
    let own = profile.map(|profile| key_of(&profile.value));
    let protecting = settings.protected_by.as_ref().map(key_of);
    let columns = settings.columns.as_ref().map(|names| names.join(","));
    let ca_file = settings.ca_file.as_ref();
    let proxy = settings.proxy.as_ref();
    let (timeout, output) = (&settings.timeout, &settings.output);
    let mut first = row("profile", profile.map(|one| (one.value.clone(), &one.source)));
    if profile.is_some_and(|profile| profile.source == Source::Default) {
        first.source = Some("default_profile".to_owned());
    }
    let token_key = token.map_or(Key::Token, |token| token.value.key());
    [
        first,
        row("base_url", Some((shown_url, &settings.base_url.source))),
        row(token_key.name(), token.map(|token| (token.value.shown(), &token.source))),
        row("timeout", Some((duration::typed(timeout.value), &timeout.source))),
        row("output", Some((output.value.name().to_owned(), &output.source))),
        row("ca_file", ca_file.map(|file| (file.value.display().to_string(), &file.source))),
        row("proxy", proxy.map(|proxy| (without_userinfo(&proxy.value), &proxy.source))),
        row("columns", columns.zip(own.as_ref())),
        row("protected", protecting.as_ref().map(|source| ("true".to_owned(), source))),
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
