//! Limits the rate of requests: after a 429 all requests pause, and then continue one by one, at
//! the rate that the platform accepted before.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The rate limit shared by all requests of a client.
#[derive(Debug, Default)]
pub struct Pace {
    /// No request is sent before this time.
    rest_until: Cell<Option<Instant>>,
    /// The time between two requests.
    gap: Cell<Duration>,
    /// When the next request may be sent.
    next_turn: Cell<Option<Instant>>,
    /// The number of requests that succeeded since the last pause began.
    passed: Cell<u32>,
    rested_at: Cell<Option<Instant>>,
}

const MIN_INTERVAL: Duration = Duration::from_millis(4);
const MAX_INTERVAL: Duration = Duration::from_secs(1);

impl Pace {
    pub fn passed(&self) {
        self.passed.set(self.passed.get().saturating_add(1));
    }

    /// Called after a 429 that asks for a pause.
    pub fn slow_down(&self, rest: Duration) {
        let now = Instant::now();
        // Requests that were sent at the same time get the same response.
        if self.rest_until.get().is_none_or(|until| until <= now) {
            let measured = self.rested_at.get().map(|at| (now - at) / self.passed.get().max(1));
            let gap = (self.gap.get() * 2).max(measured.unwrap_or_default());
            self.gap.set(gap.clamp(MIN_INTERVAL, MAX_INTERVAL));
            self.rested_at.set(Some(now));
            self.passed.set(0);
        }
        self.rest_until.set(self.rest_until.get().max(Some(now + rest)));
    }

    /// Waits until the pause is over and this request may be sent.
    pub async fn turn(&self) {
        while let Some(until) = self.rest_until.get() {
            let gap = self.gap.get();
            let now = Instant::now();
            let turn = self.next_turn.get().unwrap_or(now).max(until).max(now);
            self.next_turn.set(Some(turn + gap));
            // Requests succeed again, so increase the rate a little.
            self.gap.set(gap.mul_f64(0.97));
            sleep_until(turn).await;
            // Another request may have been refused in the meantime; then this one waits again.
            if self.rest_until.get() <= Some(Instant::now()) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::Instant;

    use super::{MIN_INTERVAL, Pace};

    #[tokio::test(start_paused = true)]
    async fn after_a_pause_requests_come_one_by_one() {
        let pace = Pace::default();
        let began = Instant::now();
        join_all((0..10).map(|_| pace.turn())).await;
        assert_eq!(began.elapsed(), Duration::ZERO, "nothing was refused yet");
        let rest = Duration::from_secs(1);
        pace.slow_down(rest);
        let turn = async || {
            pace.turn().await;
            began.elapsed()
        };
        let times = join_all((0..10).map(|_| turn())).await;
        assert!(times[0] >= rest);
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        // The interval becomes a little shorter with each; the timer has a resolution of 1 ms.
        assert!(gaps.clone().all(|gap| gap <= MIN_INTERVAL + Duration::from_millis(1)));
        assert!(gaps.clone().all(|gap| gap > Duration::ZERO), "{times:?}");
    }
}
