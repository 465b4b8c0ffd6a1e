//! `mpt sandbox fire`

use std::path::{Path, PathBuf};

use clap::ValueHint;
use clap_complete::engine::ArgValueCandidates;
use serde_json::{Value, json};

use super::DataArgs;
use crate::callout::{Record, sample};
use crate::commands::shared::{Context, candidates, input};
use crate::config::did_you_mean;
use crate::failure::{Failure, Kind};
use crate::model::Call;
use crate::model::webhook_type::{self, WebhookType};
use crate::sandbox::Store;
use crate::sandbox::fire::{Fired, fire};
use crate::ui::table::Cell;
use crate::ui::{Layout, Records, Style, call};

/// Raise an event: the first enabled webhook that matches is called
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The call is a real one, signed where the webhook has a secret; its record shows in webhook show.
Exit 0 when a call was recorded, whatever the endpoint answered; 10 when nothing matched.

Examples:
  With the sample object of the type:
    mpt sandbox fire --type validate-purchase-order-draft

  With an object of your own:
    mpt sandbox fire --type validate-answer --payload answer.json")]
pub struct Args {
    /// Webhook type, in any letter case or kebab-case
    #[arg(long = "type", value_name = "TYPE")]
    #[arg(add = ArgValueCandidates::new(candidates::webhook_types))]
    webhook_type: String,

    /// The object that is sent, `-` for standard input [default: the type's sample]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    payload: Option<PathBuf>,

    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let webhook_type = known_type(&args.webhook_type)?;
    let mut records = Records::new(&context.console, layout())?;
    let (body, payload) = payload(args.payload.as_deref(), webhook_type).await?;
    let store = Store::open(&args.data.path()?)?;
    match fire(&store, webhook_type, &body, &payload).await? {
        Fired::Called { id, url, record } => {
            records.push(document(&id, &url, &record))?;
            Ok(records.finish()?)
        }
        Fired::Unmatched { reasons } => Err(unmatched(webhook_type, reasons).into()),
    }
}

fn known_type(typed: &str) -> Result<&'static WebhookType, Failure> {
    webhook_type::find(typed).ok_or_else(|| {
        let names = webhook_type::KNOWN.iter().map(|known| known.name);
        Failure::usage(format!(
            "--type {typed}: the sandbox knows no such type{}",
            did_you_mean(typed, names)
        ))
    })
}

/// The bytes to send, and what they mean.
async fn payload(
    path: Option<&Path>,
    webhook_type: &WebhookType,
) -> Result<(Vec<u8>, Value), Failure> {
    let Some(path) = path else {
        let payload = sample::payload(webhook_type);
        return Ok((payload.to_string().into_bytes(), payload));
    };
    let failed = |why: String| Failure::usage(format!("--payload {}: {why}", path.display()));
    let bytes = input::bytes("--payload", path).await?;
    let payload: Value = serde_json::from_slice(&bytes)
        .map_err(|error| failed(format!("not valid JSON: {error}")))?;
    if !payload.is_object() {
        return Err(failed("not a JSON object".to_owned()));
    }
    Ok((bytes, payload))
}

fn unmatched(webhook_type: &WebhookType, reasons: Vec<String>) -> Failure {
    let mut failure = Failure::new(Kind::Check, "no webhook matched, so none was called");
    failure = if reasons.is_empty() {
        failure.with_hint(format!(
            "the sandbox has no webhook of type {}",
            webhook_type.name
        ))
    } else {
        failure.with_details(reasons)
    };
    failure
}

fn document(id: &str, url: &str, record: &Record) -> Value {
    json!({
        "webhook": id,
        "url": url,
        "success": record.success,
        "attempts": record.attempts,
        "call": record.to_json(),
    })
}

fn layout() -> Layout<Value> {
    Layout::one(Value::clone, render).with_id(|row| row["webhook"].as_str().map(str::to_owned))
}

fn render(row: &Value, style: &Style) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let call: Call = serde_json::from_value(row["call"].clone()).unwrap_or_default();
    let called = format!("{} at {}", text("webhook"), text("url"));
    let result = ("Result", Cell::outcome(call.success == Some(true)));
    call::render(
        called,
        result,
        &call,
        row["attempts"].as_u64().unwrap_or(1),
        style,
    )
}
