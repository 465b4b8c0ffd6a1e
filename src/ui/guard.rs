//! Restores the terminal after a question or live text.

use std::io::{self, Write};

/// How long a question takes to draw itself.
const SETTLING: std::time::Duration = std::time::Duration::from_millis(50);

/// Restores the terminal if a question is aborted.
pub struct TerminalGuard {
    /// Whether a question is asked on the other thread.
    pub is_asking: bool,
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl TerminalGuard {
    pub fn new() -> Self {
        Self {
            is_asking: false,
            #[cfg(unix)]
            before: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }

    pub fn without_echo() -> Self {
        let guard = Self::new();
        #[cfg(unix)]
        if let Some(before) = &guard.before {
            use rustix::termios::{LocalModes, OptionalActions, tcsetattr};
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            // Without this, only text that is typed too early is seen.
            tcsetattr(io::stdin(), OptionalActions::Now, &hidden).ok();
        }
        guard
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        if self.is_asking {
            // The question may just be changing the terminal, which would come after this.
            std::thread::sleep(SETTLING);
        }
        #[cfg(unix)]
        if let Some(before) = &self.before {
            use rustix::termios::{OptionalActions, tcsetattr};
            // An error cannot be reported without a terminal.
            tcsetattr(io::stdin(), OptionalActions::Now, before).ok();
        }
        if self.is_asking {
            // What follows is not written into the rows of a list.
            write!(io::stderr(), "\x1b[J\r\n").ok();
        }
        // Shows the cursor, and ends bracketed paste.
        write!(io::stderr(), "\x1b[?25h\x1b[?2004l").ok();
    }
}
