//! `mpt webhook rotate-secret`

use std::path::PathBuf;

use crate::commands::shared::connection_args::ConnectionArgs;
use crate::commands::shared::secret_args::{SecretArg, SecretArgs};
use crate::commands::shared::{Context, candidates, confirm, pick, webhook_view};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Failure};
use crate::operations::webhooks::rotate_secret::Rotation;
use crate::system::files::shell_word;
use crate::ui::Report;

/// Replace the secret of a webhook, by a generated one or your own
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Let the endpoint accept both secrets first. Otherwise it refuses callouts until it has the new one.

Examples:
  Generate one; it is written to disk before it is sent:
    mpt webhook rotate-secret WBH-1234-5678 --secret-out hook.secret

  Use one that the endpoint has already, and try it first:
    mpt webhook rotate-secret WBH-1234-5678 --secret-file new.secret --probe \\
        --remote")]
pub struct Args {
    /// Webhook ID [default on a terminal: choose one]
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    id: Option<String>,

    /// Generate a secret of 256 bits; asks on a terminal where to write it
    #[arg(long, conflicts_with_all = ["secret_file", "secret_env"])]
    generate_secret: bool,

    /// Generate a secret and write it to this new file, readable only by you
    #[arg(long, value_name = "FILE", add = candidates::files())]
    #[arg(conflicts_with_all = ["secret_file", "secret_env"])]
    secret_out: Option<PathBuf>,

    /// Call the endpoint with the new secret first; change nothing if it refuses
    #[arg(long)]
    probe: bool,

    /// Do not ask for confirmation (only protected profiles do)
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    source: SecretArg,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        self.connection.need("--probe", self.probe)?;
        confirm::check_if_protected(self.yes, None, context)?;
        let ui = &context.ui;
        let report = Report::new(ui, webhook_view::one(false))?;
        let given: Vec<_> = self.id.iter().cloned().collect();
        self.check_source(context)?;
        let question = "Which webhook gets another secret?";
        let (ids, session) = pick::ids(&given, question, context).await?;
        let id = &ids.named();
        let secret_out = self.secret_out(id, context).await?;
        let secret_args = SecretArgs {
            source: self.source.clone(),
            generate_secret: secret_out.is_some(),
            secret_out: secret_out.clone(),
        };
        let secret = secret_args.read().await?;
        let question = format!("Replace the secret of {id} ({})?", session.target_name());
        confirm::if_protected_with_key(self.yes, &question, context).await?;
        let rotation = Rotation {
            session: &session,
            id,
            secret: secret.ok_or_else(|| Failure::usage("no secret is given"))?,
            probe: match self.probe {
                true => Some(self.connection.read(context).await?),
                false => None,
            },
            secret_flags: match &secret_out {
                Some(path) => format!("--secret-file {}", shell_word(path)),
                None => self.source.as_flags(),
            },
        };
        let write = |secret: &_| secret_args.write(Some(secret), ui);
        let webhook = rotation.run(write).await?;
        Ok(report.only(&webhook)?)
    }
}

impl Args {
    /// The file for a generated secret; `None`: an own secret is given.
    async fn secret_out(&self, id: &str, context: &Context) -> Result<Option<PathBuf>, Ending> {
        if self.source.is_given() {
            return Ok(None);
        }
        match &self.secret_out {
            Some(path) => Ok(Some(path.clone())),
            None => Ok(Some(pick::secret_file(&format!("{id}.secret"), context).await?)),
        }
    }

    /// Where nobody can be asked, a secret or a file for a generated one must be given.
    fn check_source(&self, context: &Context) -> Result<(), Failure> {
        if context.ui.is_interactive() || self.source.is_given() || self.secret_out.is_some() {
            return Ok(());
        }
        Err(match self.generate_secret {
            true => Failure::usage("--generate-secret needs --secret-out FILE"),
            false => Failure::usage("no secret is given")
                .with_hint("use --secret-out FILE for a generated one, or --secret-file or --secret-env for your own"),
        })
    }
}
