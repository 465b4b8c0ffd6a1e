//! Whether a host can be reached from this machine, and how long its certificate is valid. No request is sent.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::tls;

/// Why a host cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Network(String),
    /// The host answers, but its certificate is not accepted.
    #[error("{0}")]
    Certificate(String),
}

/// Connects to the host of a URL. Returns when the certificate expires; `None` for plain HTTP.
///
/// # Errors
/// The name, the connection or the certificate, with the host and port.
pub async fn reach(url: &Url, limit: Duration) -> Result<Option<Timestamp>, Error> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    let place = format!("{host}:{port}");
    let connecting = connect(url.scheme() == "https", host, port, &place);
    match tokio::time::timeout(limit, connecting).await {
        Ok(reached) => reached,
        Err(_) => Err(Error::Network(format!("cannot connect to {place}: timed out"))),
    }
}

async fn connect(
    is_https: bool,
    host: &str,
    port: u16,
    place: &str,
) -> Result<Option<Timestamp>, Error> {
    let network = |reason: String| Error::Network(format!("cannot connect to {place}: {reason}"));
    // An IPv6 address is in brackets in a URL.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let stream =
        TcpStream::connect((name, port)).await.map_err(|error| network(error.to_string()))?;
    if !is_https {
        return Ok(None);
    }
    let config = tls::trusting(None).map_err(|error| network(error.to_string()))?;
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
