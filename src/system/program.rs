//! Runs a program that prints a secret or a token.

use std::io::Read;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The maximum size of the output, in bytes.
const MAX_OUTPUT: u64 = 64 * 1024;

/// Runs a program without input and returns its standard output; its standard error is inherited.
///
/// # Errors
/// The command is empty, the program cannot be run or fails, or its output is not UTF-8.
pub fn output_of(words: &[String]) -> anyhow::Result<String> {
    let [program, arguments @ ..] = words else {
        bail!("the command is empty");
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .with_context(|| format!("cannot run `{program}`"))?;
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_OUTPUT + 1).read_to_end(&mut output)?;
    }
    if output.len() as u64 > MAX_OUTPUT {
        child.kill().ok();
        child.wait().ok();
        bail!("`{program}` prints more than {} KiB", MAX_OUTPUT / 1024);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{program}` failed ({status})");
    }
    String::from_utf8(output).map_err(|_| anyhow::anyhow!("the output of `{program}` is not UTF-8"))
}
