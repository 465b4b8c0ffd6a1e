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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut running = {
            let _guard = runtime.enter();
            Running::start(expression)?
        };
        let has_ended = Cell::new(false);
        wait(&runtime, expression, running.replies(), &has_ended).map_err(|error| match error {
            Error::Failed { reason, .. } => Error::Syntax(format!("the expression {reason}")),
            error => error,
        })?;
        Ok(Self {
            expression: expression.clone(),
            runtime,
            has_ended,
            running: RefCell::new(running),
        })
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
        wait(&self.runtime, &self.expression, exchange, &self.has_ended)
    }

    /// Starts the child process again, after a filter has ended it or took too long.
    fn restart(&self) -> Result<(), Error> {
        let mut running = {
            let _guard = self.runtime.enter();
            Running::start(&self.expression)?
        };
        wait(
            &self.runtime,
            &self.expression,
            running.replies(),
            &self.has_ended,
        )?;
        *self.running.borrow_mut() = running;
        Ok(())
    }
}

impl Running {
    fn start(expression: &Expression) -> io::Result<Self> {
        let pairs = expression.arguments.iter();
        let mut child = Command::new(std::env::current_exe()?)
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
        Ok(Self {
            child,
            input,
            output,
        })
    }

    /// Reads the replies to one request.
    async fn replies(&mut self) -> Result<String, Ended> {
        let mut results = String::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.output.read_until(b'\n', &mut line).await? == 0 {
                let status = self.child.wait().await?;
                return Err(Ended::Exited(was_interrupted(status)));
            }
            match serde_json::from_slice(&line).map_err(io::Error::from)? {
                Reply::Done => return Ok(results),
                Reply::Result(text) => {
                    results.push_str(&text);
                    results.push('\n');
                }
                Reply::Syntax(message) => return Err(Ended::Syntax(message)),
                Reply::Failed(reason) => return Err(Ended::Failed(reason)),
            }
        }
    }
}

/// Why there is no result.
enum Ended {
    Syntax(String),
    Failed(String),
    TooSlow,
    /// The child process has ended, because of Ctrl-C if true.
    Exited(bool),
    Io(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Waits for the child process, for Ctrl-C, and for the time limit. Callers may already run in a runtime, which
/// forbids to block on another one in the same thread.
fn wait(
    runtime: &Runtime,
    expression: &Expression,
    work: impl Future<Output = Result<String, Ended>> + Send,
    has_ended: &Cell<bool>,
) -> Result<String, Error> {
    let limited = async {
        tokio::select! {
            biased;
            Ok(()) = tokio::signal::ctrl_c() => Err(Ended::Exited(true)),
            ended = tokio::time::timeout(expression.timeout, work) => {
                ended.unwrap_or(Err(Ended::TooSlow))
            }
        }
    };
    let ended = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(limited)).join());
    let failed = |reason: String| Error::Failed {
        filter: excerpt(&expression.text),
        reason,
    };
    match ended {
        Ok(Ok(results)) => Ok(results),
        Ok(Err(Ended::Syntax(message))) => Err(Error::Syntax(message)),
        Ok(Err(Ended::Failed(reason))) => Err(failed(reason)),
        Ok(Err(Ended::TooSlow)) => {
            has_ended.set(true);
            Err(failed(too_slow(expression.timeout)))
        }
        Ok(Err(Ended::Exited(true))) => Err(Error::Interrupted),
        Ok(Err(Ended::Exited(false))) | Err(_) => {
            has_ended.set(true);
            Err(failed(
                "needs too much memory or too deep a recursion".to_owned(),
            ))
        }
        Ok(Err(Ended::Io(error))) => Err(Error::Child(error)),
    }
}

fn too_slow(limit: Duration) -> String {
    format!("takes longer than {limit:?}; allow more with --timeout")
}

/// Whether Ctrl-C on the terminal has ended the child process: it reaches both processes.
fn was_interrupted(status: std::process::ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        status.signal() == Some(2)
    }
    #[cfg(not(unix))]
    {
        // STATUS_CONTROL_C_EXIT
        status.code() == Some(0xC000_013A_u32.cast_signed())
    }
}
