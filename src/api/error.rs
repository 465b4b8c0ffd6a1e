//! The errors of a request to the platform.

use std::sync::Arc;
use std::time::Duration;

use super::{Place, ProblemDetails};
use crate::net::log::status_line;
use crate::net::{http, proxy};
use crate::text::duration;

/// Whether a request that changes something took effect. Ordered: of several attempts of one request, the greatest value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The platform did not make the change.
    NotDone,
    /// It is unknown: the response was lost, or the platform failed at an unknown point.
    Unknown,
    /// The platform made the change.
    Done,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The platform responded with an error status.
    #[error("{} from {place}", status_line(*.status))]
    Refused {
        status: u16,
        place: Arc<Place>,
        /// The path below `/public/v1`, such as `notifications/webhooks/WBH-1234-5678`.
        path: String,
        problem: Box<ProblemDetails>,
        /// The wait that `Retry-After` asks for.
        retry_after: Option<Duration>,
    },
    #[error("redirected to {location}; redirects are not followed")]
    Redirect { status: u16, location: String },
    /// A response that does not follow the API, such as a success without JSON.
    #[error("cannot understand the response of {place}: {reason}")]
    Unreadable { status: Option<u16>, place: Arc<Place>, reason: String },
    /// The platform accepted a request to enable or disable, and the webhook has another status.
    #[error("after the request, the webhook is {0}")]
    NotSwitched(String),
    /// The platform accepted an update, and has stored something else.
    #[error("after the request, {0}")]
    NotStored(String),
    /// Someone else has changed what a request would have replaced; it was not sent.
    #[error("{0} was changed in the meantime")]
    Changed(String),
    /// No connection was made, so nothing was sent.
    #[error("cannot connect to {address}: {reason}")]
    Connect { address: String, reason: String },
    /// The proxy refused the connection, so nothing was sent.
    #[error(transparent)]
    Proxy(proxy::Failure),
    #[error("TLS failed with {address}: {reason}")]
    Tls { address: String, reason: String },
    #[error("timed out after {} waiting for {place}", duration::shown(*.after))]
    TimedOut { place: Arc<Place>, after: Duration },
    /// The connection ended before the response was complete.
    #[error("the connection to {place} was lost: {reason}")]
    Broken { place: Arc<Place>, reason: String },
    /// The last attempt was refused, but an earlier one may have taken effect.
    #[error("{0} (an earlier attempt may have taken effect)")]
    MaybeDone(Box<Error>),
    /// The change was made, but the webhook could not be read back.
    #[error("the change was made, but the webhook cannot be read back: {0}")]
    ReadBackFailed(Box<Error>),
    #[error("cannot use {what}: {reason}")]
    Setup { what: String, reason: String },
    #[error("the token would be sent unencrypted to {0}")]
    Insecure(String),
    #[error("`{0}` cannot be used in a URL path")]
    Id(String),
}

impl From<crate::net::tls::Error> for Error {
    fn from(error: crate::net::tls::Error) -> Self {
        Self::Setup { what: error.what, reason: error.reason }
    }
}

impl Error {
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Redirect { status, .. } => Some(*status),
            Self::Unreadable { status, .. } => *status,
            Self::MaybeDone(error) | Self::ReadBackFailed(error) => error.status(),
            _ => None,
        }
    }

    /// Whether the change of a failed request took effect.
    pub fn fate(&self) -> Fate {
        match self {
            // A proxy may answer these after it has sent the request on.
            Self::Refused { status: 408 | 499 | 500.., .. }
            | Self::Redirect { status: 302 | 303, .. } => Fate::Unknown,
            Self::Unreadable { .. }
            | Self::NotSwitched(_)
            | Self::NotStored(_)
            | Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::MaybeDone(_)
            | Self::ReadBackFailed(_) => Fate::Unknown,
            Self::Refused { .. }
            | Self::Redirect { .. }
            | Self::Connect { .. }
            | Self::Proxy(_)
            | Self::Tls { .. }
            | Self::Changed(_)
            | Self::Setup { .. }
            | Self::Insecure(_)
            | Self::Id(_) => Fate::NotDone,
        }
    }

    /// The error after earlier attempts of the same change.
    #[must_use]
    pub fn after(self, earlier: Fate) -> Self {
        if earlier > self.fate() {
            return Self::MaybeDone(Box::new(self));
        }
        self
    }

    pub(super) fn of_transport(
        error: &reqwest::Error,
        place: &Arc<Place>,
        timeout: Duration,
    ) -> Self {
        let chain = http::causes(error);
        let text = http::innermost(error);
        let address = error.url().map(http::address).unwrap_or_default() + &place.suffix();
        let is_tls = chain.iter().any(|error| error.is::<rustls::Error>());
        if error.is_connect() {
            if is_tls {
                return Self::Tls { address, reason: text };
            }
            let reason = if error.is_timeout() { "timed out".to_owned() } else { text };
            return Self::Connect { address, reason };
        }
        if error.is_timeout() {
            return Self::TimedOut { place: place.clone(), after: timeout };
        }
        let hyper = chain.iter().find_map(|error| error.downcast_ref::<hyper::Error>());
        if hyper.is_some_and(hyper::Error::is_parse) {
            return Self::Unreadable {
                status: None,
                place: place.clone(),
                reason: format!("not HTTP ({text})"),
            };
        }
        Self::Broken { place: place.clone(), reason: text }
    }
}
