//! `mpt config check`

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::{TcpStream, lookup_host};

use crate::api::webhooks::Query;
use crate::api::{Error as ApiError, Webhooks};
use crate::commands::{Context, Session};
use crate::config::Settings;
use crate::error::{Failure, Kind};
use crate::output::columns::Column;
use crate::output::style::Tone;
use crate::output::table::Cell;
use crate::output::{Layout, Records};

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
    let mut records = Records::new(&context.console, layout())?;
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
        let (result, detail) = match &line.result {
            Ok(detail) => ("ok", detail),
            Err(failure) => ("failed", &failure.message),
        };
        records.push(json!({"check": line.check, "result": result, "detail": detail}))?;
    }
    records.finish()?;
    failed.map_or(Ok(()), |failure| Err(failure.into()))
}

/// From the name to the clock; after the first failure the rest would say nothing new.
async fn try_all(context: &Context, settings: &Settings) -> Vec<Line> {
    // What can be known to fail without a request comes first.
    let token = settings.token().map_err(Failure::from);
    let session = token.and_then(|token| Ok(context.connect_with(settings, token)?));
    let session = match session {
        Ok(session) => session,
        Err(failure) => {
            return vec![Line {
                check: "token",
                result: Err(failure),
            }];
        }
    };
    let mut lines = Vec::new();
    let (host, port, through) = match first_hop(settings) {
        Ok(hop) => hop,
        Err(failure) => {
            return vec![Line {
                check: "name",
                result: Err(failure),
            }];
        }
    };
    let addresses = lookup_host((host.as_str(), port))
        .await
        .map(Iterator::collect::<Vec<_>>);
    let addresses = match addresses {
        Ok(addresses) if !addresses.is_empty() => addresses,
        Ok(_) => return vec![failed_network("name", format!("{host} has no address"))],
        Err(error) => return vec![failed_network("name", format!("{host}: {error}"))],
    };
    lines.push(Line {
        check: "name",
        result: Ok(format!("{host} is {}{through}", addresses[0].ip())),
    });

    match connect(&addresses, settings.timeout.value).await {
        Ok(address) => {
            lines.push(Line {
                check: "connection",
                result: Ok(format!("{address} answers")),
            });
        }
        Err(why) => {
            lines.push(failed_network(
                "connection",
                format!("{host}:{port}: {why}"),
            ));
            return lines;
        }
    }
    lines.extend(try_requests(&session, settings).await);
    lines
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
    let webhooks = &session.webhooks;
    let answer = webhooks.page(&Query::default(), 0, 0).await;
    if settings.base_url.value.is_https() {
        match &answer {
            Err(error @ (ApiError::Tls(_) | ApiError::Connect(_))) => {
                lines.push(Line {
                    check: "TLS",
                    result: Err(error.into()),
                });
                return lines;
            }
            _ => lines.push(Line {
                check: "TLS",
                result: Ok("the certificate is trusted".to_owned()),
            }),
        }
    }
    match answer {
        Ok(page) => {
            lines.push(Line {
                check: "token",
                result: Ok("accepted".to_owned()),
            });
            let count = page
                .total
                .map(|total| format!(", {total} of them"))
                .unwrap_or_default();
            lines.push(Line {
                check: "permission",
                result: Ok(format!("webhooks can be read{count}")),
            });
        }
        Err(error) => {
            let is_known = !matches!(error.status(), Some(401) | None);
            if is_known {
                lines.push(Line {
                    check: "token",
                    result: Ok("accepted".to_owned()),
                });
            }
            let check = if is_known { "permission" } else { "token" };
            let mut failure = Failure::from(error);
            if check == "token" && failure.kind == Kind::Denied {
                failure = failure.with_hint("mpt config set token - takes another token");
            }
            lines.push(Line {
                check,
                result: Err(failure),
            });
        }
    }
    lines.extend(clock(webhooks));
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

fn failed_network(check: &'static str, message: String) -> Line {
    Line {
        check,
        result: Err(Failure::new(Kind::Network, message)),
    }
}

const COLUMNS: &[Column<Value>] = &[
    Column {
        name: "check",
        whole: true,
        cell: |row, _| row["check"].as_str().unwrap_or_default().into(),
    },
    Column {
        name: "result",
        whole: true,
        cell: |row, _| result(row),
    },
    Column {
        name: "detail",
        whole: false,
        cell: |row, _| row["detail"].as_str().unwrap_or_default().into(),
    },
];

fn result(row: &Value) -> Cell {
    if row["result"] == "ok" {
        Cell::new("✓ ok", Tone::Good)
    } else {
        Cell::new("✗ failed", Tone::Bad)
    }
}

fn layout() -> Layout<Value> {
    Layout::rows(Value::clone, COLUMNS.iter().collect())
}
