//! The way to a platform, and how to name it to a person.

use crate::api::Webhooks;

pub struct Session<'r> {
    pub webhooks: Webhooks<'r>,
    /// `profile production, api.platform.softwareone.com`
    pub place: String,
}

impl Session<'_> {
    /// What identifies the platform; see `BaseUrl::platform`.
    pub fn platform(&self) -> String {
        self.webhooks.client().base_url().platform()
    }
}
