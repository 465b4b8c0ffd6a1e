//! `mpt webhook verify`

use std::path::{Path, PathBuf};

use clap::ValueHint;
use jiff::Timestamp;
use serde_json::Value;

use super::secret::SecretSource;
use super::{listen, target};
use crate::callout::verify::{Check, Expected, find_token, verify};
use crate::commands::shared::checks;
use crate::commands::shared::{Context, input};
use crate::failure::{Failure, Kind};
use crate::listener::journal::Journal;
use crate::ui::Records;

/// Say which check of a callout's token fails: exit 0 when none does, 10 otherwise
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What is given may be a token, an Authorization header, or a captured request: its headers and body as
text, or JSON with headers.

Examples:
  A token, with the secret that the endpoint has:
    echo \"$TOKEN\" | mpt webhook verify - --secret-env HOOK_SECRET --host hooks.example.com

  A captured request, with the secret that the platform has:
    mpt webhook verify request.txt --webhook WBH-1234-5678

  A callout that listen received, and perhaps refused:
    mpt webhook verify --id 12")]
pub struct Args {
    /// The file, `-` for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "id")]
    file: Option<PathBuf>,

    /// A callout that listen received, by its number; the checks are those made then
    #[arg(long, value_name = "N")]
    #[arg(conflicts_with_all = ["file", "host", "webhook", "secret_file", "secret_env"])]
    id: Option<i64>,

    /// The host that the token must be for, without port
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    #[arg(value_parser = listen::parse_host)]
    host: Option<String>,

    /// The webhook that the token must be of; its secret is taken where it is readable
    #[arg(long, value_name = "ID")]
    webhook: Option<String>,

    #[command(flatten)]
    secret: SecretSource,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let records = Records::new(&context.console, checks::layout())?;
    if let Some(id) = args.id {
        return show_entry(id, records);
    }
    let token = args.read_token().await?;
    let secret = target::secret_of(args.webhook.as_deref(), &args.secret, context)
        .await?
        .ok_or_else(|| {
            Failure::usage("without a secret nothing can be verified")
                .with_hint("--secret-env VAR, --secret-file FILE, or --webhook ID says which it is")
        })?;
    let made = verify(
        &token,
        &Expected {
            secret: Some(&secret),
            host: args.host.as_deref(),
            webhook_id: args.webhook.as_deref(),
            now: Timestamp::now(),
        },
    );
    show(made.iter().map(Check::to_json), records)
}

/// The journal keeps no token, but what its checks came to.
fn show_entry(id: i64, records: Records<'_, Value>) -> anyhow::Result<()> {
    let journal = Journal::open(&listen::journal_path()?)?;
    let entry = journal.entry(id)?.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            format!("--id {id}: the journal has no such callout"),
        )
        .with_hint("mpt webhook replay lists them")
    })?;
    let checks = entry.received.checks;
    let checks = checks.as_array().cloned().unwrap_or_default();
    if checks.is_empty() {
        let message = format!("callout {id} came without a token, and none was asked for");
        return Err(Failure::new(Kind::Check, message).into());
    }
    show(checks.into_iter(), records)
}

fn show(
    checks: impl Iterator<Item = Value>,
    mut records: Records<'_, Value>,
) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for check in checks {
        if check["result"] == "failed" {
            failed.extend(check["check"].as_str().map(str::to_owned));
        }
        records.push(check)?;
    }
    records.finish()?;
    if failed.is_empty() {
        return Ok(());
    }
    let message = format!("the token is refused: {}", failed.join(", "));
    Err(Failure::new(Kind::Check, message).into())
}

impl Args {
    async fn read_token(&self) -> Result<String, Failure> {
        let file = self.file.as_deref().unwrap_or(Path::new("-"));
        if input::is_stdin(file) && self.secret.reads_stdin() {
            let message = "the token and --secret-file - both read standard input";
            return Err(Failure::usage(message));
        }
        let name = input::named("", file);
        let bytes = input::bytes("", file).await?;
        find_token(&String::from_utf8_lossy(&bytes)).ok_or_else(|| {
            Failure::usage(format!("{name}: no token found"))
                .with_hint("a token, or a request with `Authorization: Bearer …` among its headers")
        })
    }
}
