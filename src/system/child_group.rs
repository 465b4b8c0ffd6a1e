//! A program that ends together with the programs that it has started: a process group on Unix, a job object on Windows.

use std::io;
use std::process::ExitStatus;

#[cfg(windows)]
use process_wrap::tokio::{ChildWrapper, CommandWrap, JobObject, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdout, Command};
#[cfg(unix)]
use {
    rustix::process::{Pid, Signal, kill_process_group},
    tokio::process::Child,
};

/// A running program. All of it ends when this is dropped.
pub struct ChildGroup {
    #[cfg(unix)]
    child: Child,
    /// `None`: it is in the group of `mpt`, or has ended.
    #[cfg(unix)]
    group: Option<Pid>,
    #[cfg(windows)]
    child: Box<dyn ChildWrapper>,
}

#[cfg(unix)]
impl ChildGroup {
    /// Starts a program. In the group of `mpt`, it can read from the terminal, and Ctrl-C reaches it too.
    ///
    /// # Errors
    /// The program cannot be run.
    pub fn spawn(mut command: Command, has_own_group: bool) -> io::Result<Self> {
        if has_own_group {
            command.process_group(0);
        }
        let child = command.kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = id.and_then(Pid::from_raw).filter(|_| has_own_group);
        Ok(Self { child, group })
    }

    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Asks all of it to end. Returns whether there was anyone to ask.
    pub fn ask_to_end(&self) -> bool {
        self.group.is_some_and(|group| kill_process_group(group, Signal::TERM).is_ok())
    }

    /// Ends all of it.
    pub fn kill(&mut self) {
        // An error means that it has ended.
        if let Some(group) = self.group.take() {
            kill_process_group(group, Signal::KILL).ok();
        }
        self.child.start_kill().ok();
    }
}

#[cfg(windows)]
impl ChildGroup {
    /// Starts a program. It always has a job of its own.
    ///
    /// # Errors
    /// The program cannot be run.
    pub fn spawn(command: Command, _has_own_group: bool) -> io::Result<Self> {
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop).wrap(JobObject);
        let child = command.spawn()?;
        Ok(Self { child })
    }

    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout().take()
    }

    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr().take()
    }

    /// No signal asks a program to end here.
    pub fn ask_to_end(&self) -> bool {
        false
    }

    /// Ends all of it.
    pub fn kill(&mut self) {
        // An error means that it has ended.
        self.child.start_kill().ok();
    }
}

impl ChildGroup {
    /// The ID of the program, and on Unix of its group.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// How the program has ended; `None`: it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }
}

impl Drop for ChildGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
