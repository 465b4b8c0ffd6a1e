//! The endpoint of a webhook, for commands that call it or check its callouts: where a call may
//! be sent, and the secret.

use std::time::Duration;

use url::Url;

use crate::api::webhooks::{SELECT_WITH_SECRET, WebhookDocument};
use crate::failure::{Failure, Kind};
use crate::model::url::Error as UrlError;
use crate::model::{EndpointUrl, Secret, Webhook};
use crate::net::reach::reach;
use crate::operations::Session;

/// Reads a webhook, with its secret if it can be read. `doing` is for the error: `listen for`.
pub async fn read(
    session: &Session<'_>,
    id: &str,
    doing: &str,
) -> Result<WebhookDocument, Failure> {
    let read = session.webhooks.get(id, SELECT_WITH_SECRET).await;
    read.map_err(|error| Failure::from(error).about_webhook(doing, id))
}

/// The secret of a webhook. `None`: it has no secret.
///
/// # Errors
/// The webhook has a secret that cannot be read (docs/platform-api.md, "Secrets").
pub fn secret_of(webhook: &Webhook) -> Result<Option<Secret>, Failure> {
    match (&webhook.secret, webhook.readable_secret()) {
        (_, Some(secret)) => Ok(Some(Secret::new(secret))),
        (Some(_), None) => Err(Failure::usage("the platform does not return the secret")
            .with_hint("give it with --secret-env VAR or --secret-file FILE")),
        (None, None) => Ok(None),
    }
}

/// How long a connection to an endpoint may take.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// Checks that something listens at a URL.
///
/// # Errors
/// Nothing listens at the URL, or its certificate is not accepted.
pub async fn check_connection(url: &Url) -> Result<(), Failure> {
    match reach(url, MAX_CONNECT).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(Kind::Network, error.to_string())
            .with_hint("is the endpoint running? No test was started")),
    }
}

/// Checks a target: this machine is always allowed, others only with `remote` and over https.
pub fn check_reach(text: &str, remote: bool) -> Result<EndpointUrl, Failure> {
    let parsed = EndpointUrl::parse(text);
    let is_elsewhere = match &parsed {
        Ok(url) => !url.is_local(),
        Err(error) => *error == UrlError::Unencrypted,
    };
    if is_elsewhere && !remote {
        return Err(Failure::usage(format!("{text} is not on this machine"))
            .with_hint("use --remote to call other machines"));
    }
    parsed.map_err(|error| Failure::usage(format!("{text}: {error}")))
}
