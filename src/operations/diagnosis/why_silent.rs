//! Whether the platform will call a webhook, in one request.

use serde_json::Value;

use crate::model::{Webhook, webhook_type};
use crate::operations::Session;
use crate::operations::diagnosis::checks::anchor_of;

/// Why the platform will not call a webhook that was just created; `None` if it will, or if that is not known.
pub async fn why_silent(session: &Session<'_>, webhook: &Webhook) -> Option<String> {
    let known = webhook_type::find(webhook.webhook_type.as_deref()?)?;
    let (anchor, id) = anchor_of(webhook)?;
    let object = session.webhooks.client().object_once(anchor, &id).await.ok()?;
    if object.is_published() == Some(false) {
        let status = object.status.as_deref().unwrap_or_default();
        return Some(format!("{id} is {status}"));
    }
    let switch = known.switch.as_ref().filter(|switch| switch.is_certain)?;
    let is_off = switch.value_in(&object.settings) == Some(&Value::Bool(false));
    is_off.then(|| format!("settings.{} of {id} is off", switch.path))
}
