//! Lets the user edit a text in the editor of `VISUAL` or `EDITOR`.

use crate::text::plain;
use std::io::{IsTerminal, Write};
use std::process::Command;

use anyhow::{Context, bail};

use super::files;

/// What was made of a text. `suffix` is the ending of the file's name, by which editors choose colours.
///
/// # Errors
/// The editor cannot be run. It fails, or the text cannot be read: the file is then kept, and named.
pub fn edit<T>(
    text: &str,
    suffix: &str,
    read: impl FnOnce(Vec<u8>) -> Result<T, String>,
) -> anyhow::Result<T> {
    let is_terminal = std::io::stdin().is_terminal();
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let default = if cfg!(windows) { "notepad" } else { "vi" };
    let default = || is_terminal.then(|| default.to_owned());
    let Some(editor) = set("VISUAL").or_else(|| set("EDITOR")).or_else(default) else {
        bail!("there is no terminal; set VISUAL or EDITOR to a program that changes the file");
    };
    // The path of a program on Windows has backslashes, which a shell would remove.
    let is_path = cfg!(windows) && std::path::Path::new(&editor).is_file();
    let words = match is_path {
        true => vec![editor.clone()],
        false => shlex::split(&editor).unwrap_or_default(),
    };
    let Some((program, arguments)) = words.split_first() else {
        bail!("`{editor}` is no command");
    };
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile()?;
    file.write_all(text.as_bytes())?;
    let path = file.into_temp_path();
    let mut command = Command::new(program);
    command.args(arguments).arg(&path);
    if !std::io::stdout().is_terminal() {
        // Standard output is for the result.
        command.stdout(std::io::stderr());
    }
    let status = command.status();
    let status = status.with_context(|| format!("cannot run the editor `{editor}`"))?;
    let edited = match status.success() {
        true => {
            files::decoded(std::fs::read(&path)?).map_err(|error| error.to_string()).and_then(read)
        }
        false => Err(format!("the editor `{editor}` failed ({})", plain::ended(status))),
    };
    match edited {
        Ok(edited) => Ok(edited),
        Err(why) => bail!("{why}; the text is in {}", path.keep()?.display()),
    }
}
