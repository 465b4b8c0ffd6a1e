//! The child process: compiles the filter, then applies it to each document on standard input. Each comes as two lines:
//! its length in bytes with its layout, and the JSON.

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, sync_channel};

use serde_json::Value;

use super::Reply;
use super::filter::Filter;
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
    let pairs: Vec<_> =
        rest.as_chunks().0.iter().map(|[name, value]| (text(name), text(value))).collect();
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
    let requests = read_requests();
    for (document, layout) in requests {
        let document: Value = serde_json::from_str(&document)?;
        let mut send_result = |text| write(&mut output, &Reply::Result(text));
        let end = match filter.run(&document, layout, &mut send_result)? {
            Ok(()) => Reply::Done,
            Err(message) => Reply::Failed(message),
        };
        send(&mut output, &end)?;
    }
    Ok(())
}

/// Reads the documents on another thread. The process ends with its parent, even while a filter runs: then standard
/// input ends.
fn read_requests() -> Receiver<(String, Layout)> {
    let (sender, receiver) = sync_channel(1);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut head = String::new();
            let mut document = String::new();
            let read = input.read_line(&mut head).and_then(|_| {
                let (length, is_pretty) = head.trim_end().split_once(' ').unwrap_or_default();
                limit_memory(length.parse().unwrap_or(0));
                let layout = if is_pretty == "pretty" { Layout::Pretty } else { Layout::Compact };
                input.read_line(&mut document).map(|read| (read, layout))
            });
            match read {
                Ok((1.., layout)) if sender.send((document, layout)).is_ok() => {}
                _ => std::process::exit(0),
            }
        }
    });
    receiver
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
