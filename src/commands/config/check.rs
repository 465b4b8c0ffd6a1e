//! `mpt config check`

use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use crate::api::webhooks::Query;
use crate::api::{Error as ApiError, Webhooks};
use crate::commands::shared::checks;
use crate::commands::shared::{Context, Session};
use crate::config::Settings;
use crate::failure::{Failure, Kind};
use crate::ui::Records;

/// Try the profile in force: name, connection, TLS, token, permission, clock
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  mpt config check

  In CI, before anything else:
    mpt config check -p production || exit 1")]
pub struct Args {}

/// One line of the result.
struct Line {
    check: &'static str,
    result: Result<String, Failure>,
}

/// Clocks that differ by more make tokens look expired or not yet valid.
const CLOCK_TOLERANCE: i64 = 30;

pub async fn run(_: &Args, context: &Context) -> anyhow::Result<()> {
    let settings = context.settings()?;
    let mut records = Records::new(&context.console, checks::layout())?;
    let lines = if settings.is_sandbox() {
        let session = context.connect_to_sandbox(&settings).await?;
        try_requests(&session, &settings).await
    } else {
        try_all(context, &settings).await
    };
    let failed = lines
        .iter()
        .find_map(|line| line.result.as_ref().err())
        .cloned();
    for line in &lines {
        records.push(match &line.result {
            Ok(detail) => checks::row(line.check, true, detail),
            Err(failure) => checks::row(line.check, false, &failure.message),
        })?;
    }
    records.finish()?;
    failed.map_or(Ok(()), |failure| Err(failure.into()))
}

/// From the name to the clock; after the first failure the rest would say nothing new.
async fn try_all(context: &Context, settings: &Settings) -> Vec<Line> {
    // What can be known to fail without a request comes first.
    let token = match settings.token() {
        Ok(token) => token,
        Err(error) => return vec![failed("token", error)],
    };
    let session = match context.connect_with(settings, token) {
        Ok(session) => session,
        Err(error) => return vec![failed("setup", error)],
    };
    let mut lines = Vec::new();
    match reach(settings, &mut lines).await {
        Ok(()) => lines.extend(try_requests(&session, settings).await),
        Err(line) => lines.push(line),
    }
    lines
}

/// Name and connection, of the platform or of the proxy before it.
async fn reach(settings: &Settings, lines: &mut Vec<Line>) -> Result<(), Line> {
    let (host, port, through) = first_hop(settings).map_err(|why| failed("name", why))?;
    let found = lookup_host((host.as_str(), port)).await;
    let found = found.map_err(|error| failed_network("name", format!("{host}: {error}")))?;
    let addresses: Vec<_> = found.collect();
    let Some(first) = addresses.first() else {
        return Err(failed_network("name", format!("{host} has no address")));
    };
    lines.push(passed("name", format!("{host} is {}{through}", first.ip())));
    let address = connect(&addresses, settings.timeout.value)
        .await
        .map_err(|why| failed_network("connection", format!("{host}:{port}: {why}")))?;
    lines.push(passed("connection", format!("{address} answers")));
    Ok(())
}

/// Where the first connection goes: the platform, or the proxy before it.
fn first_hop(settings: &Settings) -> Result<(String, u16, &'static str), Failure> {
    let base_url = &settings.base_url.value;
    match &settings.proxy.url {
        Some(proxy) if !base_url.is_loopback() => {
            let url = url::Url::parse(proxy).map_err(|error| {
                Failure::new(Kind::Config, format!("proxy: not a URL: {error}"))
            })?;
            let host = url.host_str().unwrap_or_default().to_owned();
            Ok((
                host,
                url.port_or_known_default().unwrap_or(80),
                " (the proxy)",
            ))
        }
        _ => {
            // Brackets belong to the URL, not to the address.
            let host = base_url.host().trim_matches(['[', ']']).to_owned();
            Ok((host, base_url.port(), ""))
        }
    }
}

async fn connect(
    addresses: &[std::net::SocketAddr],
    timeout: Duration,
) -> Result<std::net::SocketAddr, String> {
    let mut why = String::new();
    for address in addresses {
        match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(*address),
            Ok(Err(error)) => why = error.to_string(),
            Err(_) => why = format!("timed out after {timeout:?}"),
        }
    }
    Err(why)
}

/// TLS, token, permission and clock, which one request tells.
async fn try_requests(session: &Session<'_>, settings: &Settings) -> Vec<Line> {
    let mut lines = Vec::new();
    let answer = session.webhooks.page(&Query::default(), 0, 0).await;
    if settings.base_url.value.is_https() {
        match &answer {
            Err(error @ ApiError::Tls(_)) => return vec![failed("TLS", error)],
            // Whether TLS came about cannot be told.
            Err(ApiError::Connect(_) | ApiError::TimedOut(_)) => {}
            _ => lines.push(passed("TLS", "the certificate is trusted".to_owned())),
        }
    }
    match answer {
        Ok(page) => {
            let count = page
                .total
                .map(|total| format!(", {total} of them"))
                .unwrap_or_default();
            lines.push(passed("token", "accepted".to_owned()));
            lines.push(passed("permission", format!("webhooks can be read{count}")));
        }
        Err(error) => match error.status() {
            Some(401) => {
                let failure = Failure::from(error);
                let hint = "mpt config set token - takes another token";
                lines.push(failed("token", failure.with_hint(hint)));
            }
            Some(403) => {
                lines.push(passed("token", "accepted".to_owned()));
                lines.push(failed("permission", error));
            }
            // Nothing was learnt of token and permission.
            _ => lines.push(failed("answer", error)),
        },
    }
    lines.extend(clock(&session.webhooks));
    lines
}

fn clock(webhooks: &Webhooks<'_>) -> Option<Line> {
    let difference = webhooks.client().clock_difference()?.as_secs();
    let result = if difference.abs() <= CLOCK_TOLERANCE {
        Ok(format!("agrees to {} s", difference.abs().max(1)))
    } else {
        let direction = if difference > 0 { "behind" } else { "ahead of" };
        let message = format!(
            "this machine is {} s {direction} the platform",
            difference.abs()
        );
        Err(Failure::new(Kind::Config, message)
            .with_hint("set the clock: signed tokens depend on it"))
    };
    Some(Line {
        check: "clock",
        result,
    })
}

fn passed(check: &'static str, detail: String) -> Line {
    Line {
        check,
        result: Ok(detail),
    }
}

fn failed(check: &'static str, why: impl Into<Failure>) -> Line {
    Line {
        check,
        result: Err(why.into()),
    }
}

fn failed_network(check: &'static str, message: String) -> Line {
    failed(check, Failure::new(Kind::Network, message))
}
