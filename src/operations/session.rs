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

    /// Identifies the platform; see `BaseUrl::platform`.
    pub fn platform(&self) -> String {
        self.webhooks.client().base_url().platform()
    }
}
