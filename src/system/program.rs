//! Runs a program that prints a secret or a token.

use crate::text::plain;
use std::io::IsTerminal;
use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::child_group::ChildGroup;

/// The maximum size of the output, in bytes.
const MAX_OUTPUT: u64 = 64 * 1024;

/// Runs a program without input and returns its standard output; its standard error is inherited. If the future is
/// dropped, for example by Ctrl-C, the program is ended.
///
/// # Errors
/// The command is empty, or the program cannot be run or fails.
pub async fn output_of(words: &[String]) -> anyhow::Result<Vec<u8>> {
    let [program, arguments @ ..] = words else {
        bail!("the command is empty");
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    // At a terminal, the program may ask for a password, and Ctrl-C reaches it.
    let has_own_group = !std::io::stdin().is_terminal();
    let mut child = ChildGroup::spawn(command, has_own_group)
        .with_context(|| format!("cannot run `{program}`"))?;
    let stdout = child.stdout();
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
                child.kill();
            }
        }
    };
    if output.len() as u64 > MAX_OUTPUT {
        bail!("`{program}` prints more than {} KiB", MAX_OUTPUT / 1024);
    }
    let status = match status {
        Some(status) => status,
        None => child.wait().await?,
    };
    if !status.success() {
        bail!("`{program}` failed ({})", plain::ended(status));
    }
    Ok(output)
}
