//! Makes a callout: signs and sends it, judges the answer, and retries where the platform would.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use reqwest::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::connection::{Connection, Error, Target, transport_error};
use super::jwt::Claims;
use super::record::{Answer, Record};
use super::verdict::Judgement;
use crate::model::Secret;
use crate::model::redact::Redactor;
use crate::model::secret::MASK;
use crate::model::url::{shown, without_credentials};
use crate::net::http;
use crate::net::log::Log;
use crate::reporter::Reporter;
use crate::system::clock;

/// The webhook ID in the token of a call that belongs to no webhook.
pub const NO_WEBHOOK: &str = "WBH-0000-0000";

/// The endpoint of a callout and how it is signed.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub target: Target,
    pub webhook_id: String,
    /// `None`: the call is not signed.
    pub secret: Option<Secret>,
    /// Claims that are added to the token, or replace its own.
    pub claims: Map<String, Value>,
}

impl Endpoint {
    /// The same with these claims, but for those that it has already.
    #[must_use]
    pub fn with_claims(&self, more: &Map<String, Value>) -> Self {
        let mut claims = more.clone();
        if self.webhook_id != NO_WEBHOOK {
            claims.remove("webhook_id");
        }
        claims.extend(self.claims.clone());
        Self { claims, ..self.clone() }
    }

    /// A text of the endpoint, in which the secret is replaced.
    pub fn without_secret<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.secret {
            Some(secret) if text.contains(secret.expose()) => {
                text.replace(secret.expose(), MASK).into()
            }
            _ => text.into(),
        }
    }

    /// The claims of a call that is made now.
    pub fn claims(&self) -> Claims {
        let host = self.target.url.host_str().unwrap_or_default();
        Claims::new(host, &self.webhook_id, clock::now()).with(&self.claims)
    }
}

/// The timeout for an endpoint's answer, which the sandbox has too. The platform's limit is not published.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The number of attempts if the answer is not valid JSON.
const MAX_ATTEMPTS: u32 = 3;
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Calls one endpoint as the platform does.
pub struct Caller<'r, R: ?Sized = dyn Reporter + 'r> {
    http: reqwest::Client,
    connection: Connection,
    reporter: &'r R,
}

impl<'r, R: Reporter + ?Sized> Caller<'r, R> {
    pub fn new(target: &Target, connection: &Connection, reporter: &'r R) -> Result<Self, Error> {
        let http = connection.client(std::iter::once(target), CALL_TIMEOUT)?;
        Ok(Self { http, connection: connection.clone(), reporter })
    }

    /// Sends the body, and retries while a successful answer is not valid JSON.
    pub async fn call(&self, endpoint: &Endpoint, body: &[u8]) -> Record {
        let called_at = clock::now();
        let mut attempts = 1;
        loop {
            let outcome = self.attempt(endpoint, body).await;
            let answered_at = clock::now();
            let (judgement, answer) = match outcome {
                Ok(answer) => (answer.judgement(), Some(answer)),
                Err(error) => (Judgement::Failed(error.to_string()), None),
            };
            if matches!(judgement, Judgement::NoJson(_)) && attempts < MAX_ATTEMPTS {
                attempts += 1;
                tokio::time::sleep(RETRY_DELAY).await;
                continue;
            }
            let verdict = judgement.verdict();
            let (error, warning) = judgement.error_and_warning();
            return Record { verdict, called_at, answered_at, attempts, error, warning, answer };
        }
    }

    async fn attempt(&self, endpoint: &Endpoint, body: &[u8]) -> anyhow::Result<Answer> {
        let token = endpoint.secret.as_ref().map(|secret| endpoint.claims().sign(secret));
        self.send(endpoint, token.as_ref(), body).await
    }

    /// Sends any body with any token, once.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn send(
        &self,
        endpoint: &Endpoint,
        token: Option<&Secret>,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let url = &endpoint.target.url;
        // An endpoint may echo the token, which is valid for minutes, or the secret.
        let hidden = Redactor::new(token.into_iter().chain(&endpoint.secret).map(Secret::expose));
        let log = Log { reporter: self.reporter, redactor: hidden.clone(), shown };
        let began = Instant::now();
        let sent = self.exchange(url, token, body, &log).await;
        let outcome = sent.as_ref().map(|(status, answer)| (*status, answer.body.as_slice()));
        log.outcome(&Method::POST, url, outcome, began.elapsed());
        sent.map(|(_, answer)| answer.without(&hidden))
    }

    async fn exchange(
        &self,
        url: &Url,
        token: Option<&Secret>,
        body: &[u8],
        log: &Log<'_, R>,
    ) -> anyhow::Result<(StatusCode, Answer)> {
        let url = match token {
            // There is only one `Authorization`.
            Some(_) => &without_credentials(url),
            None => url,
        };
        let mut request = self
            .http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(CONNECTION, "close")
            .body(body.to_vec());
        if let Some(token) = token {
            let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose()))?;
            header.set_sensitive(true);
            request = request.header(AUTHORIZATION, header);
        }
        let request = request.build()?;
        log.request(&request);
        let failed = |error: reqwest::Error| anyhow!(transport_error(&error, CALL_TIMEOUT));
        let mut response = match self.http.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                return Err(anyhow!(self.connection.why(&error, url, CALL_TIMEOUT, log).await));
            }
        };
        log.response(&response);
        let status = response.status();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter();
        let mut answer = Answer {
            status: status.as_u16(),
            reason: status.canonical_reason().map(str::to_owned),
            headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: Vec::new(),
        };
        let body = http::read_body(&mut response, true).await.map_err(failed)?;
        answer.body = body.context("the answer is longer than 16 MiB")?;
        Ok((status, answer))
    }
}
