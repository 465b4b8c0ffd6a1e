//! `mpt webhook update`

use clap::ValueEnum;
use serde_json::json;

use super::body::{BodyArgs, Given};
use super::rows;
use crate::api::Webhooks;
use crate::api::webhooks::SELECT;
use crate::commands::shared::Context;
use crate::failure::Failure;
use crate::model::{Criteria, Webhook, WebhookBody, webhook_type};
use crate::ui::Records;

/// Change a webhook; what is not given stays as it is
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Point it elsewhere:
    mpt webhook update WBH-1234-5678 --url https://hooks.example.com/v2

  Change one criterion, keep the others, and clear the description:
    mpt webhook update WBH-1234-5678 --criteria status=Draft --clear description")]
pub struct Args {
    /// The id of the webhook
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    body: BodyArgs,

    /// Clear this member (can be repeated)
    #[arg(long, value_name = "MEMBER")]
    clear: Vec<Member>,

    /// Ask for these members of the answer, instead of all but the secret
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,

    /// Print the request and send nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Member {
    Description,
    Secret,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut given = args.read().await?;
    let select = args.select.as_deref().unwrap_or(SELECT);
    if args.dry_run {
        return dry_run(args, given, select, context);
    }
    let session = context.connect().await?;
    let mut records = Records::new(&context.console, rows::one(false))?;
    let failed = |error| Failure::from(error).while_trying(&format!("update {}", args.id));

    let document = session
        .webhooks
        .get(&args.id, SELECT)
        .await
        .map_err(failed)?;
    let current = Webhook::of(&document);
    check_type(given.body.webhook_type.take(), &current)?;
    let body = given.into_body(current.criteria.clone());
    if body.secret.is_none() && body.is_met_by(&current) {
        context
            .console
            .note(&format!("{} already matches; nothing was sent", args.id));
        let document = match &args.select {
            Some(select) => session
                .webhooks
                .get(&args.id, select)
                .await
                .map_err(failed)?,
            None => document,
        };
        records.push(document)?;
        return Ok(records.finish()?);
    }

    let secret = body.secret.as_ref().and_then(Option::as_ref);
    let file = args.body.secret.write(secret, &context.console)?;
    match session
        .webhooks
        .update(&args.id, &body.to_json(), select)
        .await
    {
        Ok(document) => {
            context
                .console
                .note(&format!("Updated {}", rows::described(&document)));
            file.used();
            records.push(document)?;
            Ok(records.finish()?)
        }
        Err(error) => {
            file.after(&error);
            Err(failed(error).into())
        }
    }
}

impl Args {
    async fn read(&self) -> Result<Given, Failure> {
        if !self.body.is_given() && self.clear.is_empty() {
            return Err(Failure::usage("nothing to change: no flag says what")
                .with_hint("for example --url URL, or --clear description"));
        }
        for (member, flag, is_given) in [
            (
                Member::Description,
                "--description",
                self.body.description.is_some(),
            ),
            (Member::Secret, "a secret", self.body.secret.is_given()),
        ] {
            if is_given && self.clear.contains(&member) {
                let name = format!("{member:?}").to_lowercase();
                return Err(Failure::usage(format!(
                    "--clear {name} and {flag} contradict each other"
                )));
            }
        }
        let mut given = self.body.read().await?;
        if given.body.is_empty() && !given.has_criteria_flags() && self.clear.is_empty() {
            return Err(Failure::usage("nothing to change: the file says nothing"));
        }
        if self.clear.contains(&Member::Description) {
            given.body.description = Some(None);
        }
        if self.clear.contains(&Member::Secret) {
            given.body.secret = Some(None);
        }
        Ok(given)
    }
}

/// A file may name the type that the webhook has; another one cannot be had.
fn check_type(given: Option<String>, current: &Webhook) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    let given = webhook_type::canonical(&given);
    match &current.webhook_type {
        Some(current) if webhook_type::canonical(current) != given => Err(Failure::usage(format!(
            "type {given}: the webhook is of type {current}, and a type cannot be changed"
        ))
        .with_hint("create another webhook, and delete this one")),
        _ => Ok(()),
    }
}

fn dry_run(args: &Args, given: Given, select: &str, context: &Context) -> anyhow::Result<()> {
    let settings = context.settings()?;
    let mut records = Records::new(&context.console, rows::request())?;
    let reads_first = given.has_criteria_flags() && given.body.criteria().is_none();
    let body = WebhookBody {
        webhook_type: None,
        ..given.into_body(Criteria::default())
    };
    records.push(json!({
        "method": "PUT",
        "url": Webhooks::item_url(&settings.base_url.value, &args.id, select).as_str(),
        "body": body.to_masked_json(),
    }))?;
    context.console.note("Nothing was sent");
    if reads_first {
        context
            .console
            .note("The webhook's other criteria would be read first, and sent too");
    }
    Ok(records.finish()?)
}
