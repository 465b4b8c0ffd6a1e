//! `mpt webhook rotate-secret`

use std::path::PathBuf;

use crate::commands::shared::connection_args::ConnectionArgs;
use crate::commands::shared::secret_args::{SecretArg, SecretArgs};
use crate::commands::shared::{Context, candidates, confirm, webhook_view};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::operations::webhooks::rotate_secret::Rotation;
use crate::system::files::shell_word;
use crate::ui::Report;

/// Replace the secret of a webhook with a generated one or with your own
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Let the endpoint accept both secrets first. Otherwise it refuses callouts until it has the new one.

Examples:
  Generate one; it is written to disk before it is sent:
    mpt webhook rotate-secret WBH-1234-5678 --secret-out hook.secret

  Use one that the endpoint has already, and try it first:
    mpt webhook rotate-secret WBH-1234-5678 --secret-file new.secret --probe --remote")]
pub struct Args {
    /// Webhook ID
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    id: String,

    /// Generate a secret and write it to this new file, readable only by you
    #[arg(long, value_name = "FILE", add = candidates::files())]
    #[arg(required_unless_present_any = ["secret_file", "secret_env"])]
    #[arg(conflicts_with_all = ["secret_file", "secret_env"])]
    secret_out: Option<PathBuf>,

    /// Call the endpoint with the new secret first; change nothing if it refuses
    #[arg(long)]
    probe: bool,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    source: SecretArg,

    /// Do not ask for confirmation, which a protected profile wants
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        self.connection.need("--probe", self.probe)?;
        confirm::check_if_protected(self.yes, None, context)?;
        let ui = &context.ui;
        let report = Report::new(ui, webhook_view::one(false))?;
        let secret_args = SecretArgs {
            source: self.source.clone(),
            generate_secret: self.secret_out.is_some(),
            secret_out: self.secret_out.clone(),
        };
        let secret = secret_args.read().await?;
        let session = context.connect().await?;
        let question = format!("Replace the secret of {} ({})?", self.id, session.target_name());
        confirm::if_protected_with_key(self.yes, &question, context).await?;
        let rotation = Rotation {
            session: &session,
            id: &self.id,
            secret: secret.ok_or_else(|| Failure::usage("no secret is given"))?,
            probe: match self.probe {
                true => Some(self.connection.read(context).await?),
                false => None,
            },
            secret_flags: match &self.secret_out {
                Some(path) => format!("--secret-file {}", shell_word(path)),
                None => self.source.as_flags(),
            },
        };
        let write = |secret: &_| secret_args.write(Some(secret), ui);
        let webhook = rotation.run(write).await?;
        Ok(report.only(&webhook)?)
    }
}
