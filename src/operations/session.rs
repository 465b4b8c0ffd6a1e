//! Access to a platform, and its name in messages.

use crate::api::Webhooks;
use crate::operations::webhooks::shown_ids::ShownIds;

pub struct Session<'r> {
    pub webhooks: Webhooks<'r>,
    /// `profile production, api.platform.softwareone.com`
    pub target_name: String,
    pub shown: ShownIds,
}

impl Session<'_> {
    /// Identifies the platform; see `BaseUrl::platform`.
    pub fn platform(&self) -> String {
        self.webhooks.client().base_url().platform()
    }
}
