//! The terminal of one command. Format, colour and width are decided when the [`Ui`] is created.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::Serialize;

use super::format::{Error, Format};
use super::guard::TerminalGuard;
use super::style::{Clock, Style, Tone};
use super::{github, jq};
use crate::system::clock;
use crate::text::{escape, json};

/// The output options of the command line.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-o`.
    pub format: Option<Format>,
    /// `--jq` and `--jq-arg`.
    pub jq: Option<jq::Expression>,
    pub wide: bool,
    pub color: clap::ColorChoice,
    pub quiet: bool,
    pub verbosity: u8,
    pub no_input: bool,
}

/// Standard output and standard error of one command.
pub struct Ui {
    /// The format of `-o`; `--jq` implies JSON.
    requested: Option<Format>,
    /// The default format, of the environment or of the profile.
    default: Format,
    jq: Option<jq::Process>,
    /// The style of standard output.
    pub style: Style,
    /// The protected profiles. Their names are red wherever they are shown.
    pub alarming: Vec<String>,
    interactive: bool,
    /// Whether standard output is a terminal.
    is_terminal: bool,
    /// Whether everything that is printed goes to the log of GitHub Actions.
    pub(super) is_github_log: bool,
    pub(super) status: Status,
}

impl Ui {
    /// # Errors
    /// `--jq` is not a jq expression, or is used with `-o csv`, `yaml` or `id`.
    pub fn new(options: &Options, default: Format) -> Result<Self, Error> {
        let jq = match (&options.jq, options.format) {
            (
                Some(_),
                Some(format @ (Format::Csv | Format::Yaml | Format::Id | Format::Markdown)),
            ) => {
                return Err(Error::JqFormat(format.name()));
            }
            (expression, _) => expression.as_ref().map(jq::Process::start).transpose()?,
        };
        Ok(Self { jq, ..Self::without_jq(options, default) })
    }

    /// A terminal without `--jq`, to report errors before a command runs.
    pub fn without_jq(options: &Options, default: Format) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let is_colored = |is_terminal: bool| match options.color {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => environment_color().unwrap_or(is_terminal),
        };
        let requested = match (options.format, &options.jq) {
            (None | Some(Format::Table), Some(_)) => Some(Format::Json),
            (format, _) => format,
        };
        let style_of = |is_terminal: bool| Style {
            color: is_colored(is_terminal),
            width: (is_terminal && !options.wide).then(|| width().unwrap_or(80)),
            clock: is_terminal
                .then(|| Clock { now: clock::now, zone: jiff::tz::TimeZone::system() }),
        };
        let is_json = matches!(requested.unwrap_or(default), Format::Json | Format::Jsonl);
        Self {
            requested,
            default,
            jq: None,
            style: style_of(is_terminal),
            alarming: Vec::new(),
            is_terminal,
            is_github_log: github::is_github_actions(),
            interactive: !options.no_input
                && io::stdin().is_terminal()
                && io::stderr().is_terminal(),
            status: Status::new(options, is_json, style_of(io::stderr().is_terminal())),
        }
    }

    /// The format of a command, among those that it supports.
    ///
    /// # Errors
    /// `-o` asks for an unsupported format. The format of the environment or the profile is only a
    /// default: if a command does not support it, the table is printed.
    pub fn format(&self, available: &[Format]) -> Result<Format, Error> {
        match self.requested {
            Some(format) if available.contains(&format) => Ok(format),
            Some(format) => Err(Error::Format(format.name())),
            None if available.contains(&self.default) => Ok(self.default),
            None => Ok(Format::Table),
        }
    }

    /// The format of `-o`, without defaults.
    ///
    /// # Errors
    /// The command does not support the format.
    pub fn requested_format(&self, available: &[Format]) -> Result<Option<Format>, Error> {
        match self.requested {
            Some(format) if !available.contains(&format) => Err(Error::Format(format.name())),
            format => Ok(format),
        }
    }

    /// For commands without a result or with a fixed format: `-o` is an
    /// error.
    pub fn no_result(&self) -> Result<(), Error> {
        self.format(&[Format::Table]).map(drop)
    }

    /// The text of a JSON document after `--jq`.
    pub(super) fn filtered(&self, document: &str, layout: json::Layout) -> Result<String, Error> {
        match &self.jq {
            None => Ok(document.to_owned()),
            Some(filter) => {
                let text = filter.run(document, layout)?;
                // Text from the network must not control a terminal.
                Ok(match self.is_terminal {
                    true => escape::lines(&text).into_owned(),
                    false => text,
                })
            }
        }
    }

    /// From now on, Ctrl-C does not end the filter of `--jq`: what was done is still reported.
    pub fn outlive_interrupts(&self) {
        if let Some(filter) = &self.jq {
            filter.outlive_interrupts();
        }
    }

    /// Whether JSON is filtered by `--jq`.
    pub fn has_jq(&self) -> bool {
        self.jq.is_some()
    }

    /// Whether notes are not printed.
    pub fn is_quiet(&self) -> bool {
        self.status.quiet
    }

    /// The number of lines of the terminal on standard output.
    pub fn height(&self) -> Option<usize> {
        let (_, height) = terminal_size::terminal_size().filter(|_| self.is_terminal)?;
        Some(height.0.into())
    }

    /// Whether a user sees standard error.
    pub fn has_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Whether questions can be asked.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Writes text to standard output that is for people. In the log of GitHub Actions, it contains no command.
    pub fn print_text(&self, text: &str) -> Result<(), Error> {
        self.print(&self.guarded_text(&self.alarmed(text, &self.style)))
    }

    /// Writes JSON, YAML or an exported manifest to standard output. In the log of GitHub Actions, it contains no command.
    pub fn print_document(&self, text: String) -> Result<(), Error> {
        self.print(&self.guarded_json(text))
    }

    /// Text in which the names of protected profiles are red.
    pub(super) fn alarmed<'t>(&self, text: &'t str, style: &Style) -> Cow<'t, str> {
        if !style.color || self.alarming.is_empty() {
            return text.into();
        }
        let red = |text: String, key: &String| {
            let names = [format!("profile {key}"), format!("profile `{key}`")];
            names.iter().fold(text, |text, name| painted(&text, name, style))
        };
        self.alarming.iter().fold(text.to_owned(), red).into()
    }

    /// Text without a command for the log of GitHub Actions.
    pub fn guarded_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.is_github_log {
            true => github::guarded_text(text).into(),
            false => text.into(),
        }
    }

    /// JSON or YAML without a command for the log of GitHub Actions.
    pub(super) fn guarded_json(&self, text: String) -> String {
        match self.is_github_log {
            true => github::guarded_json(&text),
            false => text,
        }
    }

    /// Writes text to standard output, byte for byte.
    pub fn print(&self, text: &str) -> Result<(), Error> {
        self.hide_waiting();
        write_stdout(text.as_bytes())
    }

    /// Writes JSON to standard output, filtered by `--jq` if given.
    pub fn print_json(&self, value: &impl Serialize, layout: json::Layout) -> Result<(), Error> {
        self.print(&self.json_text(value, layout)?)
    }

    /// The text that [`Ui::print_json`] writes.
    pub fn json_text(&self, value: &impl Serialize, layout: json::Layout) -> Result<String, Error> {
        if self.has_jq() {
            return self.filtered(&serde_json::to_string(value)?, layout);
        }
        Ok(self.guarded_json(json::text(value, layout)?) + "\n")
    }
}

/// Paints each place of a name in a text, but not the beginning of a longer name.
fn painted(text: &str, name: &str, style: &Style) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let after = &rest[at + name.len()..];
        let goes_on = after.starts_with(|c: char| c.is_alphanumeric() || "-_.".contains(c));
        done.push_str(&rest[..at]);
        done.push_str(&if goes_on { name.to_owned() } else { style.paint(Tone::Bad, name) });
        rest = after;
    }
    done + rest
}

static HAS_READER: AtomicBool = AtomicBool::new(true);

/// Whether standard output still has a reader, as far as it was written.
pub fn has_reader() -> bool {
    HAS_READER.load(Ordering::Relaxed)
}

/// Writes to standard output, from any thread. That its reader has gone away is no error: what a command has found or
/// changed does not depend on who reads it.
pub fn write_stdout(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            HAS_READER.store(false, Ordering::Relaxed);
            Ok(())
        }
        written => written.map_err(Error::Stdout),
    }
}

pub(super) fn width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| width.0.into())
}

/// Whether the environment wants colours; `None`: it says nothing.
fn environment_color() -> Option<bool> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let forces = |name| set(name).is_some_and(|value| value != "0");
    if set("NO_COLOR").is_some() {
        return Some(false);
    }
    if forces("CLICOLOR_FORCE") || forces("FORCE_COLOR") {
        return Some(true);
    }
    let is = |name, value: &str| set(name).is_some_and(|is| is == value);
    (is("TERM", "dumb") || is("CLICOLOR", "0")).then_some(false)
}

/// The state of standard error.
pub(super) struct Status {
    /// Without a width, messages are not wrapped.
    pub style: Style,
    pub quiet: bool,
    /// Whether errors and warnings are printed as JSON: with `-o json`, `jsonl` and `--jq`.
    pub json: bool,
    pub verbosity: u8,
    pub muted: Cell<bool>,
    /// The lines to print if the command is interrupted.
    pub on_interrupt: RefCell<Vec<String>>,
    pub bar: RefCell<Option<indicatif::ProgressBar>>,
    /// Hides what is typed while live text is shown.
    pub live: RefCell<Option<TerminalGuard>>,
    /// The number of waits, and since when nothing was printed.
    pub waits: Cell<usize>,
    pub silent_since: Cell<Instant>,
    pub spinner: RefCell<Option<indicatif::ProgressBar>>,
}

impl Status {
    pub fn new(options: &Options, json: bool, style: Style) -> Self {
        Self {
            style,
            quiet: options.quiet,
            json,
            verbosity: options.verbosity,
            muted: Cell::new(false),
            on_interrupt: RefCell::default(),
            bar: RefCell::default(),
            live: RefCell::default(),
            waits: Cell::default(),
            silent_since: Cell::new(Instant::now()),
            spinner: RefCell::default(),
        }
    }
}
