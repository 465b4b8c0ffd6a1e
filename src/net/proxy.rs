//! Proxies: which hosts need none, and what one answers to a request for a connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::http::address;

/// The hosts that need no proxy for a URL, in the syntax of the HTTP client: without `*.`, and without ports, of which
/// only that of the URL counts.
pub fn exempt(no_proxy: &str, url: &Url) -> String {
    let entries = no_proxy.split(|c: char| c == ',' || c.is_whitespace());
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
    entries.collect::<Vec<_>>().join(",")
}

/// Whether requests to a URL go through the proxy.
pub fn is_used(proxy: &str, url: &Url, no_proxy: &str) -> bool {
    let matcher = Matcher::builder().all(proxy).no(exempt(no_proxy, url)).build();
    url.as_str().parse().is_ok_and(|url| matcher.intercept(&url).is_some())
}

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 8 * 1024;

/// The status that a proxy answers to a request for a connection. The HTTP client does not say it.
///
/// # Errors
/// The proxy cannot be asked.
pub async fn status(proxy: &Url, url: &Url) -> std::io::Result<Option<u16>> {
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
            ("*", "*"),
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
