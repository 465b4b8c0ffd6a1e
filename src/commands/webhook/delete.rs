//! `mpt webhook delete`

use serde_json::{Value, json};

use super::ids::{Failures, Ids};
use crate::commands::Context;
use crate::error::Failure;
use crate::output::columns::Column;
use crate::output::{Layout, Records};

/// Delete webhooks for good
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt webhook delete WBH-1234-5678

  In a script, where nobody can be asked:
    mpt webhook list --status disabled -o id | mpt webhook delete - --yes")]
pub struct Args {
    /// Ids; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    if !args.yes && !context.console.is_interactive() {
        return Err(Failure::usage("nobody can be asked whether to delete")
            .with_hint("--yes deletes without asking")
            .into());
    }
    let ids = Ids::read(&args.ids).await?;
    let session = context.connect().await?;
    let mut records = Records::new(&context.console, layout(ids.many))?;
    if !args.yes && !ids.ids.is_empty() {
        let question = format!(
            "Delete {} for good ({})?",
            ids.ids.join(", "),
            session.place
        );
        if !context.console.confirm(&question).await? {
            return Err(Failure::usage("nothing was deleted").into());
        }
    }
    let mut failures = Failures::default();
    for id in &ids.ids {
        match session.webhooks.delete(id).await {
            Ok(()) => records.push(json!({"id": id, "deleted": true}))?,
            Err(error) => {
                failures.tell(
                    Failure::from(error).while_trying(&format!("delete {id}")),
                    context,
                );
            }
        }
    }
    records.finish()?;
    failures.result(context)
}

const COLUMNS: &[Column<Value>] = &[
    Column {
        name: "id",
        whole: true,
        cell: |row, _| row["id"].as_str().unwrap_or_default().into(),
    },
    Column {
        name: "deleted",
        whole: true,
        cell: |row, _| row["deleted"].to_string().into(),
    },
];

fn layout(many: bool) -> Layout<Value> {
    let id = |row: &Value| row["id"].as_str().map(str::to_owned);
    Layout {
        many,
        ..Layout::rows_with_id(COLUMNS, id)
    }
}
