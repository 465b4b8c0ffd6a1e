//! `mpt webhook listen`

mod take_over;
mod teller;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueHint;
use tokio::sync::{mpsc, oneshot};

use self::teller::Teller;
use super::secret::SecretSource;
use super::target;
use crate::commands::interrupt::{End, listen_for_end};
use crate::commands::{Context, Session, confirm, input};
use crate::config::{self, did_you_mean};
use crate::error::{AlreadyReported, Failure, Kind};
use crate::journal::{self, Journal};
use crate::listener::routes::{self, Routes};
use crate::listener::{Answering, Forwarder, Gate, KnownWebhook, Listener, Options};
use crate::model::url::{is_loopback, parse_http};
use crate::model::{Webhook, webhook_type};
use crate::output::Format;

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
    #[arg(long, value_name = "ID")]
    webhook: Option<String>,

    /// The host that tokens must be for, without port
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
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

#[derive(Debug, clap::Args)]
#[group(multiple = true)]
#[command(next_help_heading = "Answer")]
struct AnswerArgs {
    /// Answer with the object as it came (echo), or with what is in a file
    #[arg(long, value_name = "echo|FILE", default_value = "echo", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["refuse", "forward_to", "routes"])]
    respond: PathBuf,

    /// Answer with the object and this error
    #[arg(long, value_name = "MESSAGE", conflicts_with_all = ["forward_to", "routes"])]
    refuse: Option<String>,

    /// Hand callouts on to this URL, and its answers back
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "routes")]
    forward_to: Option<String>,

    /// Hand callouts on by the routes in this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    routes: Option<PathBuf>,

    /// Hand on to a host that is not this machine
    #[arg(long)]
    remote: bool,
}

/// How long callouts may still take once the end is asked for.
const GRACE: Duration = Duration::from_secs(5);

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let format = context.console.format(&[Format::Table, Format::Jsonl])?;
    if args.restore {
        return take_over::restore(context).await;
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
    take_over::mend(context).await?;
    let expected = Expected::read(args, context).await?;
    let gate = expected.gate(args, public_host).await?;
    if gate.secret.is_none() {
        let note = "Without a secret tokens are not checked, and everybody is let in";
        context.console.note(note);
    }
    let options = Options {
        gate,
        answering,
        journal,
        keep: args.keep,
    };
    let mut teller = Teller::new(format, &context.console);
    let Some(id) = &args.take_over else {
        return serve(listener, options, &mut teller, context).await;
    };
    let end = listen_for_end()?;
    let (Some((session, webhook)), Some(url)) = (&expected.read, &args.public_url) else {
        return Err(Failure::new(Kind::Internal, "a take-over without its webhook").into());
    };
    let held = tokio::select! {
        held = take_over::begin(session, webhook, id, url, args.yes, context) => held?,
        _ = end => return Err(interrupted_with_records().into()),
    };
    let served = serve(listener, options, &mut teller, context).await;
    if let Some(held) = held {
        tokio::select! {
            put_back = take_over::put_back(session, held, context) => put_back?,
            _ = listen_for_end()? => return Err(interrupted_with_records().into()),
        }
    }
    served
}

/// Where entries are kept.
pub(super) fn journal_path() -> Result<PathBuf, Failure> {
    journal::default_path(config::data_folder()).ok_or_else(no_data_folder)
}

fn no_data_folder() -> Failure {
    Failure::new(
        Kind::Config,
        "the system has no data folder for the journal",
    )
    .with_hint("set HOME or XDG_DATA_HOME")
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

fn interrupted_with_records() -> Failure {
    Failure::new(Kind::Interrupted, "interrupted")
        .with_hint("the webhook may point here still: mpt webhook listen --restore puts it back")
}

/// The webhook whose callouts are expected, where the platform was asked for it.
struct Expected<'c> {
    read: Option<(Session<'c>, Webhook)>,
}

impl<'c> Expected<'c> {
    async fn read(args: &Args, context: &'c Context) -> anyhow::Result<Self> {
        let id = match (&args.take_over, &args.webhook) {
            (Some(id), _) => id,
            // A secret that is given needs no platform.
            (None, Some(id)) if !args.secret.is_given() => id,
            _ => return Ok(Self { read: None }),
        };
        let session = context.connect().await?;
        let document = target::read(&session, id, &format!("listen for {id}")).await?;
        let webhook = Webhook::of(&document);
        Ok(Self {
            read: Some((session, webhook)),
        })
    }

    async fn gate(&self, args: &Args, public_host: Option<String>) -> Result<Gate, Failure> {
        let webhook = self.read.as_ref().map(|(_, webhook)| webhook);
        let id = args.take_over.as_ref().or(args.webhook.as_ref());
        Ok(Gate {
            secret: target::secret(&args.secret, webhook).await?,
            host: args.host.clone().or(public_host),
            webhook: id.map(|id| KnownWebhook {
                id: id.clone(),
                webhook_type: webhook.and_then(|webhook| webhook.webhook_type.clone()),
            }),
        })
    }
}

impl Args {
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

impl AnswerArgs {
    async fn read(&self, listener: &Listener, context: &Context) -> Result<Answering, Failure> {
        if let Some(message) = &self.refuse {
            if !(1..=4000).contains(&message.chars().count()) {
                return Err(Failure::usage(
                    "--refuse: the message must be of 1 to 4000 characters",
                ));
            }
            return Ok(Answering::Refuse(message.clone()));
        }
        if let Some(text) = &self.forward_to {
            let url = self.endpoint(text, listener)?;
            return forward(Routes::all_to(url));
        }
        if let Some(path) = &self.routes {
            let file = read_routes(path).await?;
            let named = input::named("--routes", path);
            let endpoint = |text: &str| {
                self.endpoint(text, listener).map_err(|failure| Failure {
                    message: format!("{named}: {}", failure.message),
                    ..failure
                })
            };
            return forward(Routes::new(file, endpoint)?);
        }
        if self.respond == Path::new("echo") {
            return Ok(Answering::Echo);
        }
        // Read again for every callout, so that it can be edited meanwhile.
        let answer = input::bytes("--respond", &self.respond).await?;
        if let Err(error) = serde_json::from_slice::<serde_json::Value>(&answer) {
            let name = input::named("--respond", &self.respond);
            let warning = format!("{name} is not valid JSON, and so a failure: {error}");
            context.console.warn(&warning);
        }
        Ok(Answering::File(self.respond.clone()))
    }

    fn endpoint(&self, text: &str, listener: &Listener) -> Result<url::Url, Failure> {
        let url = target::check_reach(text, self.remote)?;
        if is_loopback(&url) && url.port_or_known_default() == Some(listener.port) {
            return Err(Failure::usage(format!("{text} is this listener itself")));
        }
        Ok(url)
    }
}

fn forward(routes: Routes) -> Result<Answering, Failure> {
    let forwarder =
        Forwarder::new(routes).map_err(|error| Failure::new(Kind::Config, error.to_string()))?;
    Ok(Answering::Forward(forwarder))
}

async fn read_routes(path: &Path) -> Result<routes::File, Failure> {
    let text = input::text("--routes", path).await?;
    let named = input::named("--routes", path);
    let file: routes::File = toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("{named}: {}", input::toml_error(&text, &error)))
    })?;
    for route in &file.routes {
        if let Some(name) = &route.webhook_type
            && webhook_type::find(name).is_none()
        {
            let names = webhook_type::KNOWN.iter().map(|known| known.name);
            let near = did_you_mean(name, names);
            let message =
                format!("{named}: no callout can be told to be of the type `{name}`{near}");
            return Err(Failure::usage(message));
        }
    }
    Ok(file)
}

async fn serve(
    listener: Listener,
    options: Options,
    teller: &mut Teller<'_>,
    context: &Context,
) -> anyhow::Result<()> {
    let end = listen_for_end()?;
    teller.ready(&listener.url)?;
    context
        .console
        .note("Ctrl-C ends it; mpt webhook replay sends again what was received");
    let (sender, mut events) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(listener.serve(options, sender, async {
        stopped.await.ok();
    }));
    tokio::pin!(end);
    let how = loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => teller.tell(&event)?,
                // The server has ended by itself.
                None => break None,
            },
            how = &mut end => break Some(how),
        }
    };
    stop.send(()).ok();
    let finish = async {
        while let Some(event) = events.recv().await {
            teller.tell(&event)?;
        }
        Ok::<_, anyhow::Error>(())
    };
    match tokio::time::timeout(GRACE, finish).await {
        Ok(told) => told?,
        Err(_) => context.console.warn(
            "callouts that took too long were cut off; mpt webhook replay --failed shows them",
        ),
    }
    if how == Some(End::Interrupt) && context.console.is_interactive() {
        // The terminal has written ^C into the line.
        context.console.stderr("");
    }
    context.console.note(&teller.summary());
    match how {
        None => Ok(server.await?),
        Some(End::Terminate) => Ok(()),
        Some(End::Interrupt) => Err(AlreadyReported(Kind::Interrupted).into()),
    }
}
