//! The key that identifies a webhook within an account: its type and its object.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Criteria, Webhook, webhook_type};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WebhookKey {
    /// The type, in the platform's spelling if it is known.
    #[serde(rename = "type")]
    pub webhook_type: String,
    /// The ID of the product, program or form.
    pub object: String,
}

impl WebhookKey {
    /// The key of a webhook that will be created. `None` if the type's anchor is not known
    /// or not among the criteria.
    pub fn of_request(webhook_type: &str, criteria: &Criteria) -> Option<Self> {
        let known = webhook_type::find(webhook_type)?;
        Some(Self {
            webhook_type: known.name.to_owned(),
            object: criteria.get(known.anchor().criterion())?.to_owned(),
        })
    }

    /// The key of an existing webhook. `None` if its type or its object is missing.
    pub fn of(webhook: &Webhook) -> Option<Self> {
        let webhook_type = webhook_type::canonical(webhook.webhook_type.as_deref()?);
        let object = webhook.object.as_ref().and_then(|object| object.id.clone());
        let key = Self::of_request(webhook_type, &webhook.criteria);
        Some(Self {
            object: object.or(key.map(|key| key.object))?,
            webhook_type: webhook_type.to_owned(),
        })
    }
}

/// `ValidateAnswer for FRM-1111-1111`
impl fmt::Display for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.webhook_type, self.object)
    }
}
