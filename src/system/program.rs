//! Runs a program that prints a secret or a token.

use std::io::IsTerminal;
use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// The maximum size of the output, in bytes.
const MAX_OUTPUT: u64 = 64 * 1024;

/// Runs a program without input and returns its standard output; its standard error is inherited. If the future is
/// dropped, for example by Ctrl-C, the program is ended.
///
/// # Errors
/// The command is empty, the program cannot be run or fails, or its output is not UTF-8.
pub async fn output_of(words: &[String]) -> anyhow::Result<String> {
    let [program, arguments @ ..] = words else {
        bail!("the command is empty");
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let family = Family::of(&mut command);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run `{program}`"))?;
    let mut family = family.started(child.id());
    let stdout = child.stdout.take();
    let reading = async move {
        let mut output = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(MAX_OUTPUT + 1).read_to_end(&mut output).await?;
        }
        Ok::<_, std::io::Error>(output)
    };
    tokio::pin!(reading);
    let mut status = None;
    // A program that it has left running would keep the pipe open.
    let output = loop {
        tokio::select! {
            output = &mut reading => break output?,
            ended = child.wait(), if status.is_none() => {
                status = Some(ended?);
                family.end();
            }
        }
    };
    if output.len() as u64 > MAX_OUTPUT {
        child.kill().await.ok();
        bail!("`{program}` prints more than {} KiB", MAX_OUTPUT / 1024);
    }
    let status = match status {
        Some(status) => status,
        None => child.wait().await?,
    };
    if !status.success() {
        bail!("`{program}` failed ({status})");
    }
    String::from_utf8(output).map_err(|_| anyhow::anyhow!("the output of `{program}` is not UTF-8"))
}

/// The programs that a program has started, which end with it. At a terminal, the program stays in the group of `mpt`, so
/// that it can ask for a password; there, Ctrl-C reaches all of them.
struct Family {
    has_own_group: bool,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Family {
    fn of(command: &mut Command) -> Self {
        let has_own_group = cfg!(unix) && !std::io::stdin().is_terminal();
        #[cfg(unix)]
        if has_own_group {
            command.process_group(0);
        }
        #[cfg(not(unix))]
        let _ = command;
        Self {
            has_own_group,
            #[cfg(unix)]
            group: None,
        }
    }

    fn started(mut self, id: Option<u32>) -> Self {
        #[cfg(unix)]
        if self.has_own_group {
            let id = id.and_then(|id| i32::try_from(id).ok());
            self.group = id.and_then(rustix::process::Pid::from_raw);
        }
        #[cfg(not(unix))]
        let _ = (id, &mut self.has_own_group);
        self
    }

    fn end(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.group.take() {
            // The group is gone if nothing is left of it.
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        }
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        self.end();
    }
}
