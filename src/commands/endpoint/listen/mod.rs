//! `mpt endpoint listen`

mod answers;
mod inspect;
mod printer;

use std::net::IpAddr;
use std::time::Duration;

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;

use crate::commands::shared::failures::Failures;
use crate::commands::shared::input::number;
use crate::commands::shared::input::parse_address;
use crate::commands::shared::secret_args::SecretArg;
use crate::commands::shared::unless_interrupted;
use crate::commands::shared::{Context, candidates, confirm};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::listener::inspector::Inspector;
use crate::listener::{Authenticator, BindError, KnownWebhook, Listener, Options};
use crate::model::url::Error as UrlError;
use crate::model::{EndpointUrl, Webhook};
use crate::operations::Session;
use crate::operations::endpoints::replay::open_journal;
use crate::operations::endpoints::target;
use crate::operations::listening::listen::{Served, Stopped, serve};
use crate::operations::listening::take_over::{self, TakeOver};
use crate::reporter::Reporter;
use crate::system::signals::{Signal, Signals};
use crate::text::MPT;
use crate::text::duration;
use crate::ui::{Error as UiError, Format};
use answers::AnswerArgs;
use inspect::InspectArgs;
use printer::CalloutPrinter;

/// Receive callouts on this machine, and answer or forward them
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The first line on standard output is the URL. With a secret, a callout whose token fails a check is \
refused with 401. Callouts are kept in a journal for mpt endpoint replay; tokens and secrets are not. \
If a URL to forward to has no path, the callout's path is used.

The routes file is TOML. The first matching route is used. A route matches if everything that it names \
matches: type, object (the ID of the product, program or form), path (this path and all below it).
  [[routes]]
  type = \"ValidateAnswer\"
  path = \"/answers\"
  to = \"http://localhost:5001/answers\"

Examples:
  Accept everything:
    mpt endpoint listen

  Check tokens, and forward to the endpoint under development:
    mpt endpoint listen --secret-file hook.secret \\
        --forward-to http://localhost:5000

  See in a browser what the endpoint changed, edit objects, and send them again:
    mpt endpoint listen --secret-file hook.secret \\
        --forward-to http://localhost:5000 --inspect --open

  Let a registered webhook call this listener for a while, through your own tunnel:
    mpt endpoint listen --take-over WBH-1234-5678 \\
        --public-url https://abc.example.net")]
pub struct Args {
    /// Port to listen on; 0 uses any free port
    #[arg(long, default_value_t = 4000, value_parser = number::<u16>(0..=65535))]
    port: u16,

    /// Address to listen on; others than those of this machine need a secret [default: 127.0.0.1 and ::1]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    bind: Option<IpAddr>,

    /// Expect callouts of this webhook, and use its secret if it can be read
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    #[arg(add = candidates::ids("WBH"))]
    webhook: Option<String>,

    /// Host name that tokens must be issued for, without port
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname, value_parser = parse_host)]
    host: Option<String>,

    /// The most by which the sender's clock may differ
    #[arg(long, value_name = "DURATION", value_parser = duration::parse_or_zero, default_value = "5s")]
    leeway: Duration,

    /// Number of callouts to keep in the journal, those of all profiles together
    #[arg(long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = number::<u32>(1..=u32::MAX.into()))]
    keep: u32,

    #[command(flatten)]
    answer: AnswerArgs,

    /// Point this webhook to this listener while it runs, and back at the end
    #[arg(long, value_name = "ID", requires = "public_url", conflicts_with = "webhook")]
    #[arg(help_heading = "Take-over")]
    #[arg(add = candidates::ids("WBH"))]
    take_over: Option<String>,

    /// URL at which the platform reaches this listener; without a path, the webhook's path is used
    #[arg(long, value_name = "URL", requires = "take_over", value_hint = ValueHint::Url)]
    #[arg(help_heading = "Take-over")]
    public_url: Option<String>,

    /// Do not ask for confirmation
    #[arg(short, long, help_heading = "Take-over")]
    yes: bool,

    /// Restore webhooks that an earlier run left changed, and exit
    #[arg(long, help_heading = "Take-over")]
    #[arg(conflicts_with_all = ["port", "bind", "leeway", "webhook", "host", "respond", "refuse", "forward_to", "routes"])]
    #[arg(conflicts_with_all = ["take_over", "keep", "secret_file", "secret_env", "inspect"])]
    #[arg(conflicts_with_all = ["headers", "remote", "ca_file", "insecure"])]
    restore: bool,

    #[command(flatten)]
    secret: SecretArg,

    #[command(flatten)]
    inspect: InspectArgs,
}

impl Verb for Args {
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        ui.requested_format(&[Format::Table, Format::Jsonl])?;
        let format = ui.format(&[Format::Table, Format::Jsonl])?;
        if self.restore {
            return unless_interrupted(context, restore(context)).await;
        }
        if self.take_over.is_some() {
            confirm::check(self.yes, context)?;
        }
        let public_host = self.public_host()?;
        let listener =
            Listener::bind(self.bind, self.port).await.map_err(|error| cannot_listen(&error))?;
        let answering = self.answer.read(&listener, context).await?;
        let inspector = self.inspect.bind(self.replay_arguments()).await?;
        let journal = open_journal(context.profile()?)?;
        let (webhook, authenticator) = unless_interrupted(context, async {
            restore_stale(context).await?;
            let webhook = self.read_webhook(context).await?;
            let view = webhook.as_ref().map(|(_, webhook)| webhook);
            let authenticator = self.authenticator(public_host, view).await?;
            Ok((webhook, authenticator))
        })
        .await?;
        let take_over = match &webhook {
            Some((session, webhook)) => self.take_over(session, webhook, context).await?,
            None => None,
        };
        let is_open = self.bind.is_some_and(|address| !address.is_loopback());
        if authenticator.secret.is_none() && is_open {
            let message =
                "--bind: other machines can reach this address, so callouts need a secret";
            return Err(Failure::usage(message).with_hint("add --secret-file FILE").into());
        }
        // Everything that can fail on this machine is done before the webhook is changed.
        let signals = Signals::listen()?;
        ui.outlive_interrupts();
        let mut printer = CalloutPrinter::new(format, ui);
        let inspector_url = inspector.as_ref().map(Inspector::url);
        let ready = printer.ready(&listener.url, answering.description(), inspector_url)?;
        let held = match &take_over {
            Some(take_over) => take_over.begin().await?,
            None => None,
        };
        printer.print_first(ready).await;
        self.inspect.announce(inspector.as_ref(), format, ui);
        if authenticator.secret.is_none() {
            ui.note("No secret was given: tokens are not checked and every callout is accepted");
        }
        ui.note(&format!(
            "Press Ctrl-C to stop. The newest {} callouts are kept for {MPT} endpoint replay",
            self.keep
        ));
        let session = webhook.as_ref().map(|(session, _)| session);
        let options = Options { authenticator, answering, journal, keep: self.keep };
        let held = session.zip(held);
        let serving = serve(listener, options, inspector, held, signals, &mut printer);
        let served = serving.await;
        end(served, printer, context).await
    }
}

async fn end(
    served: Served<UiError>,
    printer: CalloutPrinter<'_>,
    context: &Context,
) -> CommandResult {
    let ui = &context.ui;
    if served.cut_off > 0 {
        ui.warn(&format!(
            "stopped before an answer: {}; callouts that were received completely are in the journal",
            served.cut_off
        ));
    }
    if matches!(served.reason, Stopped::BySignal(Signal::Interrupt)) && ui.is_interactive() {
        // The terminal has written ^C into the line.
        ui.stderr("");
    }
    ui.note(&printer.summary());
    let lost = printer.finish().await;
    if lost > 0 {
        let events = if lost == 1 { "event" } else { "events" };
        ui.warn(&format!(
            "{lost} {events} could not be printed; list the stored callouts with {MPT} endpoint replay"
        ));
    }
    served.restored?;
    match served.reason {
        Stopped::BySignal(Signal::Terminate) | Stopped::ByReader => Ok(()),
        Stopped::BySignal(Signal::Interrupt) => Err(Ending::Reported(Kind::Interrupted)),
        Stopped::SinkFailed(error) => Err(error.into()),
    }
}

/// `--restore`: restores webhooks after a crash, and exits.
async fn restore(context: &Context) -> CommandResult {
    let (left, unreadable) = take_over::left(&context.ui, true)?;
    if left.is_empty() && unreadable.is_empty() {
        context.ui.note("There is nothing to restore");
        return Ok(());
    }
    let mut failures = Failures::default();
    for failure in unreadable {
        failures.report(failure, context);
    }
    if !left.is_empty() {
        let session = context.connect().await?;
        for failure in take_over::restore_all(left, &session).await {
            failures.report(failure, context);
        }
    }
    failures.result(context)
}

/// Restores webhooks before callouts are received; a failure is only a warning here.
async fn restore_stale(context: &Context) -> Result<(), Failure> {
    let (left, unreadable) = take_over::left(&context.ui, false)?;
    let failures = match left.is_empty() {
        true => Vec::new(),
        false => match context.connect().await {
            Ok(session) => take_over::restore_all(left, &session).await,
            // Callouts can be received without access to the platform.
            Err(_) => left.iter().map(|held| take_over::belongs_elsewhere(&held.record)).collect(),
        },
    };
    for failure in unreadable.into_iter().chain(failures) {
        let hint = failure.hint.map(|hint| format!("; {hint}"));
        let warning = format!("{}{}", failure.message, hint.unwrap_or_default());
        context.ui.warn(&warning);
    }
    Ok(())
}

/// A host name as it is used in a token's audience.
pub(super) fn parse_host(text: &str) -> Result<String, String> {
    let is_host = url::Host::parse(text).is_ok();
    is_host
        .then(|| text.to_owned())
        .ok_or_else(|| "not a host name; write it without scheme, port and path".to_owned())
}

fn cannot_listen(error: &BindError) -> Failure {
    let failure = Failure::new(Kind::Config, error.to_string());
    if error.source.kind() == std::io::ErrorKind::AddrInUse {
        return failure.with_hint("another program uses the port; use --port 0 for any free port");
    }
    failure
}

impl Args {
    /// Reads the webhook from the platform if needed: not if a secret is given, unless
    /// the webhook is taken over.
    async fn read_webhook<'c>(
        &self,
        context: &'c Context,
    ) -> Result<Option<(Session<'c>, Webhook)>, Failure> {
        let is_needed = self.take_over.is_some() || !self.secret.is_given();
        let Some(id) = self.webhook_id().filter(|_| is_needed) else {
            return Ok(None);
        };
        let session = context.connect().await?;
        let webhook = target::read(&session, id, "listen for").await?;
        let webhook = webhook.view().clone();
        Ok(Some((session, webhook)))
    }

    /// The arguments that make `mpt endpoint replay` send as this listener does.
    fn replay_arguments(&self) -> String {
        let mut arguments = self.answer.replay_arguments();
        if !arguments.is_empty() && self.secret.is_given() {
            arguments.push(' ');
            arguments.push_str(&self.secret.as_flags());
        }
        arguments
    }

    fn webhook_id(&self) -> Option<&String> {
        self.take_over.as_ref().or(self.webhook.as_ref())
    }

    async fn authenticator(
        &self,
        public_host: Option<String>,
        webhook: Option<&Webhook>,
    ) -> Result<Authenticator, Failure> {
        Ok(Authenticator {
            secret: self.secret.or_of(webhook).await?,
            host: self.host.clone().or(public_host),
            leeway: self.leeway,
            webhook: self.webhook_id().map(|id| KnownWebhook {
                id: id.clone(),
                webhook_type: webhook.and_then(|webhook| webhook.webhook_type.clone()),
            }),
        })
    }

    /// The take-over, if one is wanted, after asking.
    async fn take_over<'a>(
        &'a self,
        session: &'a Session<'a>,
        webhook: &Webhook,
        context: &Context,
    ) -> Result<Option<TakeOver<'a>>, Ending> {
        let (Some(id), Some(public_url)) = (&self.take_over, &self.public_url) else {
            return Ok(None);
        };
        let take_over = TakeOver::new(session, id, webhook, public_url)?;
        let (yes, question) = (self.yes || take_over.is_done(), take_over.question());
        unless_interrupted(context, confirm::or_yes_with_key(yes, &question, context)).await?;
        Ok(Some(take_over))
    }

    /// The host of `--public-url`, which is the audience of the platform's tokens.
    fn public_host(&self) -> Result<Option<String>, Failure> {
        let Some(text) = &self.public_url else {
            return Ok(None);
        };
        let url = EndpointUrl::parse(text).map_err(|error| {
            let failure = Failure::usage(format!("--public-url {text}: {error}"));
            match error {
                UrlError::Unencrypted => {
                    failure.with_hint("the platform only calls https:// endpoints")
                }
                _ => failure,
            }
        })?;
        Ok(url.host_str().map(str::to_owned))
    }
}
