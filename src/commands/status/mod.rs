//! `mpt status`

mod matrix;
mod profiles;

use clap_complete::engine::ArgValueCandidates;
use serde::Serialize;

use crate::commands::shared::failures::Failures;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure, Kind};
use crate::operations::diagnosis::status::{ObjectStatus, State, TypeStatus};
use crate::reporter::Reporter;
use crate::text::MPT;
use crate::text::own_command::mpt_for_profile;
use crate::ui::{Column, Format, Report, View};
use profiles::ProfileStatus;

/// Show the webhooks of all products, programs and forms at a glance
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A row for each product, program and form that has a webhook or a switch on, and a column for each webhook type. The problems \
are below, the worst last. The exit code is 10 if a webhook is failing, or silent because of its switch or its object.

Examples:
  Look at the current profile:
    mpt status

  Compare two profiles:
    mpt status --profiles staging,production

  Find an ID by a part of the name:
    mpt status editor

  List the failing webhooks in a script:
    mpt status -o json --jq '.[] | select(.state == \"failing\") | .webhook'")]
pub struct Args {
    /// Show only the object with this ID, or those whose name contains this text
    #[arg(value_name = "NAME|ID")]
    name: Option<String>,

    /// Also show objects without a webhook and without a switch that is on
    #[arg(long)]
    all: bool,

    /// Show these profiles, separated by commas; `all` shows those of the configuration file
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    #[arg(add = ArgValueCandidates::new(candidates::profiles))]
    profiles: Vec<String>,

    /// Exit 10 also if a webhook is disabled, a switch is on without a webhook, or something is not known
    #[arg(long)]
    strict: bool,
}

/// A type of an object, in every format but the table.
#[derive(Serialize)]
struct Row {
    profile: Option<String>,
    object: String,
    name: Option<String>,
    status: Option<String>,
    #[serde(flatten)]
    of_type: TypeStatus,
}

const COLUMNS: &[Column<Row>] = &[
    Column::whole("profile", |row, _| row.profile.clone().into()),
    Column::whole("object", |row, _| row.object.as_str().into()),
    Column::flexible("name", |row, _| row.name.clone().into()),
    Column::whole("status", |row, _| row.status.clone().into()),
    Column::whole("type", |row, _| row.of_type.webhook_type.as_str().into()),
    Column::whole("state", |row, _| row.of_type.state.name().into()),
    Column::whole("webhook", |row, _| row.of_type.webhook.clone().into()),
    Column::whole("since", |row, _| row.of_type.since.clone().into()),
    Column::flexible("error", |row, _| row.of_type.error.clone().into()),
];

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        // A global option before the command is not seen by the parser of this one.
        let overrides = &context.overrides;
        if !self.profiles.is_empty()
            && (overrides.profile_flag.is_some() || overrides.base_url_flag.is_some())
        {
            let message = "--profiles cannot be used with --profile or --base-url";
            return Err(Failure::usage(message).into());
        }
        let mut report = Report::new(ui, View::rows(COLUMNS))?;
        let mut failures = Failures::default();
        let mut profiles = profiles::read(&self.profiles, &mut failures, context).await?;
        for profile in &mut profiles {
            profile.account.objects.retain(|object| self.shows(object));
        }
        let is_missing = failures.is_empty()
            && profiles.iter().all(|profile| profile.account.objects.is_empty());
        if report.format() == Format::Table {
            if self.name.is_some() {
                // Of a name that is nowhere, there is only the error.
                profiles.retain(|profile| !profile.account.objects.is_empty());
            }
            ui.print_text(&matrix::render(&profiles, self.strict, &ui.style))?;
        } else {
            for profile in &profiles {
                for object in &profile.account.objects {
                    for of_type in &object.types {
                        report.push(&row(profile, object, of_type))?;
                    }
                }
            }
            report.finish()?;
        }
        for profile in &profiles {
            profile.notes().iter().for_each(|note| ui.note(note));
        }
        if let Some(failure) = self.failure(&profiles, is_missing) {
            failures.report(failure, context);
        }
        failures.result(context)
    }
}

fn row(profile: &ProfileStatus, object: &ObjectStatus, of_type: &TypeStatus) -> Row {
    Row {
        profile: profile.key.clone(),
        object: object.id.clone(),
        name: object.name.clone(),
        status: object.status.clone(),
        of_type: of_type.clone(),
    }
}

impl Args {
    fn shows(&self, object: &ObjectStatus) -> bool {
        match &self.name {
            Some(name) => object.is_meant_by(name),
            None => self.all || object.is_in_use(),
        }
    }

    fn failure(&self, profiles: &[ProfileStatus], is_missing: bool) -> Option<Failure> {
        if let Some(name) = self.name.as_ref().filter(|_| is_missing) {
            let is_complete = profiles.iter().all(|profile| profile.account.unread.is_empty());
            let readable = if is_complete { "" } else { " that can be read" };
            let message =
                format!("no product, program or form{readable} has this ID or name: {name}");
            return Some(Failure::new(Kind::NotFound, message).with_hint(
                match self.profiles.as_slice() {
                    [] => format!("see all of them with {MPT} status --all"),
                    names => {
                        let mpt = mpt_for_profile("");
                        format!(
                            "see all of them with {mpt} status --profiles {} --all",
                            names.join(",")
                        )
                    }
                },
            ));
        }
        let count = |state| profiles.iter().map(|profile| profile.count(state)).sum::<usize>();
        let (failing, silent) = (count(State::Failing), count(State::Silent));
        let (disabled, missing) = match self.strict {
            true => (count(State::Disabled), count(State::Missing)),
            false => (0, 0),
        };
        let webhooks = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 webhook is {what}")),
            count => Some(format!("{count} webhooks are {what}")),
        };
        let missing = match missing {
            0 => None,
            1 => Some("1 switch is on without a webhook".to_owned()),
            count => Some(format!("{count} switches are on without a webhook")),
        };
        let found = [
            missing,
            webhooks(disabled, "disabled"),
            webhooks(silent, "silent"),
            webhooks(failing, "failing"),
        ];
        let is_unknown = self.strict
            && (count(State::Unknown) > 0
                || profiles.iter().any(|profile| !profile.notes().is_empty()));
        let unknown = is_unknown.then(|| "something is not known".to_owned());
        let found: Vec<String> = unknown.into_iter().chain(found.into_iter().flatten()).collect();
        (!found.is_empty()).then(|| Failure::new(Kind::Check, found.join(", ")))
    }
}
