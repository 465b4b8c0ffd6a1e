//! `mpt webhook delete`

use serde::Serialize;

use crate::api::webhooks::WebhookDocument;
use crate::commands::shared::ids::{Effect, Ids, WorkOutcome};
use crate::commands::shared::unless_interrupted;
use crate::commands::shared::{Context, candidates, confirm, pick, plan_view};
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::model::Webhook;
use crate::model::url::without_userinfo;
use crate::operations::Session;
use crate::operations::webhooks::read_many;
use crate::text::escape;
use crate::ui::{Column, Report, Style, View};

/// Delete webhooks permanently
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt webhook delete WBH-1234-5678

  In a script, without confirmation:
    mpt webhook list --status disabled -o id | mpt webhook delete - --yes")]
pub struct Args {
    /// Webhook IDs; `-` reads them from standard input [default on a terminal: choose one]
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    ids: Vec<String>,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        confirm::check(self.yes, context)?;
        let pick = pick::ids(&self.ids, "Which webhook is to be deleted?", context);
        let (ids, session) = unless_interrupted(context, pick).await?;
        confirm::check_if_protected(self.yes, Some(&ids), context)?;
        // As text, the confirmation says it all.
        let view = View::rows(COLUMNS).without_text();
        let view = view.with_id(|deleted: &Deleted| Some(deleted.id.clone()));
        let mut report = Report::new(&context.ui, view.for_ids(ids.is_array))?;
        if !self.yes {
            unless_interrupted(context, ask(&ids, &session, context)).await?;
        }
        let delete = async |id: &str, before: Option<WebhookDocument>| {
            session.webhooks.delete(id).await?;
            session.shown.forget(id);
            let described = before.map_or(id.to_owned(), |before| before.described());
            Ok(WorkOutcome {
                record: Deleted { id: id.to_owned(), deleted: true },
                note: Some(format!("Deleted {described}")),
            })
        };
        let known = (!context.ui.is_quiet()).then_some(&session);
        let failures =
            ids.for_each("delete", Effect::Changes, &mut report, context, known, delete).await?;
        report.finish()?;
        failures.result(context)
    }
}

/// The number of webhooks that a question describes.
const MAX_DESCRIBED: usize = 20;

/// Asks, below a description of what will be lost.
async fn ask(ids: &Ids, session: &Session<'_>, context: &Context) -> CommandResult {
    let ids = ids.all().await?;
    if ids.is_empty() {
        return Ok(());
    }
    let described = &ids[..ids.len().min(MAX_DESCRIBED)];
    let known = read_many::known(session, described).await;
    let what = match ids.as_slice() {
        // The description names it.
        [id] if known.contains_key(id) => "it".to_owned(),
        [id] => id.clone(),
        ids => format!("{} webhooks", ids.len()),
    };
    let question = format!("Delete {what} permanently ({})?", session.target_name());
    for id in described {
        context.ui.stderr(&match known.get(id) {
            Some(webhook) => what_is_lost(webhook, context.ui.status_style()),
            None => format!("{}  cannot be read", escape::line(id)),
        });
    }
    if ids.len() > described.len() {
        let more = ids.len() - described.len();
        context.ui.stderr(&format!("… and {more} more"));
    }
    confirm::or_yes_with_key(false, &question, context).await
}

/// Type, object, last call and URL.
fn what_is_lost(webhook: &Webhook, style: &Style) -> String {
    let last_call = plan_view::last_call(webhook, style);
    let url = webhook.url.as_deref().map(without_userinfo).unwrap_or_default();
    let lines = [webhook.described(), format!("{url}  {last_call}")];
    lines.map(|line| escape::line(&line).into_owned()).join("\n  ")
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
