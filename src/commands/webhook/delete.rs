//! `mpt webhook delete`

use serde::Serialize;

use crate::commands::shared::ids::{Effect, Ids};
use crate::commands::shared::interrupt::unless_interrupted;
use crate::commands::shared::{Context, candidates, confirm};
use crate::failure::CommandResult;
use crate::ui::{Column, Report, View};

/// Delete webhooks permanently
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt webhook delete WBH-1234-5678

  In a script, without confirmation:
    mpt webhook list --status disabled -o id | mpt webhook delete - --yes")]
pub struct Args {
    /// Webhook IDs; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    #[arg(add = candidates::ids("WBH"))]
    ids: Vec<String>,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(args: &Args, context: &Context) -> CommandResult {
    confirm::check(args.yes, context)?;
    let ids = Ids::new(&args.ids)?;
    let session = unless_interrupted(context, async { Ok(context.connect().await?) }).await?;
    let view = View::rows(COLUMNS).with_id(|deleted| Some(deleted.id.clone()));
    let mut report = Report::new(&context.ui, view.for_ids(ids.is_array))?;
    if !args.yes {
        unless_interrupted(context, ask(&ids, &session.place, context)).await?;
    }
    let delete = async |id: &str| {
        session.webhooks.delete(id).await?;
        session.shown.forget(id);
        Ok(Deleted {
            id: id.to_owned(),
            deleted: true,
        })
    };
    let failures = ids
        .for_each("delete", Effect::Changes, &mut report, context, delete)
        .await?;
    report.finish()?;
    failures.result(context)
}

async fn ask(ids: &Ids, place: &str, context: &Context) -> CommandResult {
    let ids = ids.all().await?;
    if ids.is_empty() {
        return Ok(());
    }
    let question = format!("Delete {} permanently ({place})?", ids.join(", "));
    confirm::or_yes(false, &question, "nothing was deleted", context).await
}

#[derive(Serialize)]
struct Deleted {
    id: String,
    deleted: bool,
}

const COLUMNS: &[Column<Deleted>] = &[
    Column::whole("id", |deleted, _| deleted.id.as_str().into()),
    Column::whole("deleted", |deleted, _| deleted.deleted.to_string().into()),
];
