//! Prints lines on a separate thread, so that a reader that stops reading, such as a pager,
//! does not block the program.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::{Error, has_reader};

pub struct Printer {
    lines: SyncSender<String>,
    /// The result of the thread, once it is known.
    ended: Option<oneshot::Receiver<Result<(), Error>>>,
    given: Cell<u64>,
    written: watch::Receiver<u64>,
}

/// The maximum number of waiting lines.
const MAX_LINES: usize = 10_000;

impl Printer {
    pub fn start() -> Self {
        let (lines, waiting) = sync_channel::<String>(MAX_LINES);
        let (tell, ended) = oneshot::channel();
        let (count, written) = watch::channel(0);
        std::thread::spawn(move || {
            let mut lines = waiting.into_iter();
            let how = lines.try_for_each(|line| {
                let written = super::write_stdout(line.as_bytes());
                if written.is_err() || !has_reader() {
                    return ControlFlow::Break(written);
                }
                count.send_modify(|count| *count += 1);
                ControlFlow::Continue(())
            });
            let how = how.break_value().unwrap_or(Ok(()));
            // The receiver may be gone.
            tell.send(how).ok();
        });
        Self { lines, ended: Some(ended), given: Cell::new(0), written }
    }

    /// Queues a line. If too many lines are waiting, the line is dropped.
    pub fn print(&self, line: String) {
        self.given.set(self.given.get().saturating_add(1));
        self.lines.try_send(line).ok();
    }

    /// Waits until the lines so far are printed, up to a limit.
    pub async fn printed(&self, patience: Duration) {
        let given = self.given.get();
        let mut written = self.written.clone();
        // If the thread has ended, `ended` says why.
        tokio::time::timeout(patience, written.wait_for(|count| *count >= given)).await.ok();
    }

    /// Completes once, when nothing can be printed any more.
    /// `Ok`: the reader of standard output has gone away.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub async fn ended(&mut self) -> Result<(), Error> {
        let Some(ended) = &mut self.ended else {
            return std::future::pending().await;
        };
        let how = ended.await;
        self.ended = None;
        how.unwrap_or(Ok(()))
    }

    /// Waits until all lines are printed, up to a limit. Returns the number of lines that were not printed.
    pub async fn finish(self, patience: Duration) -> u64 {
        drop(self.lines);
        if let Some(ended) = self.ended {
            tokio::time::timeout(patience, ended).await.ok();
        }
        self.given.get().saturating_sub(*self.written.borrow())
    }
}
