//! An endpoint that is started for a test, and ended with everything that it has started.

use std::ffi::OsString;
use std::io::{Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::failure::{Failure, Kind};

/// How long an endpoint may take until it listens.
const MAX_START: Duration = Duration::from_secs(60);

/// The time between two attempts to connect.
const RETRY: Duration = Duration::from_millis(50);

/// The part of its output that is kept, in bytes; the last part.
const MAX_OUTPUT: u64 = 64 * 1024;

/// A running endpoint. It ends when this is dropped.
pub struct EndpointProcess {
    child: Box<dyn ChildWrapper>,
    /// Its standard output and standard error.
    output: std::fs::File,
    program: String,
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
            return Err(Failure::usage(
                "the command of the endpoint is missing after --",
            ));
        };
        let name = program.to_string_lossy().into_owned();
        let internal = |error: std::io::Error| {
            let message = format!("cannot keep the output of the endpoint: {error}");
            Failure::new(Kind::Internal, message)
        };
        let output = tempfile::tempfile().map_err(internal)?;
        let (stdout, stderr) = (
            output.try_clone().map_err(internal)?,
            output.try_clone().map_err(internal)?,
        );
        let mut wrap = CommandWrap::with_new(program, |command| {
            command
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::from(stdout))
                .stderr(Stdio::from(stderr));
            for (name, _) in std::env::vars_os() {
                if name
                    .to_string_lossy()
                    .to_ascii_uppercase()
                    .starts_with("MPT_")
                {
                    command.env_remove(name);
                }
            }
        });
        wrap.wrap(KillOnDrop);
        #[cfg(unix)]
        wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        wrap.wrap(process_wrap::tokio::JobObject);
        let child = wrap
            .spawn()
            .map_err(|error| Failure::usage(format!("cannot start {name}: {error}")))?;
        let mut process = Self {
            child,
            output,
            program: name,
        };
        process.wait_until_it_listens(port).await?;
        Ok(process)
    }

    async fn wait_until_it_listens(&mut self, port: u16) -> Result<(), Failure> {
        let end = Instant::now() + MAX_START;
        while !is_open(port).await {
            if let Some(how) = self.ended() {
                return Err(
                    self.failure(&format!("ended before it listened on port {port} ({how})"))
                );
            }
            if Instant::now() >= end {
                let seconds = MAX_START.as_secs();
                return Err(
                    self.failure(&format!("does not listen on port {port} after {seconds} s"))
                );
            }
            sleep(RETRY).await;
        }
        Ok(())
    }

    /// How the program ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(status.to_string())
    }

    fn failure(&mut self, what: &str) -> Failure {
        let output = self.output();
        let failure = Failure::new(Kind::Check, format!("{} {what}", self.program));
        failure.with_details(output.lines().map(str::to_owned).collect())
    }

    /// The end of what it has printed.
    pub fn output(&mut self) -> String {
        let length = self.output.seek(SeekFrom::End(0)).unwrap_or_default();
        let start = length.saturating_sub(MAX_OUTPUT);
        let mut bytes = Vec::new();
        let read = self
            .output
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.output.read_to_end(&mut bytes));
        match read {
            Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => format!("its output cannot be read: {error}"),
        }
    }
}

impl Drop for EndpointProcess {
    fn drop(&mut self) {
        // The whole process group or job. An error means that it has ended.
        self.child.start_kill().ok();
    }
}

async fn is_open(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect(address).await.is_ok()
}
