//! `mpt endpoint verify-token`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueHint;

use crate::callout::verify::{Expected, find_token, verify};
use crate::commands::endpoint::listen::parse_host;
use crate::commands::shared::input::number;
use crate::commands::shared::secret_args::SecretArg;
use crate::commands::shared::{Context, candidates, input};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure, Kind};
use crate::model::Check;
use crate::operations::endpoints::replay::open_journal;
use crate::system::clock;
use crate::text::MPT;
use crate::text::duration;
use crate::ui::{Report, checks};

/// Check the token of a callout; exit 10 if a check fails
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The file contains a token, an Authorization header, or a captured request: its headers and body as \
text, or JSON with headers.

Examples:
  Check a token with the endpoint's secret:
    echo \"$TOKEN\" | mpt endpoint verify-token - --secret-env HOOK_SECRET \\
        --host hooks.example.com

  Check a captured request with the webhook's secret:
    mpt endpoint verify-token request.txt --webhook WBH-1234-5678

  Show why listen refused a callout:
    mpt endpoint verify-token --id 12")]
pub struct Args {
    /// File with the token or request; `-` reads standard input
    #[arg(value_name = "FILE", add = candidates::files(), required_unless_present = "id")]
    file: Option<PathBuf>,

    /// Show the checks of the callout with this number, made when listen received it
    #[arg(long, value_name = "N", value_parser = number::<i64>(1..=u64::MAX))]
    #[arg(conflicts_with_all = ["file", "host", "leeway", "webhook", "secret_file", "secret_env"])]
    id: Option<i64>,

    /// Host name that the token must be issued for, without port
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    #[arg(value_parser = parse_host)]
    host: Option<String>,

    /// Webhook that the token must belong to; its secret is used if it can be read
    #[arg(long, value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    webhook: Option<String>,

    /// The most by which the sender's clock may differ
    #[arg(long, value_name = "DURATION", value_parser = duration::parse_or_zero, default_value = "5s")]
    leeway: Duration,

    #[command(flatten)]
    secret: SecretArg,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let mut report = Report::new(&context.ui, checks::view())?;
        let made = match self.id {
            Some(id) => made_on_arrival(id, context)?,
            None => self.verify(context).await?,
        };
        for check in &made {
            report.push(check)?;
        }
        report.finish()?;
        let failed = made.iter().filter(|check| check.has_failed());
        let failed: Vec<_> = failed.map(|check| check.name.as_str()).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let message = format!("the token is refused: {}", failed.join(", "));
        Err(Failure::new(Kind::Check, message).into())
    }
}

/// The journal stores the results of the checks, not the token.
fn made_on_arrival(id: i64, context: &Context) -> Result<Vec<Check>, Failure> {
    let entry = open_journal(context.profile()?)?.entry(id)?.ok_or_else(|| {
        let message = format!("--id {id}: no such callout in the journal");
        Failure::new(Kind::NotFound, message)
            .with_hint(format!("list the callouts of this profile with {MPT} endpoint replay"))
    })?;
    if entry.received.checks.is_empty() {
        let message = format!("callout {id} had no token, and listen did not require one");
        return Err(Failure::new(Kind::Check, message));
    }
    Ok(entry.received.checks)
}

impl Args {
    async fn verify(&self, context: &Context) -> Result<Vec<Check>, Failure> {
        let token = self.read_token().await?;
        let webhook_id = self.webhook.as_deref();
        let secret = self.secret.or_of_id(webhook_id, context).await?;
        let secret = secret.ok_or_else(|| {
            Failure::usage("a secret is needed to verify a token")
                .with_hint("use --secret-env VAR, --secret-file FILE or --webhook ID")
        })?;
        let expected = Expected {
            secret: Some(&secret),
            host: self.host.as_deref(),
            webhook_id,
            now: clock::now(),
            leeway: self.leeway,
        };
        Ok(verify(&token, &expected))
    }

    async fn read_token(&self) -> Result<String, Failure> {
        let file = self.file.as_deref().unwrap_or(Path::new("-"));
        if input::is_stdin(file) && self.secret.reads_stdin() {
            let message = "the token and --secret-file - cannot both be read from standard input";
            return Err(Failure::usage(message));
        }
        let name = input::named("", file);
        let bytes = input::bytes("", file).await?;
        find_token(&String::from_utf8_lossy(&bytes)).ok_or_else(|| {
            Failure::usage(format!("{name}: no token found")).with_hint(
                "expected a token, or a request with the header `Authorization: Bearer …`",
            )
        })
    }
}
