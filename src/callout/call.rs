//! Makes a callout: signs and sends it, judges the answer, and retries where the platform would.

use std::borrow::Cow;
use std::time::Duration;

use anyhow::{Context, anyhow};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use url::Url;

use super::jwt::Claims;
use super::record::{Answer, Record};
use super::verdict::Judgement;
use crate::model::Secret;
use crate::model::redact::Redactor;
use crate::model::secret::MASK;
use crate::net::{http, tls};
use crate::system::clock;

/// The webhook ID in the token of a call that belongs to no webhook.
pub const NO_WEBHOOK: &str = "WBH-0000-0000";

/// The endpoint of a callout and how it is signed.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub url: Url,
    pub webhook_id: String,
    /// `None`: the call is not signed.
    pub secret: Option<Secret>,
}

impl Endpoint {
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
        let host = self.url.host_str().unwrap_or_default();
        Claims::new(host, &self.webhook_id, clock::now())
    }
}

/// The timeout for an endpoint's answer, which the sandbox has too. The platform's limit is not published.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The number of attempts if the answer is not valid JSON.
const MAX_ATTEMPTS: u32 = 3;
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Calls endpoints as the platform does.
pub struct Caller {
    http: reqwest::Client,
}

/// Why a caller cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Tls(#[from] tls::Error),
    #[error("cannot set up the HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

impl Caller {
    /// Creates a caller for one endpoint. Certificates are only read for https.
    pub fn new(url: &Url) -> Result<Self, Error> {
        let config = if url.scheme() == "https" { tls::trusting(None)? } else { tls::unused()? };
        let http = http::builder(config).timeout(CALL_TIMEOUT).build()?;
        Ok(Self { http })
    }

    /// Sends the body, and retries while a successful answer is not valid JSON.
    pub async fn call(&self, endpoint: &Endpoint, body: &[u8]) -> Record {
        let called_at = clock::now();
        let mut attempts = 1;
        loop {
            let outcome = self.attempt(endpoint, body).await;
            let answered_at = clock::now();
            let (judgement, answer) = match outcome {
                Ok(answer) => (Judgement::of(answer.status, &answer.body), Some(answer)),
                Err(error) => (Judgement::Failed(error.to_string()), None),
            };
            if matches!(judgement, Judgement::NoJson(_)) && attempts < MAX_ATTEMPTS {
                attempts += 1;
                tokio::time::sleep(RETRY_DELAY).await;
                continue;
            }
            let verdict = judgement.verdict();
            let error = judgement.error();
            return Record { verdict, called_at, answered_at, attempts, error, answer };
        }
    }

    async fn attempt(&self, endpoint: &Endpoint, body: &[u8]) -> anyhow::Result<Answer> {
        let Some(secret) = &endpoint.secret else {
            return self.send(&endpoint.url, None, body).await;
        };
        let token = endpoint.claims().sign(secret);
        let answer = self.send(&endpoint.url, Some(&token), body).await?;
        Ok(answer.without(&Redactor::new([secret.expose()])))
    }

    /// Sends any body with any token, once.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn send(
        &self,
        url: &Url,
        token: Option<&Secret>,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let mut request = self
            .http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        if let Some(token) = token {
            let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose()))?;
            header.set_sensitive(true);
            request = request.header(AUTHORIZATION, header);
        }
        let mut response = request.send().await.map_err(|error| transport_error(&error))?;
        let mut answer = Answer {
            status: response.status().as_u16(),
            reason: response.status().canonical_reason().map(str::to_owned),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| {
                    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect(),
            body: Vec::new(),
        };
        let body = http::read_body(&mut response).await.map_err(|error| transport_error(&error))?;
        answer.body = body.context("the answer is longer than 16 MiB")?;
        // An endpoint may echo the token, which is valid for minutes.
        Ok(match token {
            Some(token) => answer.without(&Redactor::new([token.expose()])),
            None => answer,
        })
    }
}

/// The error that occurred before there was an answer.
fn transport_error(error: &reqwest::Error) -> anyhow::Error {
    if error.is_timeout() {
        return anyhow!("no answer within {} s", CALL_TIMEOUT.as_secs());
    }
    anyhow!(http::innermost(error))
}
