//! Standard error: notes, warnings, the request log, progress bars and live text.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use serde_json::json;

use super::guard::TerminalGuard;
use super::progress;
use super::style::{Style, Tone};
use super::terminal::{Ui, width};
use crate::reporter::Reporter;
use crate::text::{escape, json, plain};

/// The time without output after which a terminal shows that something is under way.
const SILENCE: Duration = Duration::from_millis(300);

impl Reporter for Ui {
    fn verbosity(&self) -> u8 {
        self.status.verbosity
    }

    fn log(&self, text: &str) {
        self.stderr(&self.paint(Tone::Dim, &escape::lines(text)));
    }

    /// With `--quiet`, notes are not printed.
    fn note(&self, text: &str) {
        if self.status.quiet || self.status.muted.get() {
            return;
        }
        if self.status.json {
            self.stderr(&json::line(&json!({ "note": text })));
        } else {
            self.stderr(&self.wrapped(&escape::lines(text)));
        }
    }

    fn warn(&self, text: &str) {
        let text = &*plain::os_errors(text);
        if self.status.json {
            self.stderr(&json::line(&json!({ "warning": text })));
        } else {
            let label = self.paint(Tone::Caution, "warning:");
            // The text may contain names from the network or from a manifest, which must not begin a line.
            let text = format!("{label} {}", escape::line(text));
            self.stderr(&self.wrapped(&text));
        }
    }

    fn on_interrupt(&self, text: &str) {
        let mut lines = self.status.on_interrupt.borrow_mut();
        if !lines.iter().any(|known| known == text) {
            lines.push(text.to_owned());
        }
    }

    fn forget_on_interrupt(&self, text: &str) {
        let mut lines = self.status.on_interrupt.borrow_mut();
        lines.retain(|known| known != text);
    }

    fn wait(&self, begins: bool) {
        let count = self.status.waits.get();
        self.status.waits.set(match begins {
            true => count + 1,
            false => count.saturating_sub(1),
        });
        if count == 0 {
            self.status.silent_since.set(Instant::now());
        }
        if self.status.waits.get() == 0 {
            self.hide_waiting();
        }
    }
}

impl Ui {
    pub fn reports_json(&self) -> bool {
        self.status.json
    }

    /// The lines to print if the command is interrupted.
    pub fn interruption(&self) -> String {
        self.status.on_interrupt.borrow().join("; ")
    }

    /// Suppresses notes for a while.
    pub fn mute(&self, muted: bool) {
        self.status.muted.set(muted);
    }

    /// Whether a terminal shows that something is under way.
    pub fn shows_waiting(&self) -> bool {
        self.status.style.width.is_some() && !self.status.quiet
    }

    /// Shows that something is under way, after a while without output. To be called several times a second.
    pub fn tick(&self) {
        let is_waiting = self.status.waits.get() > 0 && self.status.bar.borrow().is_none();
        if !is_waiting || self.status.silent_since.get().elapsed() < SILENCE {
            return;
        }
        let mut spinner = self.status.spinner.borrow_mut();
        spinner.get_or_insert_with(progress::spinner).tick();
    }

    /// Makes room for output.
    pub(super) fn hide_waiting(&self) {
        self.status.silent_since.set(Instant::now());
        if let Some(spinner) = self.status.spinner.borrow_mut().take() {
            spinner.finish_and_clear();
        }
    }

    /// Prints formatted text, such as an error report.
    pub fn stderr(&self, text: &str) {
        let text = match self.status.json {
            true => self.guarded_json(text.to_owned()).into(),
            false => self.guarded_text(text),
        };
        self.write_stderr(&self.alarmed(&text, &self.status.style));
    }

    /// Prints a command for the log of GitHub Actions.
    pub fn github_command(&self, command: &str) {
        self.write_stderr(command);
    }

    fn write_stderr(&self, text: &str) {
        self.hide_waiting();
        // An error of standard error cannot be reported.
        let write = || drop(write_line(text));
        match &*self.status.bar.borrow() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Prints a command to copy, with each part on a line of its own. It is not wrapped.
    pub fn note_command(&self, title: &str, parts: &[String]) {
        if self.status.json {
            self.note(&format!("{title}: {}", parts.join(" ")));
        } else if !self.status.quiet {
            self.stderr(&format!("\n{title}:\n  {}", parts.join(" \\\n    ")));
        }
    }

    /// Wraps messages between words to fit a terminal.
    pub fn wrapped(&self, text: &str) -> String {
        let Some(width) = self.status.style.width else {
            return text.to_owned();
        };
        // Breaking a path or a URL would make it useless.
        let options = textwrap::Options::new(width)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        let lines = text.split('\n').map(|line| {
            let words = line.trim_start();
            let indent = &line[..line.len() - words.len()];
            let next = format!("{indent}  ");
            let options = options.clone().initial_indent(indent);
            textwrap::fill(words, options.subsequent_indent(&next))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The style of standard error.
    pub fn status_style(&self) -> &Style {
        &self.status.style
    }

    /// Text in the style of standard error.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        self.status.style.paint(tone, text)
    }

    /// Shows a progress bar on a terminal.
    pub fn begin_progress(&self, parts: usize) {
        self.hide_waiting();
        if !self.status.quiet && io::stderr().is_terminal() {
            *self.status.bar.borrow_mut() = Some(progress::bar(parts));
        }
    }

    /// Advances the progress bar, and prints `text` as a note above it.
    pub fn advance(&self, text: Option<&str>) {
        if let Some(text) = text {
            self.note(text);
        }
        if let Some(bar) = &*self.status.bar.borrow() {
            bar.inc(1);
        }
    }

    pub fn end_progress(&self) {
        if let Some(bar) = self.status.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }

    /// Shows live text on standard output in place of the previous one; notes are printed above
    /// it. `render` gets the number of lines of the terminal.
    pub fn show_live(&self, render: impl Fn(&Style, usize) -> String) {
        // The width of the terminal may have changed.
        let style = Style {
            width: self.style.width.and(width()),
            clock: self.style.clock.clone(),
            ..self.style
        };
        let mut bar = self.status.bar.borrow_mut();
        // A pressed key would move the live text down, and leave its first lines behind.
        self.status.live.borrow_mut().get_or_insert_with(TerminalGuard::without_echo);
        let live = bar.get_or_insert_with(progress::live);
        let height = terminal_size::terminal_size().map_or(24, |(_, height)| height.0.into());
        live.set_message(render(&style, height));
    }

    /// Clears the screen, on which a new size has left parts of the live text.
    pub fn clear_screen(&self) {
        if let Some(live) = &*self.status.bar.borrow() {
            live.suspend(|| drop(io::stdout().write_all(b"\x1b[2J\x1b[H")));
        }
    }

    /// Stops live text; the last text remains.
    pub fn end_live(&self) {
        self.status.live.take();
        if let Some(live) = self.status.bar.borrow_mut().take() {
            live.abandon();
        }
    }
}

/// Prints a line of a server's request log on standard error; callable from any thread.
pub fn log_line(text: &str) {
    write_line(&escape::line(text)).ok();
}

/// Writes a line to standard error at once: it has no buffer, and standard output may be the same file or terminal.
fn write_line(text: &str) -> io::Result<()> {
    io::stderr().lock().write_all(format!("{text}\n").as_bytes())
}
