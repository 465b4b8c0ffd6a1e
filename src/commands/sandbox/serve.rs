//! `mpt sandbox serve`

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::oneshot;

use super::DataArgs;
use crate::callout::Connection;
use crate::commands::shared::Context;
use crate::commands::shared::connection_args::CertificateArgs;
use crate::commands::shared::input::number;
use crate::commands::shared::input::parse_address;
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Kind};
use crate::reporter::{LogLines, Reporter};
use crate::sandbox::router::Behaviour;
use crate::sandbox::{FaultInjection, Running};
use crate::system::signals::{Signal, Signals};
use crate::text::duration;
use crate::ui::{Format, Report, View, log_line};

/// Make the sandbox available to other programs until Ctrl-C
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The first line on standard output is the base URL. Every response has the header x-mpt-sandbox.

Examples:
  mpt sandbox serve --port 8080

  Inject faults, and log every request:
    mpt sandbox serve -v --latency 50ms --fail-rate 0.1 --rate-limit 20/s

  Use it from a second terminal:
    export MPT_API_BASE_URL=http://127.0.0.1:8080 \\
        MPT_API_TOKEN=$(mpt sandbox token)
    mpt webhook list")]
pub struct Args {
    /// Port to listen on; 0 uses any free port
    #[arg(long, default_value_t = 8080, value_parser = number::<u16>(0..=65535))]
    port: u16,

    /// Address to listen on [default: 127.0.0.1 and ::1]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    bind: Option<IpAddr>,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    certificates: CertificateArgs,

    #[command(flatten)]
    behaviour: BehaviourArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fault injection")]
struct BehaviourArgs {
    /// Delay each response by this time
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    latency: Option<Duration>,

    /// Respond 503 to this share of requests (0 to 1); half of them take effect first
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    fail_rate: Option<f64>,

    /// Respond 429 beyond this rate, such as 20/s
    #[arg(long, value_name = "N/s", value_parser = parse_rate)]
    rate_limit: Option<f64>,

    /// Return a secret only in the response to its create, and asterisks after that
    #[arg(long)]
    mask_secrets: bool,
}

impl BehaviourArgs {
    fn behaviour(&self, connection: Connection, verbosity: u8) -> Behaviour {
        Behaviour {
            connection,
            mask_secrets: self.mask_secrets,
            faults: FaultInjection {
                latency: self.latency.unwrap_or_default(),
                fail_rate: self.fail_rate.unwrap_or_default(),
                rate_limit: self.rate_limit,
            },
            log: LogLines { verbosity, write: log_line },
        }
    }
}

/// Parses a share, from 0 to 1.
fn parse_share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "not a number from 0 to 1".to_owned())
}

/// Parses requests per second: `20/s` or `20`.
fn parse_rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    number
        .parse()
        .ok()
        .filter(|rate: &f64| rate.is_finite() && *rate >= 0.01)
        .ok_or_else(|| "not a rate; write it as 20/s".to_owned())
}

/// How long running requests may take after the server was asked to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

impl Verb for Args {
    const USES_PROFILE: bool = false;
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        // Programs read the first line.
        ui.format(&[Format::Table, Format::Jsonl])?;
        let report = Report::new(ui, View::line(|serving: &Serving| &serving.url))?;
        let data = self.data.path()?;
        let connection = self.certificates.read(Connection::default()).await?;
        let behaviour = self.behaviour.behaviour(connection, ui.verbosity());
        let running = Running::bind(&data, self.bind, self.port, behaviour).await?;
        // Signals are handled before the program reports that it runs.
        let mut signals = Signals::listen()?;
        report.only(&Serving { url: running.base_url.clone() })?;
        if self.bind.is_some_and(|address| !address.is_loopback()) {
            ui.warn("this sandbox can be reached from other machines");
        }
        let shown = data.display();
        ui.note(&format!(
            "This is a sandbox, not the platform. Data: {shown}. Press Ctrl-C to stop"
        ));
        let exports = [
            format!("export MPT_API_BASE_URL={}", running.base_url),
            format!("export MPT_API_TOKEN=$(mpt sandbox token{})", self.data.as_flag()),
        ];
        if !ui.reports_json() {
            ui.note(&format!("Other programs need:\n  {}", exports.join("\n  ")));
        }

        let (stop, stopped) = oneshot::channel::<()>();
        let server = running.serve(async {
            stopped.await.ok();
        });
        tokio::pin!(server);
        let end = tokio::select! {
            end = signals.next() => end,
            () = &mut server => return Ok(()),
        };
        stop.send(()).ok();
        let cut_off = tokio::select! {
            ended = tokio::time::timeout(SHUTDOWN_TIMEOUT, server) => ended.is_err(),
            // A second Ctrl-C waits no longer.
            _ = signals.next() => true,
        };
        if cut_off {
            ui.warn("open connections were closed");
        }
        match end {
            Signal::Terminate => Ok(()),
            // Ctrl-C is the usual way to stop it, so no error is printed.
            Signal::Interrupt => Err(Ending::Reported(Kind::Interrupted)),
        }
    }
}

#[derive(Serialize)]
struct Serving {
    url: String,
}
