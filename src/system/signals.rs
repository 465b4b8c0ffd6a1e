//! Ctrl-C, SIGTERM and SIGHUP, and the changes of the size of the terminal.

#[cfg(unix)]
use tokio::signal::unix;
#[cfg(windows)]
use tokio::signal::windows;

/// Signals cannot be received.
#[derive(Debug, thiserror::Error)]
#[error("cannot receive signals: {0}")]
pub struct Error(#[from] std::io::Error);

/// The signals that ask a program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM, or the terminal was closed.
    Terminate,
}

/// Receives signals from its creation on.
pub struct Signals {
    #[cfg(unix)]
    interrupt: unix::Signal,
    #[cfg(unix)]
    terminate: unix::Signal,
    /// `None` under `nohup`, which must keep its effect.
    #[cfg(unix)]
    hangup: Option<unix::Signal>,
    #[cfg(windows)]
    interrupt: windows::CtrlC,
    #[cfg(windows)]
    interrupt_by_break: windows::CtrlBreak,
    #[cfg(windows)]
    close: windows::CtrlClose,
    #[cfg(windows)]
    shutdown: windows::CtrlShutdown,
}

#[cfg(unix)]
impl Signals {
    pub fn listen() -> Result<Self, Error> {
        use unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match is_hangup_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hangup => Signal::Terminate,
        }
    }
}

/// Whether the process was started with SIGHUP ignored. Only Linux tells without unsafe code.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(windows)]
impl Signals {
    pub fn listen() -> Result<Self, Error> {
        Ok(Self {
            interrupt: windows::ctrl_c()?,
            interrupt_by_break: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            shutdown: windows::ctrl_shutdown()?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.interrupt_by_break.recv() => Signal::Interrupt,
            _ = self.close.recv() => Signal::Terminate,
            _ = self.shutdown.recv() => Signal::Terminate,
        }
    }
}

/// Receives the changes of the size of the terminal.
pub struct Resizes {
    /// `None`: they cannot be received.
    #[cfg(unix)]
    resized: Option<unix::Signal>,
}

impl Resizes {
    pub fn listen() -> Self {
        Self {
            #[cfg(unix)]
            resized: unix::signal(unix::SignalKind::window_change()).ok(),
        }
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(resized) = &mut self.resized {
            resized.recv().await;
            return;
        }
        std::future::pending().await
    }
}
