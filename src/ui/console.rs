//! Standard output and standard error, and what was asked of them.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};

use serde_json::{Value, json};

use super::style::{Clock, Style, Tone};
use super::{Error, Format, escape, jq, json, progress};

/// What the command line and the environment say about output.
#[derive(Debug, Default)]
pub struct Options {
    /// `-o`.
    pub format: Option<Format>,
    /// `--jq`.
    pub jq: Option<String>,
    pub wide: bool,
    pub color: clap::ColorChoice,
    pub quiet: bool,
    pub verbosity: u8,
    pub no_input: bool,
}

pub struct Console {
    format: Option<Format>,
    fallback: Cell<Option<Format>>,
    jq: Option<jq::Filter>,
    /// How standard output is rendered.
    pub style: Style,
    stderr_color: bool,
    quiet: bool,
    hushed: Cell<bool>,
    /// 0: silent, 1: a line a request, 2: headers and bodies too.
    pub verbosity: u8,
    interactive: bool,
    /// What an interruption has to tell.
    interruption: RefCell<Vec<String>>,
    bar: RefCell<Option<indicatif::ProgressBar>>,
}

impl Console {
    /// # Errors
    /// A `--jq` that is no jq expression, or that stands with `-o csv`, `yaml` or `id`.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let mut console = Self::plain(options);
        if let Some(expression) = &options.jq {
            if let Some(format @ (Format::Csv | Format::Yaml | Format::Id)) = options.format {
                return Err(Error::JqFormat(format.name()));
            }
            console.jq = Some(jq::Filter::compile(expression)?);
        }
        Ok(console)
    }

    /// The same without `--jq`, which nothing can be wrong with: for reporting what went wrong.
    pub fn plain(options: &Options) -> Self {
        let terminal = io::stdout().is_terminal();
        let colored = |is_terminal: bool| match options.color {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => is_terminal && environment_allows_color(),
        };
        let width = (terminal && !options.wide).then(|| terminal_width().unwrap_or(80));
        let clock = terminal.then(|| Clock {
            now: jiff::Timestamp::now(),
            zone: jiff::tz::TimeZone::system(),
        });
        let format = match (options.format, &options.jq) {
            (None | Some(Format::Table), Some(_)) => Some(Format::Json),
            (format, _) => format,
        };
        Self {
            format,
            fallback: Cell::new(None),
            jq: None,
            style: Style {
                color: colored(terminal),
                width,
                clock,
            },
            stderr_color: colored(io::stderr().is_terminal()),
            quiet: options.quiet,
            hushed: Cell::new(false),
            verbosity: options.verbosity,
            interactive: !options.no_input
                && io::stdin().is_terminal()
                && io::stderr().is_terminal(),
            interruption: RefCell::default(),
            bar: RefCell::default(),
        }
    }

    /// What `-o` falls back to: `MPT_OUTPUT`, or the profile's `output`.
    pub fn set_fallback_format(&self, format: Format) {
        self.fallback.set(Some(format));
    }

    /// The format in force among those that a command can give.
    ///
    /// # Errors
    /// `-o` asks for another. A format from the environment or the profile is only a default, and
    /// gives way to the table.
    pub fn format(&self, can: &[Format]) -> Result<Format, Error> {
        match (self.format, self.fallback.get()) {
            (Some(format), _) if can.contains(&format) => Ok(format),
            (Some(format), _) => Err(Error::Format(format.name())),
            (None, Some(format)) if can.contains(&format) => Ok(format),
            _ => Ok(Format::Table),
        }
    }

    /// The format that `-o` itself asks for, where the profile's and the environment's do not count.
    ///
    /// # Errors
    /// It is none of those that a command can give.
    pub fn asked_format(&self, can: &[Format]) -> Result<Option<Format>, Error> {
        match self.format {
            Some(format) if !can.contains(&format) => Err(Error::Format(format.name())),
            format => Ok(format),
        }
    }

    /// For commands without a result, or with one that has a form of its own: `-o` asks for nothing
    /// that they could give.
    pub fn no_result(&self) -> Result<(), Error> {
        self.format(&[Format::Table]).map(drop)
    }

    /// Whether errors and warnings are JSON: with `-o json`, `jsonl` and `--jq`.
    pub fn speaks_json(&self) -> bool {
        matches!(
            self.format.or(self.fallback.get()),
            Some(Format::Json | Format::Jsonl)
        )
    }

    /// Whether somebody can be asked.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Keeps something that has to be told should Ctrl-C come.
    pub fn tell_if_interrupted(&self, text: &str) {
        let mut told = self.interruption.borrow_mut();
        if !told.iter().any(|known| known == text) {
            told.push(text.to_owned());
        }
    }

    /// Takes back what no longer has to be told.
    pub fn forget_interruption(&self, text: &str) {
        self.interruption.borrow_mut().retain(|known| known != text);
    }

    /// All that has to be told when Ctrl-C comes.
    pub fn interruption(&self) -> String {
        self.interruption.borrow().join("; ")
    }

    /// Writes to standard output, as it is.
    pub fn print(&self, text: &str) -> Result<(), Error> {
        self.print_bytes(text.as_bytes())
    }

    /// The same for what need not be text.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        write_stdout(bytes)
    }

    /// Writes JSON to standard output: indented, or as one line; through `--jq` where that is given.
    pub fn print_json(&self, value: &Value, pretty: bool) -> Result<(), Error> {
        self.print(&self.json_text(value, pretty)?)
    }

    /// What that writes.
    pub fn json_text(&self, value: &Value, pretty: bool) -> Result<String, Error> {
        let Some(filter) = &self.jq else {
            return Ok(if pretty {
                json::pretty(value)
            } else {
                json::compact(value) + "\n"
            });
        };
        let results = filter.run(value, pretty)?;
        Ok(results.into_iter().map(|result| result + "\n").collect())
    }

    /// Something that happened and is worth a line; `--quiet` leaves it out.
    pub fn note(&self, text: &str) {
        if self.quiet || self.hushed.get() {
            return;
        }
        if self.speaks_json() {
            self.stderr(&json::compact(&json!({ "note": text })));
        } else {
            self.stderr(&escape::lines(text));
        }
    }

    /// Leaves notes out for a while: what they would say is known.
    pub fn hush(&self, hushed: bool) {
        self.hushed.set(hushed);
    }

    /// Something that the user should look at.
    pub fn warn(&self, text: &str) {
        if self.speaks_json() {
            self.stderr(&json::compact(&json!({ "warning": text })));
        } else {
            let label = self.paint(Tone::Caution, "warning:");
            self.stderr(&format!("{label} {}", escape::lines(text)));
        }
    }

    /// A line of the request log, `-v` and above.
    pub fn log(&self, text: &str) {
        self.stderr(&self.paint(Tone::Dim, &escape::lines(text)));
    }

    /// Text that is laid out already, such as an error report.
    pub fn stderr(&self, text: &str) {
        let write = || {
            // Nobody can be told that standard error is gone.
            writeln!(io::stderr().lock(), "{text}").ok();
        };
        match &*self.bar.borrow() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Shows a bar on a terminal while something of that many parts goes on.
    pub fn begin_progress(&self, parts: usize) {
        if !self.quiet && io::stderr().is_terminal() {
            *self.bar.borrow_mut() = Some(progress::bar(parts));
        }
    }

    /// One part is over; without a bar a line tells which, unless it has been told.
    pub fn advance(&self, text: Option<&str>) {
        match (&*self.bar.borrow(), text) {
            (Some(bar), _) => bar.inc(1),
            (None, Some(text)) => self.note(text),
            (None, None) => {}
        }
    }

    /// Shows text on standard output in place of what was shown so before; what is told meanwhile
    /// goes above it. The rendering is told how many lines there are.
    pub fn show_live(&self, render: impl Fn(&Style, usize) -> String) {
        // The terminal may have another width by now, and the time is another.
        let style = Style {
            width: self.style.width.and(terminal_width()),
            clock: self.style.clock.clone().map(|clock| Clock {
                now: jiff::Timestamp::now(),
                ..clock
            }),
            ..self.style
        };
        let mut bar = self.bar.borrow_mut();
        let live = bar.get_or_insert_with(progress::live);
        let height = terminal_size::terminal_size().map_or(24, |(_, height)| height.0.into());
        live.set_message(render(&style, height));
    }

    /// What was shown last stays.
    pub fn end_live(&self) {
        if let Some(live) = self.bar.borrow_mut().take() {
            live.abandon();
        }
    }

    pub fn end_progress(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }

    /// Coloured for standard error.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        Style {
            color: self.stderr_color,
            ..Style::default()
        }
        .paint(tone, text)
    }
}

/// Writes to standard output, from any thread.
pub fn write_stdout(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Error::ClosedPipe,
            _ => Error::Stdout(error),
        })
}

/// A line of a server's request log, on standard error; callable from any thread.
pub fn log_line(text: &str) {
    writeln!(io::stderr().lock(), "{}", escape::line(text)).ok();
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| width.0.into())
}

fn environment_allows_color() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
}
