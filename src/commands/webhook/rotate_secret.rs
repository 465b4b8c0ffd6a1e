//! `mpt webhook rotate-secret`

use std::path::PathBuf;

use clap::ValueHint;

use crate::commands::shared::secret_args::{SecretArgs, SecretSource};
use crate::commands::shared::{Context, webhook_view};
use crate::failure::{CommandResult, Failure};
use crate::operations::rotate_secret::Rotation;
use crate::system::files::shell_word;
use crate::ui::Report;

/// Give a webhook a new secret: made here, or one that you have
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Let the endpoint accept both secrets first: between the platform's change and the endpoint's, one of
the two would be refused.

Examples:
  Make one; it is on disk before the platform is told:
    mpt webhook rotate-secret WBH-1234-5678 --secret-out hook.secret

  Take one that the endpoint has already, and try that before:
    mpt webhook rotate-secret WBH-1234-5678 --secret-file new.secret --probe")]
pub struct Args {
    /// The id of the webhook
    #[arg(value_name = "ID")]
    id: String,

    /// Where a new secret goes; created 0600, never overwritten
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(required_unless_present_any = ["secret_file", "secret_env"])]
    #[arg(conflicts_with_all = ["secret_file", "secret_env"])]
    secret_out: Option<PathBuf>,

    /// Call the endpoint with the new secret first, and change nothing when it refuses
    #[arg(long)]
    probe: bool,

    #[command(flatten)]
    source: SecretSource,
}

pub async fn run(args: &Args, context: &Context) -> CommandResult {
    let ui = &context.ui;
    let report = Report::new(ui, webhook_view::one(false))?;
    let secret_args = SecretArgs {
        source: args.source.clone(),
        generate_secret: args.secret_out.is_some(),
        secret_out: args.secret_out.clone(),
    };
    let secret = secret_args.read().await?;
    let rotation = Rotation {
        session: &context.connect().await?,
        id: &args.id,
        secret: secret.ok_or_else(|| Failure::usage("no secret is given"))?,
        probe: args.probe,
        secret_flags: match &args.secret_out {
            Some(path) => format!("--secret-file {}", shell_word(path)),
            None => args.source.as_flags(),
        },
    };
    let write = |secret: &_| secret_args.write(Some(secret), ui);
    let webhook = rotation.run(write).await?;
    Ok(report.only(&webhook)?)
}
