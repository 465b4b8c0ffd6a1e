//! Checks the current profile: host name, connection, TLS, token, permission, account, clock. After the first
//! failure, the other checks are skipped.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use crate::api::webhooks::Query;
use crate::api::{Error as ApiError, Webhooks};
use crate::config::Settings;
use crate::failure::{Failure, Kind};
use crate::model::Check;
use crate::net::proxy;
use crate::operations::Session;
use crate::text::duration;
use crate::text::plain;

/// The largest accepted clock difference in seconds; more makes tokens look expired or not yet valid.
const CLOCK_TOLERANCE: i64 = 30;

/// The results of the checks, and the first failure.
#[derive(Default)]
pub struct Checked {
    pub checks: Vec<Check>,
    pub failure: Option<Failure>,
}

impl Checked {
    fn pass(&mut self, name: &str, detail: impl Into<String>) {
        self.checks.push(Check::ok(name, detail));
    }

    pub fn fail(&mut self, name: &str, why: impl Into<Failure>) {
        let failure = why.into();
        self.checks.push(Check::failed(name, failure.message.clone()));
        self.failure.get_or_insert(failure);
    }

    fn fail_network(&mut self, name: &str, message: String) {
        self.fail(name, Failure::new(Kind::Network, message));
    }

    /// Checks the name and connection, of the platform or of the proxy.
    pub async fn try_connection(&mut self, settings: &Settings) {
        let (host, port, through) = match first_hop(settings) {
            Ok(hop) => hop,
            Err(failure) => return self.fail("name", failure),
        };
        let addresses: Vec<_> = match lookup_host((host.as_str(), port)).await {
            Ok(found) => found.collect(),
            Err(error) => {
                let why = plain::lookup(&error.to_string());
                return self.fail_network("name", format!("{host}: {why}"));
            }
        };
        let Some(first) = addresses.first() else {
            return self.fail_network("name", format!("{host} has no address"));
        };
        self.pass("name", format!("{host} is {}{through}", first.ip()));
        match connect(&addresses, settings.timeout.value).await {
            Ok(address) => self.pass("connection", format!("{address} answers")),
            Err(why) => self.fail_network("connection", format!("{host}:{port}: {why}")),
        }
    }

    /// Checks TLS, token, permission and clock with one request.
    pub async fn try_requests(&mut self, session: &Session<'_>, settings: &Settings) {
        let webhooks = &session.webhooks;
        let answer = webhooks.page(&Query::default(), 0, 0).await;
        if webhooks.client().base_url().is_https() {
            match &answer {
                Err(error @ ApiError::Tls { .. }) => return self.fail("TLS", error),
                // It is not known whether TLS was established.
                Err(ApiError::Connect { .. } | ApiError::Proxy(_) | ApiError::TimedOut { .. }) => {}
                _ => self.pass("TLS", "the certificate is trusted"),
            }
        }
        match answer {
            Ok(page) => {
                let count = page.total.map(|total| format!(", {total} of them"));
                self.pass("token", "accepted");
                let count = count.unwrap_or_default();
                self.pass("permission", format!("webhooks can be read{count}"));
                self.try_account(webhooks).await;
            }
            Err(error) => match error.status() {
                Some(401) => {
                    self.fail("token", Failure::from(error).with_hint(settings.token_hint()));
                }
                Some(403) => {
                    self.pass("token", "accepted");
                    self.fail("permission", error);
                }
                // The response says nothing about token and permission.
                _ => self.fail("answer", error),
            },
        }
        self.check_clock(webhooks);
    }

    /// Who the token belongs to. A token without permission to read its own record is no failure.
    async fn try_account(&mut self, webhooks: &Webhooks<'_>) {
        let record = match webhooks.client().token_record().await {
            Ok(Some(record)) => record,
            Ok(None) => {
                let detail = "not known: the token may not read its own record";
                return self.checks.push(Check::skipped("account", detail));
            }
            Err(error) => return self.fail("account", error),
        };
        let account = record.account.unwrap_or_default();
        let name = record.name.map(|name| format!(", the token named `{name}`"));
        let detail = format!("{}{}", account.described(), name.unwrap_or_default());
        if account.is_client() {
            let note = "; the account of a client sees no webhooks";
            return self.checks.push(Check::skipped("account", detail + note));
        }
        self.pass("account", detail);
    }

    fn check_clock(&mut self, webhooks: &Webhooks<'_>) {
        let Some(difference) = webhooks.client().clock_difference() else {
            return;
        };
        let difference = difference.as_secs();
        let seconds = difference.abs();
        if seconds <= CLOCK_TOLERANCE {
            return self.pass("clock", format!("correct to within {} s", seconds.max(1)));
        }
        let direction = if difference > 0 { "behind" } else { "ahead of" };
        let message = format!("this machine's clock is {seconds} s {direction} the platform's");
        let failure = Failure::new(Kind::Config, message);
        self.fail(
            "clock",
            failure.with_hint("set the clock; tokens are only valid for a short time"),
        );
    }
}

/// The host of the first connection: the platform or the proxy.
fn first_hop(settings: &Settings) -> Result<(String, u16, &'static str), Failure> {
    let base_url = &settings.base_url.value;
    match &settings.proxy {
        Some(proxy) if !base_url.is_loopback() && is_proxied(settings, &proxy.value) => {
            let url = url::Url::parse(&proxy.value).map_err(|error| {
                Failure::new(Kind::Config, format!("proxy: not a URL: {error}"))
            })?;
            let host = url.host_str().unwrap_or_default().to_owned();
            let port = url.port_or_known_default().unwrap_or(80);
            Ok((host, port, " (the proxy)"))
        }
        _ => {
            // Brackets are part of the URL, not of the address.
            let host = base_url.host().trim_matches(['[', ']']).to_owned();
            Ok((host, base_url.port(), ""))
        }
    }
}

/// Whether `NO_PROXY` does not exempt the platform.
fn is_proxied(settings: &Settings, url: &str) -> bool {
    let no_proxy = settings.no_proxy.as_deref().unwrap_or_default();
    let origin = url::Url::parse(&settings.base_url.value.origin());
    origin.is_ok_and(|origin| proxy::is_used(url, &origin, no_proxy))
}

async fn connect(addresses: &[SocketAddr], timeout: Duration) -> Result<SocketAddr, String> {
    let mut why = String::new();
    for address in addresses {
        match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(*address),
            Ok(Err(error)) => why = error.to_string(),
            Err(_) => why = format!("timed out after {}", duration::shown(timeout)),
        }
    }
    Err(why)
}
