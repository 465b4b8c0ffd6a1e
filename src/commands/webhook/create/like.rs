//! `create --like`: what is not given is taken from another webhook.

use crate::commands::shared::Context;
use crate::commands::shared::body_args::BodyArgs;
use crate::failure::Failure;
use crate::model::{Anchor, Criteria, Secret, WebhookBody, webhook_type};
use crate::operations::Session;
use crate::operations::endpoints::target;

/// Completes a body from the webhook with this ID. Its object is taken over if the type is for such an object, and no
/// other is given.
///
/// # Errors
/// The webhook cannot be read, or it has a secret that cannot be read and none is given.
pub async fn complete<'c>(
    body: &mut WebhookBody,
    id: &str,
    has_no_secret: bool,
    given: &BodyArgs,
    context: &'c Context,
) -> Result<Session<'c>, Failure> {
    let session = context.connect().await?;
    let sibling = target::read(&session, id, "read").await?;
    if body.webhook_type.is_none() {
        body.webhook_type.clone_from(&sibling.webhook_type);
    }
    if body.url.is_none() {
        body.url.clone_from(&sibling.url);
    }
    if body.description.is_none() {
        body.description = sibling.description.clone().map(Some);
    }
    let own = body.criteria().cloned().unwrap_or_default();
    let known = body.webhook_type.as_deref().and_then(webhook_type::find);
    let names_object = Anchor::ALL.into_iter().any(|anchor| own.get(anchor.criterion()).is_some());
    let fits = |key: &str| match Anchor::ALL.into_iter().find(|one| one.criterion() == key) {
        Some(anchor) => !names_object && known.is_none_or(|known| known.anchor() == anchor),
        None => true,
    };
    let others = sibling.criteria.iter().filter(|(key, _)| fits(key));
    let others: Criteria = others.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    body.criteria = Some(Some(others.merged(&own)));
    if body.secret.is_none() && !has_no_secret && !given.secret.is_given() {
        let secret: Option<Secret> = target::secret_of(&sibling).map_err(|failure| Failure {
            message: format!("cannot take the secret of {id}: {}", failure.message),
            ..failure
        })?;
        body.secret = secret.map(Some);
    }
    Ok(session)
}
