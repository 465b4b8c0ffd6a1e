//! `mpt config list`

use serde::Serialize;

use crate::commands::shared::Context;
use crate::commands::verb::Verb;
use crate::config::SANDBOX;
use crate::config::resolve::chosen_profile;
use crate::failure::CommandResult;
use crate::model::base_url::PRODUCTION;
use crate::ui::style::Tone;
use crate::ui::table::Cell;
use crate::ui::{Column, Report, View};

/// List profiles
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config list

  List only the names:
    mpt config list -o id")]
pub struct Args {}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        let view = View::rows(COLUMNS).with_id(|profile| Some(profile.profile.clone()));
        let mut report = Report::new(&context.ui, view)?;
        let file = context.config_file()?;
        let chosen = chosen_profile(&context.overrides, &file)?.map(|chosen| chosen.value);
        let is_default = |name: &str| file.default_profile.as_deref() == Some(name);
        let is_current = |name: &str| chosen.as_deref() == Some(name);
        for (name, profile) in &file.profiles {
            let base_url = profile.base_url.as_ref().map(|parsed| parsed.text.clone());
            report.push(&ListedProfile {
                profile: name.clone(),
                name: profile.name.clone(),
                base_url: Some(base_url.unwrap_or_else(|| PRODUCTION.to_owned())),
                is_protected: profile.protected == Some(true),
                token: profile.token.as_ref().map(|token| token.key().name()),
                default: is_default(name),
                is_current: is_current(name),
            })?;
        }
        report.push(&ListedProfile {
            profile: SANDBOX.to_owned(),
            name: None,
            base_url: None,
            is_protected: false,
            token: None,
            default: is_default(SANDBOX),
            is_current: is_current(SANDBOX),
        })?;
        Ok(report.finish()?)
    }
}

#[derive(Serialize)]
struct ListedProfile {
    profile: String,
    /// The name of the account.
    name: Option<String>,
    /// `None`: the sandbox inside this process.
    base_url: Option<String>,
    /// The key that says where the token comes from.
    token: Option<&'static str>,
    default: bool,
    #[serde(rename = "protected")]
    is_protected: bool,
    #[serde(rename = "current")]
    is_current: bool,
}

const COLUMNS: &[Column<ListedProfile>] = &[
    Column::whole("profile", |profile, _| {
        let tone = match (profile.is_protected, profile.is_current) {
            (true, _) => Tone::Bad,
            (false, true) => Tone::Strong,
            (false, false) => Tone::Plain,
        };
        Cell::new(profile.profile.as_str(), tone)
    }),
    Column::flexible("name", |profile, _| profile.name.clone().into()),
    Column::whole("current", |profile, _| mark(profile.is_current)),
    Column::whole("default", |profile, _| mark(profile.default)),
    Column::whole("protected", |profile, _| mark(profile.is_protected)),
    Column::flexible("base-url", |profile, _| {
        profile.base_url.as_deref().unwrap_or("inside the process").into()
    }),
    Column::whole("token-from", |profile, _| profile.token.unwrap_or("").into()),
];

fn mark(is_set: bool) -> Cell {
    Cell::from(if is_set { "✓" } else { "" }).with_value(is_set.to_string())
}
