//! Runs a program that prints a secret or a token.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Runs a program without input and returns its standard output; its standard error is inherited.
///
/// # Errors
/// The command is empty, the program cannot be run or fails, or its output is not UTF-8.
pub fn output_of(words: &[String]) -> anyhow::Result<String> {
    let [program, arguments @ ..] = words else {
        bail!("the command is empty");
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run `{program}`"))?;
    if !output.status.success() {
        bail!("`{program}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout)
        .map_err(|_| anyhow::anyhow!("the output of `{program}` is not UTF-8"))
}
