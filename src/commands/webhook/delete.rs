//! `mpt webhook delete`

use serde_json::{Value, json};

use super::ids::Ids;
use crate::commands::shared::{Context, confirm};
use crate::ui::columns::Column;
use crate::ui::{Layout, Records};

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
    confirm::check(args.yes, context)?;
    let ids = Ids::read(&args.ids).await?;
    let session = context.connect().await?;
    let mut records = Records::new(&context.console, layout(ids.many))?;
    let question = format!(
        "Delete {} for good ({})?",
        ids.ids.join(", "),
        session.place
    );
    let yes = args.yes || ids.ids.is_empty();
    confirm::or_yes(yes, &question, "nothing was deleted", context).await?;
    let delete = async |id: &str| {
        session
            .webhooks
            .delete(id)
            .await
            .map(|()| json!({"id": id, "deleted": true}))
    };
    let failures = ids
        .for_each("delete", &mut records, context, delete)
        .await?;
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
