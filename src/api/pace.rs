//! As many requests as the service bears: after a 429 all of them rest, and then come one by one, at
//! the pace at which it let them through before.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Shared by all requests of a client.
#[derive(Debug, Default)]
pub struct Pace {
    /// Before this no request is sent.
    rest_until: Cell<Option<Instant>>,
    /// The time between two requests.
    gap: Cell<Duration>,
    /// When the next request may go.
    next_turn: Cell<Option<Instant>>,
    /// How many requests passed since the last rest began.
    passed: Cell<u32>,
    rested_at: Cell<Option<Instant>>,
}

const SHORTEST_GAP: Duration = Duration::from_millis(4);
const LONGEST_GAP: Duration = Duration::from_secs(1);

impl Pace {
    pub fn passed(&self) {
        self.passed.set(self.passed.get().saturating_add(1));
    }

    /// After a 429 that asks for a rest.
    pub fn slow_down(&self, rest: Duration) {
        let now = Instant::now();
        // Those that were on their way at the same time are told the same.
        if self.rest_until.get().is_none_or(|until| until <= now) {
            let measured = self
                .rested_at
                .get()
                .map(|at| (now - at) / self.passed.get().max(1));
            let gap = (self.gap.get() * 2).max(measured.unwrap_or_default());
            self.gap.set(gap.clamp(SHORTEST_GAP, LONGEST_GAP));
            self.rested_at.set(Some(now));
            self.passed.set(0);
        }
        self.rest_until
            .set(self.rest_until.get().max(Some(now + rest)));
    }

    /// Waits for the rest to be over, and for this request's turn.
    pub async fn turn(&self) {
        let (Some(until), gap) = (self.rest_until.get(), self.gap.get()) else {
            return;
        };
        let now = Instant::now();
        let turn = self.next_turn.get().unwrap_or(now).max(until).max(now);
        self.next_turn.set(Some(turn + gap));
        // All goes well again: a little faster.
        self.gap.set(gap.mul_f64(0.97));
        sleep_until(turn).await;
    }
}
