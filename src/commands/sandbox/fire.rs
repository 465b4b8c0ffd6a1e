//! `mpt sandbox fire`

use std::path::PathBuf;

use serde::Serialize;

use super::DataArgs;
use crate::callout::change::{Refusal, refusals};
use crate::callout::{Connection, Verdict};
use crate::commands::shared::connection_args::CertificateArgs;
use crate::commands::shared::verdict::{refusal_line, section};
use crate::commands::shared::{Context, candidates, input, type_arg, verdict};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure, Kind};
use crate::model::Call;
use crate::model::url::without_userinfo;
use crate::model::webhook_type::{self, WebhookType};
use crate::operations::endpoints::call::Payload;
use crate::reporter::{Reporter, Waiting};
use crate::sandbox::fire::{Fired, fire};
use crate::sandbox::{Asked, Store};
use crate::ui::style::Tone;
use crate::ui::table::Cell;
use crate::ui::{Report, Style, View, call};

/// Raise an event, which calls the first enabled webhook that matches
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The call is real, and signed if the webhook has a secret. mpt webhook show shows its record. \
The exit code is 10 if no webhook matched, and if the verdict is not that of --expect or, without it, a failure.

Examples:
  Send the sample object of the type:
    mpt sandbox fire --type validate-purchase-order-draft

  Check that the endpoint refuses an order of more than 100 seats:
    mpt sandbox fire --type select-order-lines --set lines.0.quantity=101 \\
        --expect refusal

  Send your own object:
    mpt sandbox fire --type validate-answer --payload answer.json")]
pub struct Args {
    /// Webhook type, in any letter case or in kebab-case
    #[arg(long = "type", value_name = "TYPE")]
    #[arg(add = candidates::webhook_types())]
    webhook_type: String,

    /// Send the object in this file (`-` for standard input) [default: the type's sample]
    #[arg(long, value_name = "FILE", add = candidates::files())]
    payload: Option<PathBuf>,

    /// Change a value of the object, to JSON or text (can be repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,

    /// Show the requests that the sandbox received during the call, with their status
    #[arg(long)]
    explain: bool,

    /// Exit 10 unless the verdict is this one [default: success or refusal]
    #[arg(long, value_name = "VERDICT")]
    expect: Option<Verdict>,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    certificates: CertificateArgs,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        let webhook_type = known_type(&self.webhook_type)?;
        let view = View::details(render).with_id(|fired: &FireRecord| Some(fired.webhook.clone()));
        let report = Report::new(&context.ui, view)?;
        let payload = self.payload(webhook_type, context).await?;
        let store = Store::open(&self.data.path()?)?;
        let connection = self.certificates.read(Connection::default()).await?;
        let waiting = Waiting::begin(&context.ui);
        let watch = store.watch()?;
        let Payload { bytes, object } = &payload;
        let fired = fire(&store, webhook_type, bytes, object, &connection, &context.ui).await;
        drop(waiting);
        let asked = store.end_watch(&watch)?;
        let fired = fired?;
        match fired {
            Fired::Called { id, url, record } => {
                report.only(&FireRecord {
                    webhook: id,
                    url,
                    success: record.is_success(),
                    verdict: record.verdict.name(),
                    attempts: record.attempts,
                    refusals: record
                        .answered_object()
                        .map_or_else(Vec::new, |answer| refusals(&answer)),
                    call: record.call(),
                    requests: self.explain.then(|| asked.clone()),
                })?;
                let has_crashed = record.answer.as_ref().is_some_and(|answer| answer.status >= 500);
                if let Some(failed) = asked.iter().find(|one| one.has_failed())
                    && has_crashed
                    && !self.explain
                {
                    let more = "see all with --explain";
                    let note = format!(
                        "During the call, a request to the sandbox failed: {}; {more}",
                        failed.line()
                    );
                    context.ui.note(&note);
                }
                if let Some(warning) = &record.warning {
                    context.ui.warn(warning);
                }
                verdict::check(record.verdict, self.expect)
            }
            Fired::Unmatched { reasons } => Err(unmatched(webhook_type, reasons).into()),
        }
    }
}

fn known_type(typed: &str) -> Result<&'static WebhookType, Failure> {
    webhook_type::find(typed).ok_or_else(|| {
        let meant = type_arg::meant_by(typed);
        Failure::usage(format!("--type {typed}: not a type of the sandbox{meant}"))
    })
}

impl Args {
    async fn payload(
        &self,
        webhook_type: &WebhookType,
        context: &Context,
    ) -> Result<Payload, Failure> {
        let Some(path) = &self.payload else {
            return Payload::sample(webhook_type).set(&self.set, &context.ui);
        };
        let failed =
            |why: String| Failure::usage(format!("{}: {why}", input::named("--payload", path)));
        let bytes = input::bytes("--payload", path).await?;
        let payload = Payload::from_bytes(bytes).map_err(failed)?;
        match payload.object.is_object() {
            true => payload.set(&self.set, &context.ui),
            false => Err(failed("not a JSON object".to_owned())),
        }
    }
}

fn unmatched(webhook_type: &WebhookType, reasons: Vec<String>) -> Failure {
    let failure = Failure::new(Kind::Check, "no webhook matched; nothing was called");
    if reasons.is_empty() {
        let name = webhook_type.name;
        return failure.with_hint(format!("the sandbox has no webhook of type {name}"));
    }
    failure.with_details(reasons)
}

#[derive(Serialize)]
struct FireRecord {
    webhook: String,
    url: String,
    success: bool,
    verdict: &'static str,
    attempts: u32,
    /// The requests to the sandbox during the call, with `--explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<Vec<Asked>>,
    refusals: Vec<Refusal>,
    call: Call,
}

fn render(fired: &FireRecord, style: &Style) -> String {
    let called = format!("{} at {}", fired.webhook, without_userinfo(&fired.url));
    let result = ("Verdict", verdict::cell(fired.verdict));
    let mut text = call::render(called, result, &fired.call, fired.attempts, style);
    let refusals = fired.refusals.iter().map(refusal_line).collect();
    text.push_str(&section("Refused", refusals, style));
    if let Some(requests) = &fired.requests {
        let mut lines: Vec<Cell> = requests
            .iter()
            .map(|asked| {
                Cell::new(asked.line(), if asked.has_failed() { Tone::Bad } else { Tone::Plain })
            })
            .collect();
        if lines.is_empty() {
            lines.push("none".into());
        }
        text.push_str(&section("Requests", lines, style));
    }
    text
}
