//! Access to a platform, and its name in messages.

use crate::api::Webhooks;
use crate::operations::webhooks::shown_ids::ShownIds;

pub struct Session<'r> {
    pub webhooks: Webhooks<'r>,
    pub shown: ShownIds,
}

impl Session<'_> {
    /// `profile production, api.platform.softwareone.com`
    pub fn target_name(&self) -> String {
        self.webhooks.client().place().name()
    }

    /// Whether the token is known to belong to a client, which sees no webhooks.
    pub async fn is_client(&self) -> bool {
        let record = self.webhooks.client().token_record().await.ok().flatten();
        record.and_then(|record| record.account).is_some_and(|account| account.is_client())
    }

    /// Identifies the platform; see `BaseUrl::platform`.
    pub fn platform(&self) -> String {
        self.webhooks.client().base_url().platform()
    }
}
