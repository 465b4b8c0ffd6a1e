//! An endpoint that is started for a test, and ended with its children.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::failure::{Failure, Kind};
use crate::system::child_group::ChildGroup;
use crate::system::ports;
use crate::text::plain;

/// How long an endpoint may take until it listens.
const MAX_START: Duration = Duration::from_secs(60);

/// How long it has to end after it was asked to.
const MAX_END: Duration = Duration::from_secs(2);

/// The time between two attempts to connect.
const RETRY: Duration = Duration::from_millis(50);

/// The part of its output that is shown, in bytes; the last part.
const MAX_OUTPUT: usize = 64 * 1024;

/// A running endpoint. It ends when this is dropped.
pub struct EndpointProcess {
    child: ChildGroup,
    output: Arc<Mutex<Tail>>,
    /// Read its standard output and standard error.
    readers: Vec<JoinHandle<()>>,
    program: String,
}

/// The last part of what a program prints, whatever its length.
#[derive(Default)]
struct Tail(VecDeque<u8>);

impl Tail {
    fn add(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let surplus = self.0.len().saturating_sub(MAX_OUTPUT);
        self.0.drain(..surplus);
    }

    fn text(&self) -> String {
        let bytes: Vec<_> = self.0.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl EndpointProcess {
    /// Starts a program without a shell and without the variables of `mpt`, and waits until it listens.
    ///
    /// # Errors
    /// The port is in use, the program cannot be started, it ends, or it does not listen in time.
    pub async fn start(command: &[OsString], port: u16) -> Result<Self, Failure> {
        if is_open(port).await {
            let message = format!("--wait-for {port}: another program listens on this port");
            return Err(
                Failure::usage(message).with_hint("end it, or let the endpoint use another port")
            );
        }
        let [program, arguments @ ..] = command else {
            return Err(Failure::usage("the command of the endpoint is missing after --"));
        };
        let name = program.to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            let upper = name.to_string_lossy().to_ascii_uppercase();
            if upper.starts_with("MPT_") {
                command.env_remove(name);
            }
        }
        let mut child = ChildGroup::spawn(command, true).map_err(|error| {
            Failure::usage(format!("cannot start {name}: {error}"))
                .with_hint("give the program and its arguments after --; no shell is used")
        })?;
        let output = Arc::default();
        let stdout = child.stdout();
        let stderr = child.stderr();
        let readers = [
            stdout.map(|stdout| tokio::spawn(keep(stdout, Arc::clone(&output)))),
            stderr.map(|stderr| tokio::spawn(keep(stderr, Arc::clone(&output)))),
        ];
        let mut process =
            Self { child, output, readers: readers.into_iter().flatten().collect(), program: name };
        process.wait_until_it_listens(port).await?;
        Ok(process)
    }

    async fn wait_until_it_listens(&mut self, port: u16) -> Result<(), Failure> {
        let end = Instant::now() + MAX_START;
        while !is_open(port).await {
            if let Some(how) = self.ended() {
                let what = format!("ended before it listened on port {port} ({how})");
                return Err(self.failure(&what).await);
            }
            if Instant::now() >= end {
                let seconds = MAX_START.as_secs();
                let what =
                    format!("does not listen on port {port} of this machine after {seconds} s");
                return Err(self.failure(&what).await);
            }
            sleep(RETRY).await;
        }
        let group = self.child.id();
        if group.and_then(|group| ports::is_open_in_group(port, group)) == Some(false) {
            let what = format!("did not open port {port}: another program listens on it");
            return Err(self.failure(&what).await);
        }
        Ok(())
    }

    /// How the program ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        self.child.ended().map(plain::ended)
    }

    async fn failure(&mut self, what: &str) -> Failure {
        self.stop().await;
        let output = self.output();
        let failure = Failure::new(Kind::Check, format!("{} {what}", self.program));
        failure.with_details(output.lines().map(str::to_owned).collect())
    }

    /// Ends it with its children, and returns the end of what it has printed.
    pub async fn end(mut self) -> String {
        self.stop().await;
        self.output()
    }

    /// Asks it to end, and ends it if it does not.
    async fn stop(&mut self) {
        if self.child.ask_to_end() {
            timeout(MAX_END, self.child.wait()).await.ok();
        }
        self.child.kill();
        let ended = async {
            self.child.wait().await.ok();
            for reader in &mut self.readers {
                reader.await.ok();
            }
        };
        // A process that has left the group may still hold its output.
        timeout(MAX_END, ended).await.ok();
    }

    fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).text()
    }
}

/// Reads until the end of the output.
async fn keep(mut from: impl AsyncRead + Unpin, output: Arc<Mutex<Tail>>) {
    let mut buffer = vec![0; 8192];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        output.add(&buffer[..read]);
    }
}

async fn is_open(port: u16) -> bool {
    // Some servers listen on one of them only.
    let addresses: [SocketAddr; 2] =
        [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
    TcpStream::connect(&addresses[..]).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::{MAX_OUTPUT, Tail};

    #[test]
    fn the_last_part_is_kept() {
        let mut tail = Tail::default();
        tail.add(&vec![b'a'; MAX_OUTPUT]);
        tail.add(b"end");
        assert_eq!(tail.text().len(), MAX_OUTPUT);
        assert!(tail.text().ends_with("aend"));
    }
}
