//! Whether the platform will call a webhook, in one request.

use crate::model::{Webhook, webhook_type};
use crate::operations::Session;
use crate::operations::diagnosis::checks::anchor_of;
use crate::operations::diagnosis::switches::OffSwitches;

/// Why the platform will not call a webhook.
pub struct Silence {
    pub reason: String,
    /// The switch that is off, if that is the reason.
    pub off: Option<OffSwitches>,
}

/// Why the platform will not call a webhook that was just created; `None` if it will, or if that is not known.
pub async fn why_silent(session: &Session<'_>, webhook: &Webhook) -> Option<Silence> {
    let known = webhook_type::find(webhook.webhook_type.as_deref()?)?;
    let (anchor, id) = anchor_of(webhook)?;
    let object = session.webhooks.client().object_once(anchor, &id).await.ok()?;
    if object.is_published() == Some(false) {
        let status = object.status.as_deref().unwrap_or_default();
        return Some(Silence { reason: format!("{id} is {status}"), off: None });
    }
    let switch = known.certain_switch()?;
    let is_off = switch.is_on(&object.settings) == Some(false);
    is_off.then(|| Silence {
        reason: format!("settings.{} of {id} is off", switch.path),
        off: Some(OffSwitches { anchor, object_id: id, switches: vec![switch] }),
    })
}
