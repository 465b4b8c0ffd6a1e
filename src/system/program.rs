//! Runs a program that prints a secret or a token.

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
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run `{program}`"))?;
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_OUTPUT + 1).read_to_end(&mut output).await?;
    }
    if output.len() as u64 > MAX_OUTPUT {
        child.kill().await.ok();
        bail!("`{program}` prints more than {} KiB", MAX_OUTPUT / 1024);
    }
    let status = child.wait().await?;
    if !status.success() {
        bail!("`{program}` failed ({status})");
    }
    String::from_utf8(output).map_err(|_| anyhow::anyhow!("the output of `{program}` is not UTF-8"))
}
