//! The secret from flags, otherwise that of a webhook on the platform.

use super::Context;
use super::secret_args::SecretArg;
use crate::failure::Failure;
use crate::model::{Secret, Webhook};
use crate::operations::endpoints::target;

/// `None`: neither the flags nor the webhook have a secret.
///
/// # Errors
/// The webhook has a secret that cannot be read.
pub async fn of_webhook(
    flags: &SecretArg,
    webhook: Option<&Webhook>,
) -> Result<Option<Secret>, Failure> {
    match (flags.read().await?, webhook) {
        (Some(secret), _) => Ok(Some(secret)),
        (None, Some(webhook)) => target::secret_of(webhook),
        (None, None) => Ok(None),
    }
}

/// The same for a webhook by its ID. The platform is not contacted if a secret is given.
pub async fn of_id(
    flags: &SecretArg,
    id: Option<&str>,
    context: &Context,
) -> Result<Option<Secret>, Failure> {
    let webhook = match id {
        Some(id) if !flags.is_given() => {
            let session = context.connect().await?;
            Some(target::read(&session, id, "read the secret of").await?)
        }
        _ => None,
    };
    of_webhook(flags, webhook.as_deref()).await
}
