//! Questions on the terminal. Answers are read on another thread, so that a signal ends the program while it waits.

use std::io::{self, Write};

use inquire::error::InquireError;
use inquire::ui::RenderConfig;
use inquire::validator::Validation;
use unicode_width::UnicodeWidthStr;

use inquire::{Confirm, Password, PasswordDisplayMode, Select, Text};

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
        wrong: Validator,
    ) -> Result<String, Error> {
        let (question, default) = (escape::line(question).into_owned(), default.to_owned());
        let config = self.render_config();
        // The validator must be clonable, and it sees the line without the default.
        let wrong = std::sync::Arc::new(wrong);
        answer(move || {
            let of_default = default.clone();
            let mut text = Text::new(&question)
                .with_render_config(config)
                .with_validator(move |typed: &str| {
                    let typed = typed.trim();
                    let typed = if typed.is_empty() { &of_default } else { typed };
                    Ok(wrong(typed)
                        .map_or(Validation::Valid, |why| Validation::Invalid(why.into())))
                });
            if !default.is_empty() {
                text = text.with_default(&default);
            }
            text.prompt().map(|typed| typed.trim().to_owned())
        })
        .await
    }

    /// Asks for a line with hidden input until it is valid.
    pub async fn ask_hidden(
        &self,
        question: &str,
        wrong: impl Fn(&str) -> Option<String>,
    ) -> Result<String, Error> {
        // What is typed between two questions stays hidden too.
        let _guard = TerminalGuard::without_echo();
        loop {
            let (question, config) = (question.to_owned(), self.render_config());
            let typed = answer(move || {
                Password::new(&question)
                    .with_render_config(config)
                    .with_display_mode(PasswordDisplayMode::Hidden)
                    .without_confirmation()
                    .prompt()
            })
            .await?;
            // A validator would keep the invalid text, which cannot be seen.
            match wrong(&typed) {
                Some(why) => self.warn(&why),
                None => return Ok(typed),
            }
        }
    }

    /// Asks yes or no; no is the default. A question that does not fit one line is printed above.
    pub async fn confirm(&self, question: &str) -> Result<bool, Error> {
        let mut question = escape::line(question).into_owned();
        let room = self.status.width.unwrap_or(usize::MAX);
        if question.width() + ANSWER_WIDTH > room {
            self.stderr(&self.wrapped(&question));
            question = "Continue?".to_owned();
        }
        let config = self.render_config();
        answer(move || {
            Confirm::new(&question)
                .with_render_config(config)
                .with_default(false)
                .prompt()
        })
        .await
    }

    /// Asks for one of several options, which can be searched by typing; returns its index. `shown` is the answer that
    /// stays on the screen.
    pub async fn choose(
        &self,
        question: &str,
        options: Vec<String>,
        shown: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Result<usize, Error> {
        let question = question.to_owned();
        let config = self.render_config();
        let options: Vec<_> = options
            .iter()
            .map(|option| escape::line(option).into_owned())
            .collect();
        answer(move || {
            let shown = |option: inquire::list_option::ListOption<&String>| {
                escape::line(&shown(option.index)).into_owned()
            };
            Select::new(&question, options)
                .with_render_config(config)
                .with_help_message(
                    "type to search, arrow keys to move, Enter to choose, Ctrl-C to stop",
                )
                .with_page_size(12)
                .with_formatter(&shown)
                .raw_prompt()
                .map(|option| option.index)
        })
        .await
    }

    fn render_config(&self) -> RenderConfig<'static> {
        if self.status.color {
            RenderConfig::default_colored()
        } else {
            RenderConfig::empty()
        }
    }
}

/// The width of the sign before a question and of the answer after it.
const ANSWER_WIDTH: usize = 10;

/// Runs a question on another thread.
///
/// # Errors
/// [`Error::Interrupted`] after Ctrl-C, Escape or a signal.
async fn answer<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, InquireError> + Send + 'static,
) -> Result<T, Error> {
    let _guard = TerminalGuard::new();
    let answer = tokio::select! {
        answer = tokio::task::spawn_blocking(ask) => answer.map_err(io::Error::other).map_err(Error::Prompt)?,
        () = terminated() => return Err(Error::Interrupted),
    };
    answer.map_err(|error| match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Error::Interrupted,
        InquireError::IO(error) => Error::Prompt(error),
        error => Error::Prompt(io::Error::other(error)),
    })
}

/// Waits for a signal that ends the program. Without this, it would leave the terminal in raw mode.
async fn terminated() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).ok();
        if let (Some(mut terminate), Some(mut hangup)) = (
            listen(SignalKind::terminate()),
            listen(SignalKind::hangup()),
        ) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = hangup.recv() => return,
            }
        }
    }
    std::future::pending().await
}

/// Restores the terminal if a question is aborted.
struct TerminalGuard {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl TerminalGuard {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            before: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }

    fn without_echo() -> Self {
        let guard = Self::new();
        #[cfg(unix)]
        if let Some(before) = &guard.before {
            use rustix::termios::{LocalModes, OptionalActions, tcsetattr};
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            // Without this, only text that is typed too early is seen.
            tcsetattr(io::stdin(), OptionalActions::Now, &hidden).ok();
        }
        guard
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            use rustix::termios::{OptionalActions, tcsetattr};
            // An error cannot be reported without a terminal.
            tcsetattr(io::stdin(), OptionalActions::Now, before).ok();
        }
        // Shows the cursor, and ends bracketed paste.
        write!(io::stderr(), "\x1b[?25h\x1b[?2004l").ok();
    }
}
