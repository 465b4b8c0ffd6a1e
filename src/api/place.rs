//! Where requests go, and with which token, for messages.

use std::fmt;

/// Where requests go: `api.platform.softwareone.com (profile production)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The host, with the port if it is not the default.
    pub host: String,
    /// `profile production`, or where the token comes from; may be empty.
    pub access: String,
    /// The token: `the token idt:TKN-1234-5678:******** of profile production (token_env)`.
    pub token: String,
}

impl Place {
    /// What follows an address: ` (profile production)`.
    pub fn suffix(&self) -> String {
        if self.access.is_empty() { String::new() } else { format!(" ({})", self.access) }
    }

    /// For headings and questions: `profile production, api.platform.softwareone.com`.
    pub fn name(&self) -> String {
        match (self.access.as_str(), self.host.as_str()) {
            ("", host) => host.to_owned(),
            (access, "") => access.to_owned(),
            (access, host) if access.starts_with("profile ") => format!("{access}, {host}"),
            (access, host) => format!("{host}, {access}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.as_str() {
            "" => f.write_str(&self.access),
            host => write!(f, "{host}{}", self.suffix()),
        }
    }
}
