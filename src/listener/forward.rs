//! Forwards callouts to the endpoint of a route, and returns its answers byte for byte.

use std::time::Duration;

use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue};
use hyper::ext::ReasonPhrase;
use url::Url;

use super::callout::Callout;
use super::reply::{Reply, Unanswered};
use super::routes::Routes;
use crate::callout;
use crate::model::url::{shown, with_path};
use crate::net::{http, tls};
use crate::system::random;

/// The timeout for an endpoint. It is longer than the sandbox waits (10 s), so that the journal gets late answers.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Names the listeners that a callout was forwarded by, so that one that forwards to itself, directly or
/// through others, is noticed.
static VIA: HeaderName = HeaderName::from_static("mpt-listener");

pub struct Forwarder {
    /// The ID of this listener.
    id: String,
    routes: Routes,
    http: reqwest::Client,
}

impl Forwarder {
    /// Certificates are only read if a route uses https.
    pub fn new(routes: Routes) -> Result<Self, callout::Error> {
        let config = if routes.targets().any(|url| url.scheme() == "https") {
            tls::trusting(None)?
        } else {
            tls::unused()?
        };
        let http = http::builder(config)
            .timeout(TIMEOUT)
            // Simple servers accept one connection at a time, or close idle ones without notice.
            .pool_max_idle_per_host(0)
            .build()?;
        // Without randomness, the process tells listeners of one machine apart.
        let id = random::hex(8).unwrap_or_else(|_| std::process::id().to_string());
        Ok(Self { id, routes, http })
    }

    pub fn targets(&self) -> impl Iterator<Item = &Url> {
        self.routes.targets()
    }

    /// The endpoint of a callout; `None`: no route matches it.
    pub(super) fn target(&self, callout: &Callout) -> Option<&Url> {
        self.routes.find(callout)
    }

    /// Whether a request was already forwarded by this listener.
    pub fn has_forwarded(&self, headers: &HeaderMap) -> bool {
        headers.get_all(&VIA).iter().any(|id| id == self.id.as_str())
    }

    pub(super) async fn forward(&self, callout: &Callout) -> Result<Reply, Unanswered> {
        let Some(base) = self.target(callout) else {
            return Err(Unanswered { why: "no route matches this callout".to_owned(), from: None });
        };
        let url = with_path(base, &callout.path, callout.query.as_deref());
        let failed = |what: String| Unanswered {
            why: format!("{}: {what}", shown(&url)),
            from: Some(url.clone()),
        };
        let mut headers = end_to_end(&callout.headers);
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.append(VIA.clone(), id);
        }
        let request = self.http.post(url.clone()).headers(headers).body(callout.body.clone());
        let mut response = request.send().await.map_err(|error| failed(transport_error(&error)))?;
        if response.status().is_informational() {
            // The endpoint asks for another protocol, which callouts do not use.
            return Err(failed(format!("the endpoint answered {}", response.status())));
        }
        let body = http::read_body(&mut response)
            .await
            .map_err(|error| failed(transport_error(&error)))?
            .ok_or_else(|| failed("the answer is longer than 16 MiB".to_owned()))?;
        Ok(Reply {
            status: response.status(),
            reason: response.extensions().get::<ReasonPhrase>().cloned(),
            headers: end_to_end(response.headers()),
            body: body.into(),
            from: Some(url),
        })
    }
}

fn transport_error(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    if error.is_connect() {
        return format!("no connection: {}", http::innermost(error));
    }
    http::innermost(error)
}

/// The headers that are not of one connection only (RFC 9110, section 7.6.1), and not of one host.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let keep_alive = HeaderName::from_static("keep-alive");
    let known = [
        CONNECTION,
        keep_alive,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        CONTENT_LENGTH,
        EXPECT,
        HOST,
    ];
    for name in named.iter().chain(&known) {
        kept.remove(name);
    }
    kept
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::end_to_end;

    #[test]
    fn headers_of_one_connection_stay_behind() {
        let headers = [
            ("connection", "x-own, close"),
            ("x-own", "1"),
            ("transfer-encoding", "chunked"),
            ("host", "a"),
            ("set-cookie", "b"),
        ];
        let headers: HeaderMap = headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        let kept: Vec<_> = end_to_end(&headers).keys().cloned().collect();
        assert_eq!(kept, ["set-cookie"]);
    }
}
