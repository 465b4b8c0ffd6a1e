//! Counts the callouts that are being handled, so that the program can wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The number of callouts that are being handled.
#[derive(Debug, Default)]
pub struct InFlight {
    count: AtomicUsize,
    /// Notified when one is finished.
    finished: Notify,
}

impl InFlight {
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Waits until none is left.
    pub async fn finished(&self) {
        loop {
            let finished = self.finished.notified();
            if self.count() == 0 {
                return;
            }
            finished.await;
        }
    }

    /// Counts a callout as being handled until the returned guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> InFlightGuard {
        self.count.fetch_add(1, Ordering::Relaxed);
        InFlightGuard(Arc::clone(self))
    }
}

pub(super) struct InFlightGuard(Arc<InFlight>);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
        self.0.finished.notify_waiters();
    }
}
