//! `mpt webhook verify`

use std::path::PathBuf;

use clap::ValueHint;
use jiff::Timestamp;
use serde_json::Value;

use super::secret::SecretSource;
use super::target;
use crate::callout::verify::{Check, Expected, Outcome, find_token, verify};
use crate::commands::checks::{self, CheckResult};
use crate::commands::{Context, input};
use crate::error::{Failure, Kind};
use crate::model::Webhook;
use crate::output::Records;

/// Say which check of a callout's token fails: exit 0 when none does, 10 otherwise
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What is given may be a token, an Authorization header, or a captured request: its headers and body as
text, or JSON with headers.

Examples:
  A token, with the secret that the endpoint has:
    echo \"$TOKEN\" | mpt webhook verify - --secret-env HOOK_SECRET --host hooks.example.com

  A captured request, with the secret that the platform has:
    mpt webhook verify request.txt --webhook WBH-1234-5678")]
pub struct Args {
    /// The file, `-` for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The host that the token must be for, without port
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    host: Option<String>,

    /// The webhook that the token must be of; its secret is taken where it is readable
    #[arg(long, value_name = "ID")]
    webhook: Option<String>,

    #[command(flatten)]
    secret: SecretSource,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, checks::layout())?;
    let token = args.read_token().await?;
    let webhook = match &args.webhook {
        // A secret that is given needs no platform.
        Some(id) if !args.secret.is_given() => {
            let session = context.connect().await?;
            let document = target::read(&session, id, &format!("read the secret of {id}")).await?;
            Some(Webhook::of(&document))
        }
        _ => None,
    };
    let secret = target::secret(&args.secret, webhook.as_ref())
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
    for check in &made {
        records.push(row(check))?;
    }
    records.finish()?;
    let failed: Vec<_> = made
        .iter()
        .filter(|check| check.outcome == Outcome::Failed)
        .map(|check| check.name)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let message = format!("the token is refused: {}", failed.join(", "));
    Err(Failure::new(Kind::Check, message).into())
}

impl Args {
    async fn read_token(&self) -> Result<String, Failure> {
        if input::is_stdin(&self.file) && self.secret.reads_stdin() {
            let message = "the token and --secret-file - both read standard input";
            return Err(Failure::usage(message));
        }
        let name = input::named("", &self.file);
        let bytes = input::bytes("", &self.file).await?;
        find_token(&String::from_utf8_lossy(&bytes)).ok_or_else(|| {
            Failure::usage(format!("{name}: no token found"))
                .with_hint("a token, or a request with `Authorization: Bearer …` among its headers")
        })
    }
}

fn row(check: &Check) -> Value {
    let result = match check.outcome {
        Outcome::Passed => CheckResult::Ok,
        Outcome::Failed => CheckResult::Failed,
        Outcome::Skipped => CheckResult::Skipped,
    };
    checks::row(check.name, result, &check.detail)
}
