//! The parent's side: starts the child process, sends documents, collects results.

use std::cell::{Cell, RefCell};
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::Runtime;

use super::child::ARGUMENT;
use super::filter::excerpt;
use super::{Expression, Reply};
use crate::text::json::Layout;

#[cfg(windows)]
const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("--jq: {0}")]
    Syntax(String),
    /// The filter failed on a document.
    #[error("the filter of --jq, `{filter}`, {reason}")]
    Failed { filter: String, reason: String },
    #[error("interrupted")]
    Interrupted,
    #[error("cannot run the filter of --jq in a child process: {0}")]
    Child(#[from] io::Error),
}

/// A compiled filter in a child process. The process is killed when the value is dropped.
pub struct Process {
    expression: Expression,
    running: RefCell<Running>,
    /// Whether the child process has ended, or still works on a document that took too long.
    has_ended: Cell<bool>,
    /// Whether Ctrl-C ends the filter.
    is_interruptible: Cell<bool>,
    runtime: Runtime,
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts the child process and compiles the expression.
    ///
    /// # Errors
    /// The expression is not a jq expression, or the child process cannot be started.
    pub fn start(expression: &Expression) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut running = {
            let _guard = runtime.enter();
            Running::start(expression)?
        };
        let waiting = Waiting { expression, is_interruptible: true };
        waiting.wait(&runtime, running.replies(), &Cell::new(false)).map_err(
            |error| match error {
                Error::Failed { reason, .. } => Error::Syntax(format!("the expression {reason}")),
                error => error,
            },
        )?;
        Ok(Self {
            expression: expression.clone(),
            runtime,
            has_ended: Cell::new(false),
            is_interruptible: Cell::new(true),
            running: RefCell::new(running),
        })
    }

    /// From now on, Ctrl-C does not end the filter: what was done is still reported.
    pub fn outlive_interrupts(&self) {
        self.is_interruptible.set(false);
    }

    /// The results of the filter for a JSON document on one line, a line each: strings raw, other values as JSON in the given layout.
    ///
    /// # Errors
    /// The filter fails, takes too long or needs too much memory, or Ctrl-C is pressed.
    pub fn run(&self, document: &str, layout: Layout) -> Result<String, Error> {
        let layout = match layout {
            Layout::Pretty => "pretty",
            Layout::Compact => "compact",
        };
        let request = format!("{} {layout}\n{document}\n", document.len()).into_bytes();
        if self.has_ended.replace(false) {
            self.restart()?;
        }
        let running: &mut Running = &mut self.running.borrow_mut();
        let exchange = async {
            // If the child process has ended, reading its replies says why.
            let written = running.input.write_all(&request).await;
            if written.is_ok() {
                running.input.flush().await.ok();
            }
            drop(request);
            running.replies().await
        };
        self.wait(exchange)
    }

    /// Starts the child process again, after a filter has ended it or took too long.
    fn restart(&self) -> Result<(), Error> {
        let mut running = {
            let _guard = self.runtime.enter();
            Running::start(&self.expression)?
        };
        self.wait(running.replies())?;
        *self.running.borrow_mut() = running;
        Ok(())
    }

    fn wait(
        &self,
        work: impl Future<Output = Result<String, NoReply>> + Send,
    ) -> Result<String, Error> {
        let waiting =
            Waiting { expression: &self.expression, is_interruptible: self.is_interruptible.get() };
        waiting.wait(&self.runtime, work, &self.has_ended)
    }
}

impl Running {
    fn start(expression: &Expression) -> io::Result<Self> {
        let pairs = expression.arguments.iter();
        let mut command = Command::new(std::env::current_exe()?);
        // Ctrl-C on the terminal reaches every process of the group; this one still filters the report.
        #[cfg(unix)]
        command.process_group(0);
        #[cfg(windows)]
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
        let mut child = command
            .arg(ARGUMENT)
            .arg(&expression.text)
            .args(pairs.flat_map(|(name, value)| [name, value]))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        let output = BufReader::new(output);
        Ok(Self { child, input, output })
    }

    /// Reads the replies to one request.
    async fn replies(&mut self) -> Result<String, NoReply> {
        let mut results = String::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.output.read_until(b'\n', &mut line).await? == 0 {
                self.child.wait().await?;
                return Err(NoReply::Exited);
            }
            match serde_json::from_slice(&line).map_err(io::Error::from)? {
                Reply::Done => return Ok(results),
                Reply::Result(text) => {
                    results.push_str(&text);
                    results.push('\n');
                }
                Reply::Syntax(message) => return Err(NoReply::Syntax(message)),
                Reply::Failed(reason) => return Err(NoReply::Failed(reason)),
            }
        }
    }
}

/// Why there is no result.
enum NoReply {
    Syntax(String),
    Failed(String),
    TooSlow,
    /// The child process has ended.
    Exited,
    Interrupted,
    Io(io::Error),
}

impl From<io::Error> for NoReply {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// How the parent waits for the child process.
struct Waiting<'a> {
    expression: &'a Expression,
    is_interruptible: bool,
}

impl Waiting<'_> {
    /// Waits for the child process, for Ctrl-C, and for the time limit. Callers may already run in a runtime, which
    /// forbids to block on another one in the same thread.
    fn wait(
        &self,
        runtime: &Runtime,
        work: impl Future<Output = Result<String, NoReply>> + Send,
        has_ended: &Cell<bool>,
    ) -> Result<String, Error> {
        let timeout = self.expression.timeout;
        let limited = async {
            tokio::select! {
                biased;
                Ok(()) = tokio::signal::ctrl_c(), if self.is_interruptible => Err(NoReply::Interrupted),
                ended = tokio::time::timeout(timeout, work) => {
                    ended.unwrap_or(Err(NoReply::TooSlow))
                }
            }
        };
        let ended = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(limited)).join());
        let failed =
            |reason: String| Error::Failed { filter: excerpt(&self.expression.text), reason };
        match ended {
            Ok(Ok(results)) => Ok(results),
            Ok(Err(NoReply::Syntax(message))) => Err(Error::Syntax(message)),
            Ok(Err(NoReply::Failed(reason))) => Err(failed(reason)),
            Ok(Err(NoReply::TooSlow)) => {
                has_ended.set(true);
                Err(failed(too_slow(timeout)))
            }
            Ok(Err(NoReply::Interrupted)) => Err(Error::Interrupted),
            Ok(Err(NoReply::Exited)) | Err(_) => {
                has_ended.set(true);
                Err(failed("needs too much memory or too deep a recursion".to_owned()))
            }
            Ok(Err(NoReply::Io(error))) => Err(Error::Child(error)),
        }
    }
}

fn too_slow(limit: Duration) -> String {
    format!("takes longer than {limit:?}; allow more with --timeout")
}
