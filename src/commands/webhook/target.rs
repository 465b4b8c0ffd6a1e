//! The endpoint that a webhook names, for commands that call it or check what it is sent.

use serde_json::Value;
use url::Url;

use super::secret::SecretSource;
use crate::api::webhooks::SELECT_WITH_SECRET;
use crate::commands::shared::{Context, Session};
use crate::failure::Failure;
use crate::model::url::{is_loopback, parse_http};
use crate::model::{Secret, Webhook};

/// A webhook as it is on the platform, with its secret where that can be read.
pub async fn read(session: &Session<'_>, id: &str, what_for: &str) -> Result<Value, Failure> {
    let read = session.webhooks.get(id, SELECT_WITH_SECRET).await;
    read.map_err(|error| Failure::from(error).while_trying(what_for))
}

/// The secret that flags name, else the one that the platform gives. `None`: the webhook has none.
///
/// # Errors
/// It has one that cannot be read back (CONTRACT.md, "secret").
pub async fn secret(
    flags: &SecretSource,
    webhook: Option<&Webhook>,
) -> Result<Option<Secret>, Failure> {
    if let Some(secret) = flags.read().await? {
        return Ok(Some(secret));
    }
    let Some(webhook) = webhook else {
        return Ok(None);
    };
    match (&webhook.secret, webhook.readable_secret()) {
        (_, Some(secret)) => Ok(Some(Secret::new(secret))),
        (Some(_), None) => Err(Failure::usage("the platform does not give the secret back")
            .with_hint("--secret-env VAR or --secret-file FILE says it")),
        (None, None) => Ok(None),
    }
}

/// The secret that flags name, else that of a webhook; a secret that is given needs no platform.
pub async fn secret_of(
    id: Option<&str>,
    flags: &SecretSource,
    context: &Context,
) -> anyhow::Result<Option<Secret>> {
    let webhook = match id {
        Some(id) if !flags.is_given() => {
            let session = context.connect().await?;
            let document = read(&session, id, &format!("read the secret of {id}")).await?;
            Some(Webhook::of(&document))
        }
        _ => None,
    };
    Ok(secret(flags, webhook.as_ref()).await?)
}

/// Checks where a call may go: to this machine freely, elsewhere only over https and when asked for.
pub fn check_reach(url: &str, remote: bool) -> Result<Url, Failure> {
    let parsed = parse_http(url).map_err(|error| Failure::usage(format!("{url}: {error}")))?;
    if is_loopback(&parsed) {
        return Ok(parsed);
    }
    if !remote {
        return Err(Failure::usage(format!("{url} is not on this machine"))
            .with_hint("--remote calls it all the same"));
    }
    if parsed.scheme() != "https" {
        return Err(Failure::usage(format!(
            "{url}: http:// is for this machine only"
        )));
    }
    Ok(parsed)
}
