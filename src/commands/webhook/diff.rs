//! `mpt webhook diff`

use std::path::PathBuf;

use clap::ValueHint;
use serde_json::{Value, json};

use super::desired::{Desired, DesiredArgs};
use super::plan_view;
use crate::commands::shared::Context;
use crate::failure::{Failure, Kind};
use crate::manifest::Plan;
use crate::manifest::saved::Saved;
use crate::manifest::secrets::Commands;
use crate::system::files;
use crate::ui::{Error as OutputError, Format, Layout, Records, json};

/// Show what apply would change: exit 0 when nothing, 10 when something
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Nothing is changed, and no command of a file is run. The file's shape: mpt webhook apply --help.

Examples:
  What would change?
    mpt webhook diff webhooks.toml

  In the CI of a pull request, which has no secrets:
    mpt webhook diff webhooks/ --secrets never -o json

  Save the plan, and do exactly that later:
    mpt webhook diff webhooks.toml --out webhooks.plan || mpt webhook apply webhooks.plan --yes")]
pub struct Args {
    #[command(flatten)]
    desired: DesiredArgs,

    /// Save the plan in this file, without any secret
    #[arg(long, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
}

/// Pages of a list that are read at once.
const AT_ONCE: usize = 8;

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let records = Records::new(
        &context.console,
        Layout::one(Value::clone, |_, _| String::new()),
    )?;
    let desired = args.desired.read(context).await?;
    if desired.saved.is_some() {
        let message = "a plan is carried out by mpt webhook apply, not compared";
        return Err(Failure::usage(message).into());
    }
    let goals = desired.goals(Commands::Leave).await?;
    let session = context.connect().await?;
    let plan = desired.plan(&goals, &session, AT_ONCE).await?;
    if let Some(path) = &args.out {
        // A device, or a file that the plan is made of, is no place for it.
        if path.exists() && !path.is_file() || args.desired.reads(path) {
            let message = format!("--out {}: it would be overwritten", path.display());
            return Err(Failure::usage(message).into());
        }
        save(path, &desired, &session.platform, plan.to_json())?;
        let note = format!("The plan is in {}", path.display());
        context.console.note(&note);
    }
    match print(&plan, records, context) {
        // The exit code says it to whoever does not read.
        Err(OutputError::ClosedPipe) => {}
        printed => printed?,
    }
    if plan.changing().next().is_none() {
        return Ok(());
    }
    let message = format!(
        "{} differs from the files: {}",
        session.place,
        plan.summary()
    );
    Err(Failure::new(Kind::Check, message).into())
}

fn print(
    plan: &Plan,
    mut records: Records<'_, Value>,
    context: &Context,
) -> Result<(), OutputError> {
    if records.format() == Format::Table {
        let console = &context.console;
        console.print(&plan_view::render(plan, &console.style))?;
    }
    records.push(json!({ "plan": plan.to_json() }))?;
    records.finish()
}

fn save(
    path: &std::path::Path,
    desired: &Desired,
    platform: &str,
    plan: Value,
) -> Result<(), Failure> {
    let saved = Saved::new(
        platform,
        desired.prune,
        desired.secrets,
        desired.manifest.clone(),
        plan,
    );
    let document = serde_json::to_value(&saved)
        .map_err(|error| Failure::new(Kind::Internal, error.to_string()))?;
    files::write_private(path, json::pretty(&document).as_bytes())
        .map_err(|error| Failure::file("write", path, &error))
}
