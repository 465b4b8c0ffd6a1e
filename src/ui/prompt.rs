//! Questions on the terminal. Answers are read on another thread, so that a signal ends the program while it waits.
//! Callers drop a question when a signal comes, which restores the terminal.

use std::borrow::Cow;
use std::io;

use rustyline::completion::Completer;
use rustyline::config::{Behavior, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator as LineValidator;
use rustyline::{ColorMode, Editor, Helper};
use unicode_width::UnicodeWidthStr;

use super::choice_list::{Choice, ChoiceList};
use super::guard::TerminalGuard;
use super::{Error, Ui};
use crate::reporter::Reporter;
use crate::text::escape;

/// Returns the error in an answer.
pub type Validator = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

impl Ui {
    /// Asks for a line until it is valid; an empty answer means `default`.
    pub async fn ask(
        &self,
        question: &str,
        default: &str,
        validate: Validator,
    ) -> Result<String, Error> {
        let question = escape::line(question);
        let prompt = match default {
            "" => format!("? {question} "),
            default => format!("? {question} ({}) ", escape::line(default)),
        };
        let mut typed = String::new();
        loop {
            typed = self.line(&prompt, typed, Echo::Shown).await?.trim().to_owned();
            if typed.is_empty() {
                default.clone_into(&mut typed);
            }
            match validate(&typed) {
                Some(why) => self.warn(&why),
                None => return Ok(typed),
            }
        }
    }

    /// Asks for a line with hidden input until it is valid.
    pub async fn ask_hidden(
        &self,
        question: &str,
        validate: impl Fn(&str) -> Option<String>,
    ) -> Result<String, Error> {
        // What is typed between two questions stays hidden too.
        let _guard = TerminalGuard::without_echo();
        loop {
            let typed = self.line(&format!("? {question} "), String::new(), Echo::Hidden).await?;
            match validate(&typed) {
                Some(why) => self.warn(&why),
                None => return Ok(typed),
            }
        }
    }

    /// Asks yes or no; no is the default. A question that does not fit one line is printed above.
    pub async fn confirm(&self, question: &str) -> Result<bool, Error> {
        let mut question = escape::line(question).into_owned();
        let available = self.status.style.width.unwrap_or(usize::MAX);
        if question.width() + ANSWER_WIDTH > available {
            self.stderr(&self.wrapped(&question));
            question = "Continue?".to_owned();
        }
        let prompt = format!("? {question} (y/N) ");
        loop {
            let typed = self.line(&prompt, String::new(), Echo::Shown).await?;
            match typed.trim().to_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                _ => self.warn("type y for yes or n for no"),
            }
        }
    }

    /// Reads a line in which the usual keys move and delete, beginning with a text.
    async fn line(&self, prompt: &str, begin: String, echo: Echo) -> Result<String, Error> {
        let prompt = prompt.to_owned();
        run_prompt(move || {
            // Standard output may be a pipe that gets the result.
            let config = Config::builder().behavior(Behavior::PreferTerm);
            let mut editor: Editor<Echo, MemHistory> = Editor::with_history(
                config.color_mode(ColorMode::Forced).build(),
                MemHistory::new(),
            )?;
            editor.set_helper(Some(echo));
            editor.readline_with_initial(&prompt, (&begin, ""))
        })
        .await
    }

    /// Asks for one of several options, which can be searched by typing; returns its index.
    pub async fn choose(&self, question: &str, options: Vec<Choice>) -> Result<usize, Error> {
        let list = ChoiceList::new(question, options, self.status.style.clone());
        let chosen = run_prompt(move || list.ask().map_err(Error::Prompt)).await?;
        chosen.ok_or(Error::Interrupted)
    }
}

/// The width of the sign before a question and of the answer after it.
const ANSWER_WIDTH: usize = 10;

/// Runs a question on another thread.
///
/// # Errors
/// [`Error::Interrupted`] after Ctrl-C or Ctrl-D, or Escape in a list.
async fn run_prompt<T: Send + 'static, E: Into<Error> + Send + 'static>(
    ask: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Error> {
    let mut guard = TerminalGuard::new();
    guard.is_asking = true;
    let answer = tokio::task::spawn_blocking(ask).await;
    guard.is_asking = false;
    let answer = answer.map_err(io::Error::other).map_err(Error::Prompt)?;
    answer.map_err(Into::into)
}

impl From<ReadlineError> for Error {
    fn from(error: ReadlineError) -> Self {
        match error {
            ReadlineError::Interrupted | ReadlineError::Eof => Self::Interrupted,
            ReadlineError::Io(error) => Self::Prompt(error),
            error => Self::Prompt(io::Error::other(error)),
        }
    }
}

/// Whether what is typed is shown.
#[derive(Clone, Copy)]
enum Echo {
    Shown,
    Hidden,
}

impl Highlighter for Echo {
    fn highlight<'l>(&self, line: &'l str, _position: usize) -> Cow<'l, str> {
        match self {
            Self::Shown => line.into(),
            Self::Hidden => " ".repeat(line.width()).into(),
        }
    }

    fn highlight_char(&self, _line: &str, _position: usize, _kind: CmdKind) -> bool {
        matches!(self, Self::Hidden)
    }
}

impl Completer for Echo {
    type Candidate = String;
}

impl Hinter for Echo {
    type Hint = String;
}

impl LineValidator for Echo {}

impl Helper for Echo {}
