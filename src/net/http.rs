//! What all HTTP clients of this program share.

use crate::text::plain;
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response};
use rustls::ClientConfig;

use super::{host, tls};

/// The maximum length of a response body, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// A client builder with our user agent, without automatic redirects, retries or environment proxies.
pub fn builder(tls: ClientConfig) -> ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .dns_resolver(host::resolver())
        .no_proxy()
        .user_agent(concat!("mpt/", env!("CARGO_PKG_VERSION")))
}

/// `host:port` of a URL.
pub fn address(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Reads a whole body; `None` if it is longer than 16 MiB. If `may_be_closed`, a server may end the connection after the
/// body without the end that TLS has for that: a body that was cut cannot be parsed.
pub async fn read_body(
    response: &mut Response,
    may_be_closed: bool,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => return Ok(None),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(Some(body)),
            Err(error) if may_be_closed && has_no_end(&error) => return Ok(Some(body)),
            Err(error) => return Err(error),
        }
    }
}

fn has_no_end(error: &reqwest::Error) -> bool {
    causes(error).last().is_some_and(|cause| cause.to_string().contains("close_notify"))
}

/// The innermost cause of an error, which is the most specific.
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = causes(error);
    let tls = causes.iter().find_map(|error| error.downcast_ref());
    match (tls, causes.last()) {
        (Some(tls), _) => tls::reason(tls),
        (None, last) => {
            let said = last.map(ToString::to_string).unwrap_or_default();
            plain::http(&said).into_owned()
        }
    }
}

/// The error and all its causes. An `io::Error` does not return its inner error as `source`.
pub fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> Vec<&'e (dyn std::error::Error + 'static)> {
    let mut causes = vec![error];
    let mut next = Some(error);
    while let Some(error) = next {
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref())
            .map(|inner| inner as &(dyn std::error::Error + 'static));
        next = wrapped.or_else(|| error.source());
        causes.extend(next);
    }
    causes
}
