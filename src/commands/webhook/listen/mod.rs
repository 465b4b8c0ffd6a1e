//! `mpt webhook listen`

mod answer;
mod serve;
mod take_over;
mod teller;

use std::path::PathBuf;

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;

use self::answer::AnswerArgs;
use super::secret::SecretSource;
use super::target;
use crate::commands::shared::interrupt::unless_interrupted;
use crate::commands::shared::{Context, Session, confirm};
use crate::failure::{Failure, Kind};
use crate::listener::journal::{self, Journal};
use crate::listener::{Gate, KnownWebhook, Listener, Options};
use crate::model::Webhook;
use crate::model::url::{is_loopback, parse_http};
use crate::system::folders;
use crate::ui::Format;

/// Receive callouts on this machine: check, answer or forward, and keep each
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The first line on standard output is the URL. With a secret, a callout whose token does not pass is
refused with 401. A URL to forward to that is an origin alone takes the callout's path; one with a path
is called as it is. What is received is kept for mpt webhook replay; tokens and secrets are not.

The routes file is TOML. The first route that fits is taken; all that it names must fit: type, object
(the id of the product, program or form), path (that one and all below it).
  [[routes]]
  type = \"ValidateAnswer\"
  path = \"/answers\"
  to = \"http://localhost:5001/answers\"

Examples:
  Accept everything:
    mpt webhook listen

  Check tokens, and hand on to the endpoint under development:
    mpt webhook listen --secret-file hook.secret --forward-to http://localhost:5000

  Have a registered webhook call here for a while, through a tunnel of your own:
    mpt webhook listen --take-over WBH-1234-5678 --public-url https://abc.example.net")]
pub struct Args {
    /// Listen on this port; 0 takes any
    #[arg(long, default_value_t = 4000)]
    port: u16,

    /// Expect this webhook; its secret is taken where it is readable
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    webhook: Option<String>,

    /// The host that tokens must be for, without port
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname, value_parser = parse_host)]
    host: Option<String>,

    #[command(flatten)]
    answer: AnswerArgs,

    /// Point this webhook here while this runs, and back at the end
    #[arg(
        long,
        value_name = "ID",
        requires = "public_url",
        conflicts_with = "webhook"
    )]
    #[arg(help_heading = "Take-over")]
    take_over: Option<String>,

    /// Where the platform reaches this listener; an origin alone takes the webhook's path
    #[arg(long, value_name = "URL", requires = "take_over", value_hint = ValueHint::Url)]
    #[arg(help_heading = "Take-over")]
    public_url: Option<String>,

    /// Do not ask
    #[arg(short, long, help_heading = "Take-over")]
    yes: bool,

    /// Point back what a crash has left, and end
    #[arg(long, help_heading = "Take-over")]
    #[arg(conflicts_with_all = ["port", "webhook", "host", "respond", "refuse", "forward_to", "routes"])]
    #[arg(conflicts_with_all = ["take_over", "keep", "secret_file", "secret_env"])]
    restore: bool,

    /// How many callouts the journal keeps
    #[arg(long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,

    #[command(flatten)]
    secret: SecretSource,
}

/// What is expected of callouts, and the platform's side of it where it was asked.
struct Setting<'c> {
    gate: Gate,
    taken_over: Option<(Session<'c>, Webhook)>,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let console = &context.console;
    console.asked_format(&[Format::Table, Format::Jsonl])?;
    if args.restore {
        return unless_interrupted(context, take_over::restore(context)).await;
    }
    if args.take_over.is_some() {
        confirm::check(args.yes, context)?;
    }
    let public_host = args.public_host()?;
    let listener = Listener::bind(args.port)
        .await
        .map_err(|error| cannot_listen(args.port, &error))?;
    let answering = args.answer.read(&listener, context).await?;
    let journal = Journal::open(&journal_path()?)?;
    let setting = unless_interrupted(context, async {
        take_over::mend(context).await?;
        let setting = args.setting(public_host, context).await?;
        if let Some((session, webhook)) = &setting.taken_over {
            take_over::ask(session, webhook, args, context).await?;
        }
        Ok(setting)
    })
    .await?;
    if setting.gate.secret.is_none() {
        console.note("Without a secret tokens are not checked, and everybody is let in");
    }
    let options = Options {
        gate: setting.gate,
        answering,
        journal,
        keep: args.keep,
    };
    let taken = match &setting.taken_over {
        Some((session, webhook)) => take_over::begin(session, webhook, args, context)
            .await?
            .map(|held| (session, held)),
        None => None,
    };
    serve::serve(listener, options, taken, context).await
}

/// Where entries are kept.
pub(super) fn journal_path() -> Result<PathBuf, Failure> {
    journal::default_path(folders::data()).ok_or_else(no_data_folder)
}

fn no_data_folder() -> Failure {
    Failure::new(
        Kind::Config,
        "the system has no data folder for the journal",
    )
    .with_hint("set MPT_HOME or HOME")
}

/// A host as a token's audience has it.
pub(super) fn parse_host(text: &str) -> Result<String, String> {
    let is_host = url::Host::parse(text).is_ok();
    is_host
        .then(|| text.to_owned())
        .ok_or_else(|| "not a host; write it without scheme, port and path".to_owned())
}

fn cannot_listen(port: u16, error: &std::io::Error) -> Failure {
    let failure = Failure::new(
        Kind::Config,
        format!("cannot listen on 127.0.0.1:{port}: {error}"),
    );
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return failure.with_hint("another program listens there; --port 0 takes a free port");
    }
    failure
}

impl Args {
    async fn setting<'c>(
        &self,
        public_host: Option<String>,
        context: &'c Context,
    ) -> anyhow::Result<Setting<'c>> {
        let id = self.take_over.as_ref().or(self.webhook.as_ref());
        // A secret that is given needs no platform, unless a webhook is to be changed there.
        let asks = self.take_over.is_some() || !self.secret.is_given();
        let read = match id.filter(|_| asks) {
            Some(id) => {
                let session = context.connect().await?;
                let document = target::read(&session, id, &format!("listen for {id}")).await?;
                Some((session, Webhook::of(&document)))
            }
            None => None,
        };
        let webhook = read.as_ref().map(|(_, webhook)| webhook);
        let gate = Gate {
            secret: target::secret(&self.secret, webhook).await?,
            host: self.host.clone().or(public_host),
            webhook: id.map(|id| KnownWebhook {
                id: id.clone(),
                webhook_type: webhook.and_then(|webhook| webhook.webhook_type.clone()),
            }),
        };
        Ok(Setting {
            gate,
            taken_over: read.filter(|_| self.take_over.is_some()),
        })
    }

    /// The host of `--public-url`, which is what the platform's tokens are then for.
    fn public_host(&self) -> Result<Option<String>, Failure> {
        let Some(text) = &self.public_url else {
            return Ok(None);
        };
        let failed = |why: String| Failure::usage(format!("--public-url {text}: {why}"));
        let url = parse_http(text).map_err(|error| failed(error.to_string()))?;
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(failed("http:// is for this machine only".to_owned())
                .with_hint("the platform calls https:// endpoints"));
        }
        Ok(url.host_str().map(str::to_owned))
    }
}
