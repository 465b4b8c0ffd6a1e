//! The child process: compiles the filter, then applies it to each line of standard input.

use std::ffi::OsString;
use std::io::{self, BufRead, Write};

use serde_json::Value;

use super::filter::Filter;
use super::{Reply, Request};
use crate::text::json::Layout;

/// The first argument of the child process. It is followed by the expression, and by a name and a value for
/// each argument of the filter.
pub const ARGUMENT: &str = "__jq";

/// The memory of a filter, in bytes, apart from what the document needs.
#[cfg(unix)]
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// The memory that a document needs, in bytes for each byte of its text.
#[cfg(unix)]
const MEMORY_PER_BYTE: u64 = 24;

/// Runs as the child process and returns true if the command line asks for it.
pub fn run_if_asked(arguments: &[OsString]) -> bool {
    let [_, first, expression, rest @ ..] = arguments else {
        return false;
    };
    if first != ARGUMENT {
        return false;
    }
    let text = |argument: &OsString| argument.to_string_lossy().into_owned();
    let pairs: Vec<_> = rest
        .as_chunks()
        .0
        .iter()
        .map(|[name, value]| (text(name), text(value)))
        .collect();
    // Without its reader, there is nothing left to do.
    serve(&text(expression), &pairs).ok();
    true
}

fn serve(expression: &str, arguments: &[(String, String)]) -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    limit_memory(0);
    let filter = match Filter::compile(expression, arguments) {
        Ok(filter) => filter,
        Err(message) => return send(&mut output, &Reply::Syntax(message)),
    };
    send(&mut output, &Reply::Done)?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        limit_memory(line.len());
        let request: Request<Value> = serde_json::from_str(&line)?;
        let layout = if request.is_pretty {
            Layout::Pretty
        } else {
            Layout::Compact
        };
        let mut send_result = |text| write(&mut output, &Reply::Result(text));
        let end = match filter.run(&request.document, layout, &mut send_result)? {
            Ok(()) => Reply::Done,
            Err(message) => Reply::Failed(message),
        };
        send(&mut output, &end)?;
    }
    Ok(())
}

fn send(output: &mut impl Write, reply: &Reply) -> io::Result<()> {
    write(output, reply)?;
    output.flush()
}

fn write(output: &mut impl Write, reply: &Reply) -> io::Result<()> {
    serde_json::to_writer(&mut *output, reply)?;
    output.write_all(b"\n")
}

/// An allocation beyond the limit ends this process, and the parent reports it. Windows has no such limit:
/// the number of results and the time are limited there.
fn limit_memory(document: usize) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = MAX_MEMORY.saturating_add(MEMORY_PER_BYTE.saturating_mul(document as u64));
        let maximum = getrlimit(Resource::As).maximum;
        let current = Some(maximum.map_or(limit, |maximum| limit.min(maximum)));
        // Without the limit, the filter still runs.
        setrlimit(Resource::As, Rlimit { current, maximum }).ok();
    }
    #[cfg(not(unix))]
    let _ = document;
}
