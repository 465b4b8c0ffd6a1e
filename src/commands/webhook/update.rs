//! `mpt webhook update`

use clap::ValueEnum;

use crate::api::Webhooks;
use crate::api::webhooks::SELECT;
use crate::commands::shared::body_args::{BodyArgs, warn_of_password};
use crate::commands::shared::webhook_view::{self, DryRun};
use crate::commands::shared::{Context, candidates, confirm, plan_view};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::model::{Criteria, WebhookBody, WebhookChanges};
use crate::operations::webhooks::find_object::{names, resolved};
use crate::operations::webhooks::update::Update;
use crate::reporter::Reporter;
use crate::text::MPT;
use crate::ui::Report;

/// Change a webhook; members that are not given stay as they are
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Change the URL:
    mpt webhook update WBH-1234-5678 --url https://hooks.example.com/v2

  Change one criterion, keep the others, and clear the description:
    mpt webhook update WBH-1234-5678 --criteria status=Draft --clear description")]
pub struct Args {
    /// Webhook ID
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    id: String,

    #[command(flatten)]
    body: BodyArgs,

    /// Clear this member (can be repeated)
    #[arg(long, value_name = "MEMBER")]
    clear: Vec<Member>,

    /// Request these members instead of all except the secret
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,

    /// Print the request and send nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask for confirmation (only protected profiles do)
    #[arg(short, long)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Member {
    Description,
    Secret,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        if self.id == "-" {
            return Err(
                Failure::usage("update takes one ID, and reads none from standard input").into()
            );
        }
        let mut changes = self.read().await?;
        warn_of_password(changes.body.url.as_deref(), context);
        let select = self.select.as_deref().unwrap_or(SELECT);
        // A flag overrides a name in a file, which may be out of date.
        let of_file = changes.body.criteria();
        let given = of_file.cloned().unwrap_or_default().merged(&changes.criteria);
        if self.dry_run && names(&given).is_empty() {
            return dry_run(self, changes, select, context);
        }
        if !self.dry_run {
            confirm::check_if_protected(self.yes, None, context)?;
        }
        let session = context.connect().await?;
        let given = resolved(&given, &session).await?;
        match changes.body.criteria() {
            Some(_) => {
                changes.body.criteria = Some(Some(given));
                changes.criteria = Criteria::default();
            }
            None => changes.criteria = given,
        }
        if self.dry_run {
            return dry_run(self, changes, select, context);
        }
        let ui = &context.ui;
        // As text, the changes say it all.
        let view = match self.select {
            Some(_) => webhook_view::one(false),
            None => webhook_view::one(false).without_text(),
        };
        let report = Report::new(ui, view)?;
        let question = format!("Update {} ({})?", self.id, session.target_name());
        confirm::if_protected(self.yes, &question, context).await?;
        let write = |secret: Option<&_>| self.body.secret.write(secret, ui);
        let update = Update { webhooks: &session.webhooks, id: &self.id, changes, select };
        let updated = update.send(write).await?;
        match &updated.changes {
            Some(changes) => {
                ui.note(&format!("Updated {}", updated.described));
                plan_view::print_changes(changes, ui);
            }
            None => ui.note(&format!("{} already matches; nothing was sent", self.id)),
        }
        Ok(report.only(&updated.webhook)?)
    }
}

impl Args {
    async fn read(&self) -> Result<WebhookChanges, Failure> {
        if !self.body.is_given() && self.clear.is_empty() {
            return Err(Failure::usage("nothing to change: no change was given")
                .with_hint("for example --url URL, or --clear description"));
        }
        let description = self.body.description.is_some();
        let secret = self.body.secret.is_given();
        for (member, name, flag, is_given) in [
            (Member::Description, "description", "--description", description),
            (Member::Secret, "secret", "a secret", secret),
        ] {
            if is_given && self.clear.contains(&member) {
                let message = format!("--clear {name} and {flag} cannot be used together");
                return Err(Failure::usage(message));
            }
        }
        let mut changes = self.body.read().await?;
        if changes.body.status.is_some() {
            let hint = format!("use {MPT} webhook enable or {MPT} webhook disable");
            return Err(Failure::usage("status: it cannot be changed by update").with_hint(hint));
        }
        if changes.is_empty() && self.clear.is_empty() {
            return Err(Failure::usage("nothing to change: the file contains no members"));
        }
        if self.clear.contains(&Member::Description) {
            changes.body.description = Some(None);
        }
        if self.clear.contains(&Member::Secret) {
            changes.body.secret = Some(None);
        }
        Ok(changes)
    }
}

fn dry_run(args: &Args, changes: WebhookChanges, select: &str, context: &Context) -> CommandResult {
    let settings = context.settings()?;
    let report = Report::new(&context.ui, DryRun::view())?;
    let reads_first = !changes.criteria.is_empty() && changes.body.criteria().is_none();
    let body = WebhookBody { webhook_type: None, ..changes.into_body(&Criteria::default()) };
    context.ui.note("Nothing was sent");
    if reads_first {
        let note = "The webhook's other criteria would be read first and sent as well";
        context.ui.note(note);
    }
    Ok(report.only(&DryRun {
        method: "PUT",
        url: Webhooks::item_url(&settings.base_url.value, &args.id, select).into(),
        body: body.to_masked_json(),
    })?)
}
