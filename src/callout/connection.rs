//! How endpoints are connected to, wherever this program calls one: a connection for each call, to the addresses that
//! were checked, directly or through a proxy.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{NoProxy, Proxy};
use url::Url;

use crate::net::host::{self, Place};
use crate::net::log::Log;
use crate::net::proxy::{ProxyUrl, exempt};
use crate::net::reach::reach;
use crate::net::tls::CaFile;
use crate::net::{http, tls};
use crate::reporter::Reporter;

/// Why a client for endpoints cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Tls(#[from] tls::Error),
    #[error("cannot set up the HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

/// A URL that may be called.
#[derive(Clone, Debug)]
pub struct Target {
    pub url: Url,
    pub place: Place,
    /// The addresses that calls go to, unless the host is elsewhere.
    pub addresses: Vec<SocketAddr>,
}

impl Target {
    /// Looks the host of a URL up. One whose name is not known is elsewhere.
    pub async fn find(url: Url) -> (Self, io::Result<()>) {
        let found = host::addresses(&url).await;
        let (addresses, result) = match found {
            Ok(addresses) => (addresses, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let places = addresses.iter().map(|address| Place::of(address.ip()));
        let place = places.max().unwrap_or(Place::Elsewhere);
        (Self { url, place, addresses }, result)
    }
}

/// The settings of connections to endpoints.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// More certificates that are trusted.
    pub ca_file: Option<CaFile>,
    /// Any certificate is accepted.
    pub is_insecure: bool,
    /// The proxy for https to other machines.
    pub proxy: Option<ProxyUrl>,
    /// The hosts that need no proxy, in the syntax of `NO_PROXY`.
    pub no_proxy: Option<String>,
}

impl Connection {
    /// A client for these targets. Certificates are only read for https.
    ///
    /// # Errors
    /// A certificate cannot be read, or none are found.
    pub fn client<'t>(
        &self,
        targets: impl Iterator<Item = &'t Target> + Clone,
        timeout: Duration,
    ) -> Result<reqwest::Client, Error> {
        let is_https = targets.clone().any(|target| target.url.scheme() == "https");
        let config = match is_https {
            true => tls::for_endpoints(self.ca_file.as_ref(), self.is_insecure)?,
            false => tls::unused()?,
        };
        // Simple servers accept one connection at a time, or close idle ones without notice.
        let mut builder = http::builder(config).pool_max_idle_per_host(0).timeout(timeout);
        let mut direct = Vec::new();
        let exempt_from = targets.clone();
        for target in targets {
            let name = target.url.host_str().unwrap_or_default();
            // Other hosts may be reached through a proxy, and have another address there.
            if target.place != Place::Elsewhere {
                builder = builder.resolve_to_addrs(name, &target.addresses);
                direct.push(name.trim_matches(['[', ']']).to_owned());
            }
        }
        if let Some(proxy) = &self.proxy {
            let no_proxy = self.no_proxy.as_deref().unwrap_or_default();
            direct.extend(exempt_from.map(|target| exempt(no_proxy, &target.url)));
            let own = Proxy::https(&proxy.url)?.no_proxy(NoProxy::from_string(&direct.join(",")));
            builder = builder.proxy(own);
        }
        Ok(builder.build()?)
    }

    /// Why there was no answer: the proxy is asked what it has against the connection, and a port whether it serves
    /// https.
    pub async fn why<R: Reporter + ?Sized>(
        &self,
        error: &reqwest::Error,
        url: &Url,
        limit: Duration,
        log: &Log<'_, R>,
    ) -> String {
        if let Some(proxy) = &self.proxy
            && let Some(failure) = proxy.failure(error, url, limit, log).await
        {
            return failure.to_string();
        }
        let why = transport_error(error, limit);
        let mut https = url.clone();
        if url.scheme() == "http"
            && !error.is_connect()
            && !error.is_timeout()
            && https.set_scheme("https").is_ok()
        {
            let port = url.port_or_known_default();
            https.set_port(port).ok();
            if reach(&https, || tls::for_endpoints(None, true), PROBE_TIMEOUT).await.is_ok() {
                return format!("{why}; the port serves https");
            }
        }
        why
    }
}

/// How long a port is asked whether it serves https.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Why there was no answer.
pub fn transport_error(error: &reqwest::Error, limit: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", limit.as_secs());
    }
    let causes = http::causes(error);
    let is_no_http = causes.iter().any(|cause| {
        cause.downcast_ref::<hyper::Error>().is_some_and(|error| {
            error.is_parse() || error.to_string().contains("unexpected message")
        })
    });
    let why = http::innermost(error);
    let is_untrusted = |cause: &&(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<rustls::Error>().is_some_and(tls::is_untrusted)
    };
    match error.is_connect() {
        _ if causes.iter().any(is_untrusted) => {
            format!("no connection: {why}; --ca-file FILE trusts a certificate")
        }
        _ if is_no_http => {
            format!("the answer is not HTTP/1.1: {why}; the port may serve https, or HTTP/2 only")
        }
        true => format!("no connection: {why}"),
        false => format!("the connection was lost: {why}"),
    }
}
