//! Running a program that prints a secret or a token: the one place for what is run, and how.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The standard output of a program, which gets no input; its standard error goes to ours.
///
/// # Errors
/// There are no words, the program cannot be run or fails, or its output is not UTF-8.
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
