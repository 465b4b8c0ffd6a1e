//! Authenticates callouts: with a secret, a callout is only accepted if its token passes every check.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::callout::verify::{Expected, bearer, no_token, verify};
use crate::model::{Check, Secret};
use crate::system::clock;

/// The expected values that tokens are checked against.
#[derive(Clone, Debug, Default)]
pub struct Authenticator {
    /// `None`: every callout is accepted.
    pub secret: Option<Secret>,
    /// The expected audience.
    pub host: Option<String>,
    /// The most by which the sender's clock may differ.
    pub leeway: Duration,
    pub webhook: Option<KnownWebhook>,
}

/// The ID of the webhook whose callouts are expected.
#[derive(Clone, Debug)]
pub struct KnownWebhook {
    pub id: String,
    pub webhook_type: Option<String>,
}

/// The token of a request.
pub fn token(headers: &HeaderMap) -> Option<String> {
    bearer(headers.get(AUTHORIZATION)?.to_str().ok()?)
}

impl Authenticator {
    pub fn check(&self, token: Option<&str>) -> Vec<Check> {
        let Some(token) = token else {
            return Vec::from_iter(self.secret.is_some().then(no_token));
        };
        let expected = Expected {
            secret: self.secret.as_ref(),
            host: self.host.as_deref(),
            webhook_id: self.webhook.as_ref().map(|webhook| webhook.id.as_str()),
            now: clock::now(),
            leeway: self.leeway,
        };
        verify(token, &expected)
    }

    /// Why a callout is refused: the failed checks.
    pub fn refusal(&self, checks: &[Check]) -> Option<String> {
        self.secret.as_ref()?;
        let failed: Vec<_> = checks
            .iter()
            .filter(|check| check.has_failed())
            .map(|check| format!("{}: {}", check.name, check.detail))
            .collect();
        (!failed.is_empty()).then(|| failed.join("; "))
    }

    /// The type of the expected webhook, if the token claims to be for it.
    pub fn type_of(&self, claimed: Option<&str>) -> Option<&str> {
        let webhook = self.webhook.as_ref()?;
        let is_it = claimed == Some(webhook.id.as_str());
        webhook.webhook_type.as_deref().filter(|_| is_it)
    }
}
