//! `mpt webhook trigger`

use std::path::{Path, PathBuf};

use clap::ValueHint;
use clap_complete::engine::ArgValueCandidates;
use serde_json::{Value, json};

use super::secret::SecretSource;
use super::{target, typed, verdict};
use crate::callout::change::{Change, Refusal, changes, refusals};
use crate::callout::{Caller, Endpoint, Record, Verdict, path, sample};
use crate::commands::shared::{Context, candidates, input};
use crate::failure::{Failure, Kind};
use crate::model::{Call, Secret, Webhook, webhook_type};
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};
use crate::ui::{Layout, Records, Style, call, json};

/// Call an endpoint as the platform would, and show what it changed; nothing is told to the platform
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The verdict is success, failure, or refusal: a success whose answer carries an error that is not null.

Examples:
  An endpoint under development, without any platform:
    mpt webhook trigger --type validate-answer --to http://localhost:4000/answers

  What a registered webhook's endpoint would say to another quantity:
    mpt webhook trigger WBH-1234-5678 --to http://localhost:4000/ --set lines.0.quantity=0

  In CI:
    mpt webhook trigger --type validate-answer --to http://localhost:4000/ --expect refusal")]
pub struct Args {
    /// Take URL, type and, where it is readable, the secret from this webhook
    #[arg(value_name = "ID")]
    id: Option<String>,

    /// Webhook type, in any letter case or kebab-case
    #[arg(
        long = "type",
        value_name = "TYPE",
        required_unless_present = "id",
        conflicts_with = "id"
    )]
    #[arg(add = ArgValueCandidates::new(candidates::webhook_types))]
    webhook_type: Option<String>,

    /// Call this URL
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    to: Option<String>,

    /// Send this object, `-` for standard input [default: the type's sample]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    payload: Option<PathBuf>,

    /// Change a value of the object: JSON, or text (can be repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,

    /// Print the object and send nothing
    #[arg(long)]
    sample: bool,

    /// Call a host that is not this machine
    #[arg(long)]
    remote: bool,

    /// Exit 10 unless this is the verdict
    #[arg(long, value_name = "VERDICT")]
    expect: Option<Verdict>,

    #[command(flatten)]
    secret: SecretSource,
}

/// The webhook id in the token of a call that is no webhook's.
pub(super) const NO_WEBHOOK: &str = "WBH-0000-0000";

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let layout = Layout::one(
        Value::clone,
        if args.sample { render_sample } else { render },
    );
    let mut records = Records::new(&context.console, layout)?;
    let webhook = args.read_webhook(context).await?;
    let payload = args.payload(webhook.as_ref(), context).await?;
    if args.sample {
        records.push(serde_json::from_slice(&payload)?)?;
        return Ok(records.finish()?);
    }
    let endpoint = args.endpoint(webhook.as_ref()).await?;
    if endpoint.secret.is_none() {
        context
            .console
            .note("Without a secret the call is not signed");
    }
    let caller = Caller::new(&endpoint.url).map_err(|error| Failure::usage(error.to_string()))?;
    let record = caller.call(&endpoint, &payload).await;
    let result = Triggered::of(&record, &payload);
    records.push(result.to_json(&endpoint, &record))?;
    records.finish()?;
    context.console.note("Nothing was told to the platform");
    match args.expect {
        Some(expected) if expected != result.verdict => {
            let message = format!(
                "the verdict is {}, not {}",
                result.verdict.name(),
                expected.name()
            );
            Err(Failure::new(Kind::Check, message).into())
        }
        _ => Ok(()),
    }
}

impl Args {
    async fn read_webhook(&self, context: &Context) -> anyhow::Result<Option<Webhook>> {
        let Some(id) = &self.id else { return Ok(None) };
        let session = context.connect().await?;
        let document = target::read(&session, id, &format!("trigger {id}")).await?;
        Ok(Some(Webhook::of(&document)))
    }

    /// The bytes to send: a file as it is, unless `--set` changes it.
    async fn payload(
        &self,
        webhook: Option<&Webhook>,
        context: &Context,
    ) -> Result<Vec<u8>, Failure> {
        let (bytes, mut payload) = match &self.payload {
            Some(path) => self.read_payload(path).await?,
            None => {
                let typed = self.webhook_type.as_deref();
                let typed = typed.or(webhook.and_then(|webhook| webhook.webhook_type.as_deref()));
                let typed = typed.unwrap_or_default();
                let known = webhook_type::find(typed).ok_or_else(|| {
                    typed::warn_if_unknown(typed, context);
                    Failure::usage(format!("there is no sample for the type `{typed}`"))
                        .with_hint("--payload FILE says what to send")
                })?;
                let payload = sample::payload(known);
                (payload.to_string().into_bytes(), payload)
            }
        };
        for text in &self.set {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Failure::usage(format!("--set {text}: not PATH=VALUE"))
                    .with_hint("for example --set product.id=PRD-1111-1111")
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            path::set(&mut payload, name, value)
                .map_err(|why| Failure::usage(format!("--set {text}: {why}")))?;
        }
        Ok(if self.set.is_empty() {
            bytes
        } else {
            payload.to_string().into_bytes()
        })
    }

    async fn read_payload(&self, path: &Path) -> Result<(Vec<u8>, Value), Failure> {
        if input::is_stdin(path) && self.secret.reads_stdin() {
            let message = "--payload - and --secret-file - both read standard input";
            return Err(Failure::usage(message));
        }
        let failed = |why: String| Failure::usage(format!("--payload {}: {why}", path.display()));
        let bytes = input::bytes("--payload", path).await?;
        let payload = serde_json::from_slice(&bytes)
            .map_err(|error| failed(format!("not valid JSON: {error}")))?;
        Ok((bytes, payload))
    }

    async fn endpoint(&self, webhook: Option<&Webhook>) -> Result<Endpoint, Failure> {
        let registered = webhook.and_then(|webhook| webhook.url.as_deref());
        let url = self.to.as_deref().or(registered).ok_or_else(|| {
            Failure::usage("--to is missing").with_hint("for example --to http://localhost:4000/")
        })?;
        let secret: Option<Secret> = target::secret(&self.secret, webhook).await?;
        Ok(Endpoint {
            url: target::check_reach(url, self.remote)?,
            webhook_id: self.id.clone().unwrap_or_else(|| NO_WEBHOOK.to_owned()),
            secret,
        })
    }
}

/// What came of a call.
struct Triggered {
    verdict: Verdict,
    refusals: Vec<Refusal>,
    changes: Vec<Change>,
}

impl Triggered {
    fn of(record: &Record, payload: &[u8]) -> Self {
        let answer = record.answer.as_ref().filter(|_| record.success);
        let answer: Option<Value> = answer.and_then(|a| serde_json::from_slice(&a.body).ok());
        let sent = serde_json::from_slice::<Value>(payload).ok();
        let (refusals, changes) = match (&sent, &answer) {
            (Some(sent), Some(answer)) => (refusals(answer), changes(sent, answer)),
            _ => Default::default(),
        };
        Self {
            verdict: record.verdict,
            refusals,
            changes,
        }
    }

    fn to_json(&self, endpoint: &Endpoint, record: &Record) -> Value {
        json!({
            "url": endpoint.url.as_str(),
            "verdict": self.verdict.name(),
            "signed": endpoint.secret.is_some(),
            "attempts": record.attempts,
            "refusals": self.refusals.iter().map(Refusal::to_json).collect::<Vec<_>>(),
            "changes": self.changes.iter().map(Change::to_json).collect::<Vec<_>>(),
            "call": record.to_json(),
        })
    }
}

fn render_sample(payload: &Value, _: &Style) -> String {
    json::pretty(payload)
}

fn render(result: &Value, style: &Style) -> String {
    let call: Call = serde_json::from_value(result["call"].clone()).unwrap_or_default();
    let verdict = verdict::cell(result["verdict"].as_str().unwrap_or_default());
    let called = result["url"].as_str().unwrap_or_default().to_owned();
    let attempts = result["attempts"].as_u64().unwrap_or(1);
    let mut text = call::render(called, ("Verdict", verdict), &call, attempts, style);
    let items = |name: &str| result[name].as_array().cloned().unwrap_or_default();
    text.push_str(&section("Refused", &items("refusals"), refusal_line, style));
    text.push_str(&section("Changed", &items("changes"), change_line, style));
    if call.success == Some(true) && items("changes").is_empty() {
        text.push_str(&format!(
            "\n{}",
            table::pairs(&[("Changed", "nothing".into())], style)
        ));
    }
    text
}

/// Lines under one name.
fn section(name: &'static str, items: &[Value], line: fn(&Value) -> Cell, style: &Style) -> String {
    if items.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(index, item)| (if index == 0 { name } else { "" }, line(item)))
        .collect();
    format!("\n{}", table::pairs(&rows, style))
}

fn refusal_line(refusal: &Value) -> Cell {
    let text = |name: &str| refusal[name].as_str().unwrap_or_default().to_owned();
    let place = if text("path").is_empty() {
        "the object".to_owned()
    } else {
        text("path")
    };
    Cell::new(format!("{place}: {}", text("message")), Tone::Caution)
}

fn change_line(change: &Value) -> Cell {
    let path = change["path"].as_str().unwrap_or_default();
    match (&change["before"], &change["after"]) {
        (Value::Null, after) => Cell::new(format!("+ {path}: {after}"), Tone::Good),
        (before, Value::Null) => Cell::new(format!("- {path}: {before}"), Tone::Bad),
        (before, after) => Cell::new(format!("~ {path}: {before} → {after}"), Tone::Caution),
    }
}
