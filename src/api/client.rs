//! The HTTP client for the platform: sends a request, retries it, and returns JSON or an error.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::answer::Answer;
use super::pace::Pace;
use super::request::Request;
use super::retry::{self, MAX_PAUSE, Retries, Retry};
use super::{Error, Fate, Place, ProblemDetails};
use crate::model::redact::Redactor;
use crate::model::{BaseUrl, Secret};
use crate::net::log::Log;
use crate::net::proxy::ProxyUrl;
use crate::net::{http, proxy, tls};
use crate::reporter::{Reporter, Waiting};
use crate::system::clock;

/// A shorter part of a token is not recognised as a secret, in bytes.
const MIN_SECRET_PART: usize = 12;

const MAX_REDIRECTS: usize = 5;

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    pub base_url: BaseUrl,
    /// For messages.
    pub place: Arc<Place>,
    pub token: Secret,
    /// For one attempt, from connecting to the end of the response.
    pub timeout: Duration,
    /// The maximum number of retries of a request.
    pub retries: u32,
    pub ca_file: Option<tls::CaFile>,
    pub proxy: ProxySettings,
}

/// The proxy for the base URL's scheme, and the hosts that need none (the syntax of `NO_PROXY`).
#[derive(Clone, Debug, Default)]
pub struct ProxySettings {
    pub url: Option<ProxyUrl>,
    pub no_proxy: Option<String>,
}

pub struct Client<'r> {
    http: reqwest::Client,
    settings: ClientSettings,
    authorization: HeaderValue,
    reporter: &'r dyn Reporter,
    /// The platform's clock minus this machine's, from the last response.
    clock_difference: Cell<Option<SignedDuration>>,
    pace: Pace,
}

/// The response to one HTTP request, with any status.
struct Exchange {
    status: StatusCode,
    location: Option<String>,
    /// The wait that `Retry-After` asks for.
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl<'r> Client<'r> {
    /// # Errors
    /// The token would be sent over plain HTTP to another machine, or the certificates or the proxy cannot be used.
    pub fn new(settings: ClientSettings, reporter: &'r dyn Reporter) -> Result<Self, Error> {
        let base_url = &settings.base_url;
        if !base_url.is_safe_for_tokens() {
            return Err(Error::Insecure(base_url.origin()));
        }
        let mut authorization = HeaderValue::from_str(&format!(
            "Bearer {}",
            settings.token.expose()
        ))
        .map_err(|_| Error::Setup {
            what: "the token".to_owned(),
            reason: "it contains characters that are not allowed in an HTTP header".to_owned(),
        })?;
        authorization.set_sensitive(true);
        let tls = if base_url.is_https() {
            tls::trusting(settings.ca_file.as_ref())?
        } else {
            tls::unused()?
        };
        let mut builder = http::builder(tls)
            // Shorter than the timeout of the request, so that a failed connection can be
            // distinguished from a missing response.
            .connect_timeout(settings.timeout.mul_f64(0.9))
            .timeout(settings.timeout);
        if let Some(proxy) = settings.proxy.url.as_ref().filter(|_| !base_url.is_loopback()) {
            let http_proxy = reqwest::Proxy::all(&proxy.url).map_err(|error| Error::Setup {
                what: "the proxy".to_owned(),
                reason: error.to_string(),
            })?;
            let no_proxy = settings.proxy.no_proxy.as_deref().unwrap_or_default();
            let exempt = Url::parse(&base_url.origin()).map(|url| proxy::exempt(no_proxy, &url));
            let exempt = exempt.unwrap_or_default();
            builder = builder.proxy(http_proxy.no_proxy(reqwest::NoProxy::from_string(&exempt)));
        }
        let http = builder.build().map_err(|error| Error::Setup {
            what: "the HTTP client".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            http,
            settings,
            authorization,
            reporter,
            clock_difference: Cell::new(None),
            pace: Pace::default(),
        })
    }

    pub fn base_url(&self) -> &BaseUrl {
        &self.settings.base_url
    }

    /// Where requests go, for messages.
    pub fn place(&self) -> &Arc<Place> {
        &self.settings.place
    }

    /// The public part of the token: `TKN-1234-5678`.
    pub fn token_id(&self) -> Option<&str> {
        let mut parts = self.settings.token.expose().split(':');
        let is_known = parts.next() == Some("idt");
        parts.next().filter(|id| is_known && id.starts_with("TKN-"))
    }

    /// The platform's clock minus this machine's, in whole seconds; `None` before the first response.
    pub fn clock_difference(&self) -> Option<SignedDuration> {
        self.clock_difference.get()
    }

    /// Sends a request, and retries it where that is allowed.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let url = self.address(request)?;
        let log = Log {
            reporter: self.reporter,
            redactor: self.redactor(request),
            shown: |url| crate::model::url::without_userinfo(url.as_str()),
        };
        let mut earlier = Fate::NotDone;
        loop {
            self.pace.turn().await;
            let error = match self.follow(request, url.clone(), &log).await {
                Ok(answer) => {
                    self.pace.passed();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let is_last = !request.retries.are_left() || !request.retry.allows(&error);
            let result = if is_last {
                Err(error)
            } else {
                self.pause(error, request.retries, request.subject).await
            };
            match result {
                Ok(error) => earlier = earlier.max(error.fate()),
                Err(error) => return Err(error.after(earlier)),
            }
        }
    }

    /// Waits before a retry, as long as the platform asks or as the backoff says. `subject` is what the request is
    /// about, for the note; it may be empty.
    ///
    /// # Errors
    /// The platform asks for a longer wait than `mpt` accepts: its response, as an error.
    pub async fn pause(
        &self,
        error: Error,
        retries: &Retries,
        subject: &str,
    ) -> Result<Error, Error> {
        let asked = match &error {
            Error::Refused { retry_after, .. } => *retry_after,
            _ => None,
        };
        if asked.is_some_and(|asked| asked > MAX_PAUSE) {
            return Err(error);
        }
        let n = retries.take();
        let pause = asked.unwrap_or_else(|| retry::backoff(n));
        if error.status() == Some(429) {
            self.pace.slow_down(pause);
        }
        let about = match subject {
            "" => String::new(),
            subject => format!("{subject}: "),
        };
        self.reporter.note(&format!(
            "{about}{error}; trying again in {:.1} s ({n} of {})",
            pause.as_secs_f64(),
            retries.all
        ));
        tokio::time::sleep(pause).await;
        Ok(error)
    }

    /// Waits before the next attempt of something that was not refused.
    pub async fn back_off(&self, retries: &Retries) {
        let n = retries.take();
        tokio::time::sleep(retry::backoff(n)).await;
    }

    /// As many retries as the settings allow for one request.
    pub fn new_retries(&self) -> Retries {
        Retries::new(self.settings.retries)
    }

    /// Whether a request that has the same effect twice as once is sent again after this error.
    pub fn may_retry(&self, error: &Error, retries: &Retries) -> bool {
        retries.are_left() && Retry::Always.allows(error)
    }

    pub fn reporter(&self) -> &'r dyn Reporter {
        self.reporter
    }

    /// The error, if the proxy caused it.
    async fn proxy_error(&self, error: &reqwest::Error, url: &Url, log: &Log<'_>) -> Option<Error> {
        let proxy = self.settings.proxy.url.as_ref()?;
        Some(match proxy.failure(error, url, self.settings.timeout, log).await? {
            proxy::Failure::Unreachable { proxy, reason } => {
                Error::Connect { address: proxy, reason }
            }
            refused => Error::Proxy(refused),
        })
    }

    fn redactor(&self, request: &Request<'_>) -> Redactor {
        let secret = request.body.and_then(|body| body.get("secret")?.as_str());
        Redactor::new(self.token_texts().into_iter().chain(secret))
    }

    /// The token, and its secret part alone.
    fn token_texts(&self) -> Vec<&str> {
        let token = self.settings.token.expose();
        let secret = token.rsplit(':').next().filter(|part| part.len() >= MIN_SECRET_PART);
        std::iter::once(token).chain(secret.filter(|part| *part != token)).collect()
    }

    fn address(&self, request: &Request<'_>) -> Result<Url, Error> {
        for segment in request.segments {
            // URL parsers and decoding proxies resolve these even if they are encoded.
            let climbs = segment.split(['/', '\\']).any(|part| matches!(part, "." | ".."));
            if segment.is_empty() || climbs {
                return Err(Error::Id((*segment).to_owned()));
            }
        }
        Ok(self.settings.base_url.join(request.segments, &request.query))
    }

    /// One attempt. Only a GET follows redirects, and only within the origin.
    async fn follow(
        &self,
        request: &Request<'_>,
        mut url: Url,
        log: &Log<'_>,
    ) -> Result<Answer, Error> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.exchange(request, &url, log).await?;
            let status = response.status;
            if status.is_redirection() {
                let location = response.location.unwrap_or_default();
                let next = url.join(&location).ok().filter(|next| next.origin() == url.origin());
                match next {
                    Some(next) if request.method == Method::GET && !location.is_empty() => {
                        url = next;
                        continue;
                    }
                    _ => {
                        let location = log.redactor.text(&location);
                        return Err(Error::Redirect { status: status.as_u16(), location });
                    }
                }
            }
            if status.is_success() {
                return Ok(Answer {
                    status: status.as_u16(),
                    body: response.body,
                    place: self.settings.place.clone(),
                    token: Redactor::new(self.token_texts()),
                    redactor: log.redactor.clone(),
                });
            }
            // A server may echo the token in its response.
            let redacted = |text: &str| log.redactor.text(text);
            return Err(Error::Refused {
                status: status.as_u16(),
                place: self.settings.place.clone(),
                path: request.segments.join("/"),
                problem: Box::new(ProblemDetails::read(&response.body, redacted)),
                retry_after: response.retry_after,
            });
        }
        Err(Error::Redirect {
            status: 302,
            location: format!("{} (too many redirects)", log.redactor.text(url.as_str())),
        })
    }

    async fn exchange(
        &self,
        request: &Request<'_>,
        url: &Url,
        log: &Log<'_>,
    ) -> Result<Exchange, Error> {
        let _waiting = Waiting::begin(self.reporter);
        let started = Instant::now();
        let result = self.attempt(request, url, log).await;
        let outcome = result.as_ref().map(|exchange| (exchange.status, exchange.body.as_slice()));
        log.outcome(&request.method, url, outcome, started.elapsed());
        result
    }

    async fn attempt(
        &self,
        request: &Request<'_>,
        url: &Url,
        log: &Log<'_>,
    ) -> Result<Exchange, Error> {
        let mut builder = self
            .http
            .request(request.method.clone(), url.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json");
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let transport = |error: reqwest::Error| {
            Error::of_transport(&error, &self.settings.place, self.settings.timeout)
        };
        let built = builder.build().map_err(transport)?;
        if request.method != Method::GET {
            self.reporter.on_interrupt(&request.interruption());
        }
        log.request(&built);
        let mut response = match self.http.execute(built).await {
            Ok(response) => response,
            Err(error) => {
                return Err(self
                    .proxy_error(&error, url, log)
                    .await
                    .unwrap_or_else(|| transport(error)));
            }
        };
        let now = clock::now();
        let header = |response: &Response, name| {
            response
                .headers()
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
                .map(str::to_owned)
        };
        if let Some(date) = header(&response, DATE).and_then(|date| retry::http_date(&date)) {
            self.clock_difference.set(Some(date.duration_since(now)));
        }
        let mut exchange = Exchange {
            status: response.status(),
            location: header(&response, LOCATION),
            retry_after: header(&response, RETRY_AFTER)
                .map(|value| retry::retry_after(&value, now)),
            body: Vec::new(),
        };
        log.response(&response);
        let body = http::read_body(&mut response, false).await.map_err(transport)?;
        exchange.body = body.ok_or_else(|| Error::Unreadable {
            status: Some(exchange.status.as_u16()),
            place: self.settings.place.clone(),
            reason: "longer than 16 MiB".to_owned(),
        })?;
        Ok(exchange)
    }
}
