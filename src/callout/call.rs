//! The call itself: signed, sent, judged, and tried again where the platform would.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use url::Url;

use super::jwt::Claims;
use super::record::{Answer, Record};
use crate::model::Secret;
use crate::{http, tls};

/// Where a callout goes, and as whose.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub url: Url,
    pub webhook_id: String,
    /// Without one, the call is not signed.
    pub secret: Option<Secret>,
}

/// How long an endpoint has for its answer. The platform's limit is not published.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often an answer that does not parse is asked for.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// Calls endpoints as the platform does.
pub struct Caller {
    http: reqwest::Client,
}

/// Why a caller cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Tls(#[from] tls::Error),
    #[error("cannot set up the HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

impl Caller {
    /// A caller for one endpoint; certificates are read only for https.
    pub fn new(url: &Url) -> Result<Self, Error> {
        let config = if url.scheme() == "https" {
            tls::trusting(None)?
        } else {
            tls::unused()?
        };
        let http = http::builder(config).timeout(PATIENCE).build()?;
        Ok(Self { http })
    }

    /// Sends the body, and again while a success does not parse.
    pub async fn call(&self, endpoint: &Endpoint, body: &[u8]) -> Record {
        let called_at = Timestamp::now();
        let mut attempts = 1;
        loop {
            let outcome = self.attempt(endpoint, body).await;
            let answered_at = Timestamp::now();
            let (verdict, answer) = match outcome {
                Ok(answer) => (Verdict::of(&answer), Some(answer)),
                Err(error) => (Verdict::Failed(error), None),
            };
            if matches!(verdict, Verdict::NoJson(_)) && attempts < ATTEMPTS {
                attempts += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let error = match verdict {
                Verdict::Success => None,
                Verdict::NoJson(error) | Verdict::Failed(error) => Some(error),
            };
            let success = error.is_none();
            return Record {
                success,
                called_at,
                answered_at,
                attempts,
                error,
                answer,
            };
        }
    }

    async fn attempt(&self, endpoint: &Endpoint, body: &[u8]) -> Result<Answer, String> {
        let mut request = self
            .http
            .post(endpoint.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        if let Some(secret) = &endpoint.secret {
            request = request.header(AUTHORIZATION, bearer(endpoint, secret)?);
        }
        let mut response = request.send().await.map_err(|error| told(&error))?;
        let mut answer = Answer {
            status: response.status().as_u16(),
            reason: response.status().canonical_reason().map(str::to_owned),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: Vec::new(),
        };
        let body = http::read_body(&mut response)
            .await
            .map_err(|error| told(&error))?;
        answer.body = body.ok_or_else(|| "the answer is longer than 16 MiB".to_owned())?;
        Ok(answer)
    }
}

/// The header of a signed call; a new token for every attempt.
fn bearer(endpoint: &Endpoint, secret: &Secret) -> Result<HeaderValue, String> {
    let host = endpoint.url.host_str().unwrap_or_default();
    let claims = Claims::new(host, &endpoint.webhook_id, Timestamp::now());
    let token = claims.sign(secret).map_err(|error| error.to_string())?;
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|error| error.to_string())?;
    header.set_sensitive(true);
    Ok(header)
}

/// How the platform judges one answer.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Success,
    /// 2xx, but not JSON: worth another attempt.
    NoJson(String),
    Failed(String),
}

impl Verdict {
    fn of(answer: &Answer) -> Self {
        if !(200..300).contains(&answer.status) {
            return Self::Failed(format!("the endpoint answered {}", answer.status));
        }
        match serde_json::from_slice::<Value>(&answer.body) {
            Ok(_) => Self::Success,
            Err(error) => Self::NoJson(format!("the answer is not valid JSON: {error}")),
        }
    }
}

/// What went wrong before there was an answer.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", PATIENCE.as_secs());
    }
    http::innermost(error)
}

#[cfg(test)]
mod tests {
    use super::{Answer, Verdict};

    #[test]
    fn a_success_must_parse_and_all_else_is_a_failure() {
        let verdict = |status, body: &str| {
            let answer = Answer {
                status,
                reason: None,
                headers: Vec::new(),
                body: body.as_bytes().to_vec(),
            };
            Verdict::of(&answer)
        };
        assert_eq!(verdict(200, "{}"), Verdict::Success);
        assert_eq!(
            verdict(201, r#"{"error": {"message": "no"}}"#),
            Verdict::Success
        );
        assert!(matches!(verdict(200, "<html>"), Verdict::NoJson(_)));
        assert!(matches!(verdict(204, ""), Verdict::NoJson(_)));
        assert!(matches!(verdict(302, "{}"), Verdict::Failed(_)));
        assert!(matches!(verdict(500, "{}"), Verdict::Failed(_)));
    }
}
