//! Forwards callouts to the endpoint of a route, and returns its answers byte for byte.

use std::time::{Duration, Instant};

use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST,
    HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    USER_AGENT,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use hyper::ext::ReasonPhrase;
use url::Url;

use super::callout::Callout;
use super::reply::{Reply, Unanswered};
use super::routes::Routes;
use crate::callout::{self, Connection};
use crate::model::redact::Redactor;
use crate::model::url::{shown, without_credentials};
use crate::net::http;
use crate::net::log::Log;
use crate::reporter::LogLines;
use crate::system::random;

/// The timeout for an endpoint. It is longer than the sandbox waits (10 s), so that the journal gets late answers.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Names the listeners that a callout was forwarded by, so that one that forwards to itself, directly or
/// through others, is noticed.
static VIA: HeaderName = HeaderName::from_static("mpt-listener");

/// The host and scheme that the sender has used.
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Headers whose values are no secrets.
const PUBLIC: [HeaderName; 4] = [HOST, ACCEPT, CONTENT_TYPE, USER_AGENT];

pub struct Forwarder {
    /// The ID of this listener.
    id: String,
    routes: Routes,
    /// Headers that replace those of callouts.
    headers: HeaderMap,
    http: reqwest::Client,
    connection: Connection,
    log: LogLines,
}

impl Forwarder {
    /// `log` receives the log of `-v`.
    pub fn new(
        routes: Routes,
        headers: HeaderMap,
        connection: &Connection,
        log: LogLines,
    ) -> Result<Self, callout::Error> {
        let http = connection.client(routes.targets(), TIMEOUT)?;
        // Without randomness, the process tells listeners of one machine apart.
        let id = random::hex(8).unwrap_or_else(|_| std::process::id().to_string());
        Ok(Self { id, routes, headers, http, connection: connection.clone(), log })
    }

    pub fn targets(&self) -> impl Iterator<Item = &Url> {
        self.routes.targets().map(|target| &target.url)
    }

    /// The endpoint of a callout; `None`: no route matches it.
    pub(super) fn target(&self, callout: &Callout) -> Option<Url> {
        self.routes.find(callout)
    }

    /// Whether a request was already forwarded by this listener.
    pub fn has_forwarded(&self, headers: &HeaderMap) -> bool {
        headers.get_all(&VIA).iter().any(|id| id == self.id.as_str())
    }

    /// The values of the headers that were given: they may be keys, but for that of `Host`.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let given = self.headers.iter().filter(|(name, _)| !PUBLIC.contains(name));
        given.filter_map(|(_, value)| value.to_str().ok())
    }

    /// `hidden` has what the log must not show.
    pub(super) async fn forward(
        &self,
        callout: &Callout,
        hidden: &Redactor,
    ) -> Result<Reply, Unanswered> {
        let Some(url) = self.target(callout) else {
            return Err(Unanswered { why: "no route matches this callout".to_owned(), from: None });
        };
        let log = Log { reporter: &self.log, redactor: hidden.clone(), shown };
        let began = Instant::now();
        let exchanged = self.exchange(callout, &url, &log).await;
        let outcome = exchanged.as_ref().map(|reply| (reply.status, &*reply.body));
        log.outcome(&Method::POST, &url, outcome, began.elapsed());
        exchanged
            .map_err(|what| Unanswered { why: format!("{}: {what}", shown(&url)), from: Some(url) })
    }

    async fn exchange(
        &self,
        callout: &Callout,
        url: &Url,
        log: &Log<'_, LogLines>,
    ) -> Result<Reply, String> {
        let failed = |error: reqwest::Error| callout::transport_error(&error, TIMEOUT);
        let headers = self.headers_for(callout);
        let url = match headers.contains_key(AUTHORIZATION) {
            true => &without_credentials(url),
            false => url,
        };
        let request = self.http.post(url.clone()).headers(headers);
        let request = request.body(callout.body.clone()).build().map_err(failed)?;
        log.request(&request);
        let mut response = match self.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(self.connection.why(&error, url, TIMEOUT, log).await),
        };
        log.response(&response);
        if response.status().is_informational() {
            // The endpoint asks for another protocol, which callouts do not use.
            return Err(format!("the endpoint answered {}", response.status()));
        }
        let body = http::read_body(&mut response, true).await.map_err(failed)?;
        Ok(Reply {
            status: response.status(),
            reason: response.extensions().get::<ReasonPhrase>().cloned(),
            headers: end_to_end(response.headers()),
            body: body.ok_or("the answer is longer than 16 MiB")?.into(),
            from: Some(url.clone()),
        })
    }

    /// The headers of the callout, but for those that are only between its sender and this listener.
    fn headers_for(&self, callout: &Callout) -> HeaderMap {
        let mut headers = end_to_end(&callout.headers);
        // What an endpoint compresses cannot be judged.
        headers.remove(ACCEPT_ENCODING);
        let host = callout.headers.get(HOST).cloned();
        for (name, value) in
            [(&FORWARDED_HOST, host), (&FORWARDED_PROTO, Some(HeaderValue::from_static("http")))]
        {
            if let Some(value) = value.filter(|_| !headers.contains_key(name)) {
                headers.insert(name, value);
            }
        }
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.append(VIA.clone(), id);
        }
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        headers.extend(self.headers.clone());
        headers
    }
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
        CONNECTION, keep_alive, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE, CONTENT_LENGTH, EXPECT, HOST,
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
