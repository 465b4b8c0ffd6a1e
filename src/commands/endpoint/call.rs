//! `mpt endpoint call`

use std::path::PathBuf;

use clap::ValueHint;

use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::callout::{Endpoint, NO_WEBHOOK, Verdict};
use crate::commands::shared::connection_args::ConnectionArgs;
use crate::commands::shared::secret_args::ClaimArgs;
use crate::commands::shared::secret_args::SecretArg;
use crate::commands::shared::verdict::{change_line, refusal_line, section};
use crate::commands::shared::{Context, candidates, input, type_arg, verdict};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::model::url::without_userinfo;
use crate::model::{Webhook, webhook_type};
use crate::operations::endpoints::call::{CallResult, Payload, call};
use crate::operations::endpoints::target::{self, Access};
use crate::reporter::{Reporter, Waiting};
use crate::system::editor;
use crate::text::MPT;
use crate::text::json;
use crate::ui::{Report, Style, View, call};

/// Call an endpoint as the platform would, and show what it changed
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The verdict is success, failure or refusal. A refusal is a success whose answer has an `error` that is not \
null. Without --expect, a failure exits 10. The platform is not contacted, and records nothing.

Examples:
  Call an endpoint under development:
    mpt endpoint call --type validate-answer --to http://localhost:4000/answers

  Try another quantity with the type and secret of a registered webhook:
    mpt endpoint call WBH-1234-5678 --to http://localhost:4000/ \\
        --set lines.0.quantity=0

  In CI:
    mpt endpoint call --type validate-answer --to http://localhost:4000/ \\
        --expect refusal")]
pub struct Args {
    /// Use the URL, the type and, if it can be read, the secret of this webhook
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    id: Option<String>,

    /// Webhook type, in any letter case or in kebab-case
    #[arg(
        long = "type",
        value_name = "TYPE",
        required_unless_present = "id",
        conflicts_with = "id"
    )]
    #[arg(add = candidates::webhook_types())]
    webhook_type: Option<String>,

    /// Call this URL
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    to: Option<String>,

    /// Send the object in this file (`-` for standard input) [default: the type's sample]
    #[arg(long, value_name = "FILE", add = candidates::files())]
    payload: Option<PathBuf>,

    /// Change a value of the object, to JSON or text (can be repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,

    /// Edit the object in the editor of VISUAL or EDITOR before it is sent
    #[arg(long)]
    edit: bool,

    /// Print the object and send nothing
    #[arg(long)]
    sample: bool,

    /// Exit 10 unless the verdict is this one [default: success or refusal]
    #[arg(long, value_name = "VERDICT")]
    expect: Option<Verdict>,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    secret: SecretArg,

    #[command(flatten)]
    claims: ClaimArgs,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        if self.sample {
            let report = Report::new(ui, View::details(|object: &Value, _| json::pretty(object)))?;
            let webhook = self.read_webhook(context).await?;
            let payload = self.payload(webhook.as_ref(), context).await?;
            return Ok(report.only(&payload.object)?);
        }
        let report = Report::new(ui, View::details(render))?;
        let webhook = self.read_webhook(context).await?;
        let payload = self.payload(webhook.as_ref(), context).await?;
        let access = self.connection.read(context).await?;
        let endpoint = self.endpoint(webhook.as_ref(), &access).await?;
        if endpoint.secret.is_none() {
            ui.note("No secret was given: the call is not signed");
        }
        let waiting = Waiting::begin(ui);
        let called = call(&access, &endpoint, &payload).await?;
        drop(waiting);
        report.only(&called)?;
        if let Some(warning) = &called.warning {
            ui.warn(warning);
        }
        if self.id.is_none() {
            ui.note("The platform was not contacted");
        }
        if self.id.is_none() && called.signed && called.has_crashed() {
            ui.note(
                "The token names the webhook WBH-0000-0000, which does not exist: if the endpoint looks it up, give the \
                 ID of one, and set the endpoint's base URL to the platform or sandbox that has it",
            );
        }
        verdict::check(called.verdict, self.expect)
    }
}

impl Args {
    async fn read_webhook(&self, context: &Context) -> Result<Option<Webhook>, Failure> {
        let Some(id) = &self.id else { return Ok(None) };
        if id.contains("://") {
            let message = format!("{} is a URL, not the ID of a webhook", without_userinfo(id));
            let hint = format!("call a URL with --to: {MPT} endpoint call --type TYPE --to URL");
            return Err(Failure::usage(message).with_hint(hint));
        }
        let session = context.connect().await?;
        let webhook = target::read(&session, id, "call the endpoint of").await?;
        Ok(Some(webhook.view().clone()))
    }

    /// The bytes of a file, unchanged unless `--set` is given.
    async fn payload(
        &self,
        webhook: Option<&Webhook>,
        context: &Context,
    ) -> Result<Payload, Failure> {
        let payload = match &self.payload {
            Some(path) => {
                let others = [
                    (self.secret.reads_stdin(), "--secret-file"),
                    (self.claims.reads_stdin(), "--claims"),
                ];
                for (reads_stdin, flag) in others {
                    if input::is_stdin(path) && reads_stdin {
                        let message =
                            format!("--payload - and {flag} - cannot both read standard input");
                        return Err(Failure::usage(message));
                    }
                }
                if input::is_stdin(path) && self.edit {
                    let message = "--payload - and --edit cannot be used together: the editor reads standard input";
                    return Err(Failure::usage(message));
                }
                let bytes = input::bytes("--payload", path).await?;
                Payload::from_bytes(bytes).map_err(|why| {
                    Failure::usage(format!("{}: {why}", input::named("--payload", path)))
                })?
            }
            None => {
                let registered = webhook.and_then(|webhook| webhook.webhook_type.as_deref());
                let typed = self.webhook_type.as_deref().or(registered);
                let typed = typed.unwrap_or_default();
                let known = webhook_type::find(typed).ok_or_else(|| {
                    type_arg::warn_if_unknown(typed, context);
                    Failure::usage(format!("no sample object is known for the type `{typed}`"))
                        .with_hint("give the object to send with --payload FILE")
                })?;
                Payload::sample(known)
            }
        };
        let payload = payload.set(&self.set, &context.ui)?;
        if self.edit { edited(payload).await } else { Ok(payload) }
    }

    async fn endpoint(
        &self,
        webhook: Option<&Webhook>,
        access: &Access<'_>,
    ) -> Result<Endpoint, Failure> {
        let registered = webhook.and_then(|webhook| webhook.url.as_deref());
        let url = self.to.as_deref().or(registered).ok_or_else(|| {
            Failure::usage("--to is missing").with_hint("for example --to http://localhost:4000/")
        })?;
        let secret = self.secret.or_of(webhook).await?;
        Ok(Endpoint {
            target: access.target(url).await?,
            webhook_id: self.id.clone().unwrap_or_else(|| NO_WEBHOOK.to_owned()),
            claims: self.claims.read(&self.secret, secret.is_some()).await?,
            secret,
        })
    }
}

/// The object as the user wants it.
async fn edited(payload: Payload) -> Result<Payload, Failure> {
    let text = json::pretty(&payload.object);
    let editing = spawn_blocking(move || editor::edit(&text, ".json", Payload::from_bytes));
    let edited = editing.await.map_err(anyhow::Error::from).flatten();
    edited.map_err(|error| Failure::usage(format!("--edit: {error:#}; nothing was sent")))
}

fn render(result: &CallResult, style: &Style) -> String {
    let verdict = ("Verdict", verdict::cell(result.verdict.name()));
    let called = result.url.clone();
    let mut text = call::render(called, verdict, &result.call, result.attempts, style);
    let refusals = result.refusals.iter().map(refusal_line).collect();
    text.push_str(&section("Refused", refusals, style));
    let mut changes: Vec<_> = result.changes.iter().map(change_line).collect();
    if changes.is_empty() && result.call.success == Some(true) {
        changes.push("nothing".into());
    }
    text.push_str(&section("Changed", changes, style));
    text
}
