//! Access to a platform, and its name in messages.

use crate::api::Webhooks;

pub struct Session<'r> {
    pub webhooks: Webhooks<'r>,
    /// `profile production, api.platform.softwareone.com`
    pub place: String,
}

impl Session<'_> {
    /// Identifies the platform; see `BaseUrl::platform`.
    pub fn platform(&self) -> String {
        self.webhooks.client().base_url().platform()
    }
}
