//! Proxies: which hosts need none, and what one answers to a request for a connection.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::http::{self, address};
use super::log::{Log, status_line};
use crate::model::url::without_userinfo;
use crate::reporter::Reporter;

/// A proxy, and where its URL comes from, such as `HTTPS_PROXY`.
#[derive(Clone, Debug)]
pub struct ProxyUrl {
    pub url: String,
    pub source: String,
}

/// Why a proxy makes no connection.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("cannot connect to {proxy}: {reason}")]
    Unreachable { proxy: String, reason: String },
    /// It has answered with this status.
    #[error("{proxy} refuses the connection to {address}: {answer}")]
    Refused { proxy: String, address: String, status: Option<u16>, answer: String },
}

impl ProxyUrl {
    /// The failure of the proxy, if an error is one. It is asked again for its status, which the HTTP client does not say.
    pub async fn failure<R: Reporter + ?Sized>(
        &self,
        error: &reqwest::Error,
        url: &Url,
        limit: Duration,
        log: &Log<'_, R>,
    ) -> Option<Failure> {
        let is_unreachable = {
            let causes = http::causes(error);
            let at = causes.iter().position(|cause| cause.to_string().starts_with("tunnel error"));
            at? + 1 < causes.len()
        };
        let proxy = format!("the proxy {} ({})", without_userinfo(&self.url), self.source);
        if is_unreachable {
            return Some(Failure::Unreachable { proxy, reason: http::innermost(error) });
        }
        // The password of a proxy over TLS is not sent in clear text.
        let asked = Url::parse(&self.url).ok().filter(|proxy| proxy.scheme() == "http");
        let asking = async { status(&asked?, url).await.ok()? };
        let status = tokio::time::timeout(limit, asking).await.ok().flatten();
        let answer = status.map_or_else(|| "it did not say why".to_owned(), status_line);
        let address = address(url);
        if log.reporter.verbosity() > 1 {
            log.line(&format!("CONNECT {address} through {proxy} → {answer}"));
        }
        Some(Failure::Refused { proxy, address, status, answer })
    }
}

/// The hosts that need no proxy for a URL, in the syntax of the HTTP client: without `*.`, and without ports, of which
/// only that of the URL counts.
pub fn exempt(no_proxy: &str, url: &Url) -> String {
    let entries = no_proxy.split(|c: char| c == ',' || c.is_whitespace());
    // The HTTP client takes a star for names only.
    let all = entries.clone().any(|entry| entry == "*");
    let host = url.host_str().filter(|_| all).map(|host| host.trim_matches(['[', ']']));
    let entries = entries.filter(|entry| !entry.is_empty()).filter_map(|entry| {
        let entry = entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry);
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, port.parse().ok()?)
            }
            _ => return Some(entry.trim_matches(['[', ']'])),
        };
        (url.port_or_known_default() == Some(port)).then_some(host.trim_matches(['[', ']']))
    });
    entries.chain(host).collect::<Vec<_>>().join(",")
}

/// Whether requests to a URL go through the proxy.
pub fn is_used(proxy: &str, url: &Url, no_proxy: &str) -> bool {
    let matcher = Matcher::builder().all(proxy).no(exempt(no_proxy, url)).build();
    url.as_str().parse().is_ok_and(|url| matcher.intercept(&url).is_some())
}

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 8 * 1024;

/// The status that a proxy answers to a request for a connection.
///
/// # Errors
/// The proxy cannot be asked.
async fn status(proxy: &Url, url: &Url) -> std::io::Result<Option<u16>> {
    let name = proxy.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let mut stream =
        TcpStream::connect((name, proxy.port_or_known_default().unwrap_or_default())).await?;
    let host = address(url);
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    let authorization = match (proxy.username(), proxy.password()) {
        ("", None) => String::new(),
        (user, password) => {
            let pair = format!("{}:{}", decoded(user), decoded(password.unwrap_or_default()));
            format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(pair))
        }
    };
    let request = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n{authorization}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let mut stream = stream.take(MAX_ANSWER);
    // The status line is enough; a connection that was made is closed.
    while !answer.contains(&b'\n') && stream.read_buf(&mut answer).await? > 0 {}
    let line = String::from_utf8_lossy(&answer);
    Ok(line.split_whitespace().nth(1).and_then(|status| status.parse().ok()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use url::Url;

    use super::exempt;

    #[test]
    fn stars_and_ports_are_understood() {
        let url = Url::parse("https://api.example.com/").unwrap();
        for (no_proxy, expected) in [
            ("*", "*,api.example.com"),
            ("*.example.com, other", ".example.com,other"),
            ("api.example.com:443,api.example.com:8443", "api.example.com"),
            ("10.0.0.0/8 ::1,[::1]:443,[fd00::1]", "10.0.0.0/8,::1,::1,fd00::1"),
        ] {
            assert_eq!(exempt(no_proxy, &url), expected, "{no_proxy}");
        }
    }

    proptest! {
        #[test]
        fn any_list_is_read(text in "[a*.:\\[\\],0-9 ]{0,20}") {
            exempt(&text, &Url::parse("https://a/").unwrap());
        }
    }
}
