//! Which requests are retried, and after how long.

use std::cell::Cell;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Error;
use crate::net::proxy::Failure::Refused;
use crate::system::random;

/// Whether a failed request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Sending it twice has the same effect as once.
    Always,
    /// It must take effect once: only sent again if it certainly had no effect.
    IfNotSent,
}

/// The longest wait that `mpt` accepts.
pub const MAX_PAUSE: Duration = Duration::from_secs(60);

const MAX_BACKOFF: Duration = Duration::from_secs(30);

impl Retry {
    pub fn allows(self, error: &Error) -> bool {
        match error {
            Error::Connect { .. }
            | Error::Proxy(Refused { status: Some(502..=504), .. })
            | Error::Refused { status: 429, .. } => true,
            Error::Refused { status: 502..=504, .. } | Error::Broken { .. } => self == Self::Always,
            _ => false,
        }
    }
}

/// A number of retries that several requests share.
#[derive(Debug)]
pub struct Retries {
    left: Cell<u32>,
    pub all: u32,
}

impl Retries {
    pub fn new(all: u32) -> Self {
        Self { left: Cell::new(all), all }
    }

    pub fn are_left(&self) -> bool {
        self.left.get() > 0
    }

    /// Uses one; its number, from 1.
    pub fn take(&self) -> u32 {
        self.left.set(self.left.get().saturating_sub(1));
        self.all - self.left.get()
    }
}

/// The pause before retry `n` (from 1): 250 ms × 2^(n−1), ±20 %, at most 30 s.
pub fn backoff(n: u32) -> Duration {
    let base = Duration::from_millis(250) * 2_u32.saturating_pow(n.saturating_sub(1).min(16));
    base.mul_f64(0.8 + 0.4 * random::fraction()).min(MAX_BACKOFF)
}

/// Reads `Retry-After`: seconds, or an HTTP date. A value that cannot be understood asks for a
/// longer wait than any.
pub fn retry_after(value: &str, now: Timestamp) -> Duration {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Duration::from_secs(seconds);
    }
    let wait = http_date(value).map(|at| at.duration_since(now).max(SignedDuration::ZERO));
    wait.and_then(|wait| wait.try_into().ok()).unwrap_or(Duration::MAX)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
pub fn http_date(value: &str) -> Option<Timestamp> {
    httpdate::parse_http_date(value.trim()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::proptest;

    use super::{backoff, retry_after};

    #[test]
    fn pauses_double_within_their_spread() {
        assert!(backoff(100) <= Duration::from_secs(30));
        for (n, millis) in [(1, 250.0), (2, 500.0), (3, 1000.0), (5, 4000.0)] {
            let pause = backoff(n).as_secs_f64() * 1000.0;
            assert!((millis * 0.79..=millis * 1.21).contains(&pause), "{n}: {pause}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "1994-11-06T08:49:30Z".parse().unwrap();
        for (value, seconds) in
            [("2", 2), ("Sun, 06 Nov 1994 08:49:37 GMT", 7), ("Sun, 06 Nov 1994 08:49:20 GMT", 0)]
        {
            assert_eq!(retry_after(value, now), Duration::from_secs(seconds));
        }
        let in_the_far_future = "Fri, 31 Dec 9999 23:59:59 GMT";
        for value in ["soon", "99999999999999999999", "-1", in_the_far_future] {
            assert!(retry_after(value, now) > super::MAX_PAUSE, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(value: String) {
            retry_after(&value, jiff::Timestamp::UNIX_EPOCH);
        }
    }
}
