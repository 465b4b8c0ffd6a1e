//! Whether a host can be reached from this machine, and how long its certificate is valid. No request is sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::{host, http, tls};
use crate::text::plain;

/// Why a host cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Network(String),
    /// The host answers, but its certificate is not accepted.
    #[error("{0}")]
    Certificate(String),
}

/// Connects to the host of a URL, for https with this configuration. Returns when the certificate expires; `None` for
/// plain HTTP.
///
/// # Errors
/// The name, the connection or the certificate, with the host and port.
pub async fn reach(
    url: &Url,
    tls: impl FnOnce() -> Result<ClientConfig, tls::Error>,
    limit: Duration,
) -> Result<Option<Timestamp>, Error> {
    let place = http::address(url);
    let network = |reason: &str| Error::Network(format!("cannot connect to {place}: {reason}"));
    let connecting = async {
        let addresses = host::addresses(url)
            .await
            .map_err(|error| network(&plain::lookup(&error.to_string())))?;
        connect(url, tls, &addresses, &place).await
    };
    match tokio::time::timeout(limit, connecting).await {
        Ok(reached) => reached,
        Err(_) => Err(network("timed out")),
    }
}

async fn connect(
    url: &Url,
    tls: impl FnOnce() -> Result<ClientConfig, tls::Error>,
    addresses: &[SocketAddr],
    place: &str,
) -> Result<Option<Timestamp>, Error> {
    let network = |reason: String| {
        let reason = plain::os_errors(&reason);
        Error::Network(format!("cannot connect to {place}: {reason}"))
    };
    let stream = TcpStream::connect(addresses).await.map_err(|error| network(error.to_string()))?;
    if url.scheme() != "https" {
        return Ok(None);
    }
    let config = tls().map_err(|error| network(error.to_string()))?;
    // An IPv6 address is in brackets in a URL.
    let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let server =
        ServerName::try_from(name.to_owned()).map_err(|error| network(error.to_string()))?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(server, stream).await.map_err(|error| {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref());
        match tls {
            Some(tls) => Error::Certificate(format!("{place}: {}", tls::reason(tls))),
            None => network(error.to_string()),
        }
    })?;
    let certificates = stream.get_ref().1.peer_certificates();
    let certificate = certificates.and_then(|chain| chain.first());
    Ok(certificate.and_then(|certificate| tls::valid_until(certificate)))
}
