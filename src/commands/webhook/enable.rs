//! `mpt webhook enable`

use crate::api::webhooks::{SELECT, WebhookDocument};
use crate::commands::shared::ids::{Effect, Ids, WorkOutcome};
use crate::commands::shared::unless_interrupted;
use crate::commands::shared::{Context, candidates, confirm, webhook_view};
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::ui::Report;
use crate::ui::webhook_columns::fitting_columns;

/// Enable webhooks
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt webhook enable WBH-1234-5678

  Enable all webhooks of a product:
    mpt webhook list --object PRD-1111-1111 -o id | mpt webhook enable -")]
pub struct Args {
    /// Webhook IDs; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    #[arg(add = candidates::ids("WBH"))]
    ids: Vec<String>,

    /// Do not ask for confirmation (only protected profiles do)
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        switch(&self.ids, true, self.yes, context).await
    }
}

/// Enables or disables webhooks.
pub async fn switch(ids: &[String], enables: bool, yes: bool, context: &Context) -> CommandResult {
    let ids = Ids::new(ids)?;
    confirm::check_if_protected(yes, Some(&ids), context)?;
    let session = unless_interrupted(context, async { Ok(context.connect().await?) }).await?;
    let view = webhook_view::rows(fitting_columns(&context.ui.style)).for_ids(ids.is_array);
    let mut report = Report::new(&context.ui, view)?;
    let verb = if enables { "enable" } else { "disable" };
    let title = if enables { "Enable" } else { "Disable" };
    let question = format!("{title} {} ({})?", ids.named(), session.target_name());
    unless_interrupted(context, confirm::if_protected(yes, &question, context)).await?;
    let switch = async |id: &str, before: Option<WebhookDocument>| {
        let webhook = session.webhooks.switch(id, enables, SELECT).await?;
        let described = webhook.described();
        let was_before = before.is_some_and(|before| before.enabled() == Some(enables));
        let note = match (was_before, enables) {
            (true, _) => format!("{described} was already {verb}d"),
            (false, true) => format!("Enabled {described}"),
            (false, false) => format!("Disabled {described}"),
        };
        Ok(WorkOutcome { record: webhook, note: Some(note) })
    };
    // Without notes, nobody sees what a webhook was before.
    let known = (!context.ui.is_quiet()).then_some(&session);
    let failures = ids.for_each(verb, Effect::Changes, &mut report, context, known, switch).await?;
    report.finish()?;
    failures.result(context)
}
