//! Questions on the terminal. Answers are read on another thread, so that Ctrl-C ends the program
//! while it waits.

use std::io::{self, Write};

use super::{Error, Ui};
use crate::reporter::Reporter;

impl Ui {
    /// Asks for a line; an empty answer means `default`. `None`: the input has ended.
    async fn ask_line(&self, question: &str, default: &str) -> Result<Option<String>, Error> {
        let hint = if default.is_empty() {
            String::new()
        } else {
            format!(" [{default}]")
        };
        write!(io::stderr(), "{question}{hint}: ").map_err(Error::Prompt)?;
        let (read, line) = blocking(|| {
            let mut line = String::new();
            Ok((io::stdin().read_line(&mut line)?, line))
        })
        .await?;
        if read == 0 {
            self.stderr("");
            return Ok(None);
        }
        let line = line.trim();
        Ok(Some(
            if line.is_empty() { default } else { line }.to_owned(),
        ))
    }

    /// Asks until the answer is valid; `wrong` returns the error in an answer.
    pub async fn ask(
        &self,
        question: &str,
        default: &str,
        wrong: impl Fn(&str) -> Option<String>,
    ) -> Result<String, Error> {
        loop {
            let Some(answer) = self.ask_line(question, default).await? else {
                return Err(Error::Prompt(io::ErrorKind::UnexpectedEof.into()));
            };
            match wrong(&answer) {
                Some(why) => self.warn(&why),
                None => return Ok(answer),
            }
        }
    }

    /// Asks yes or no; any answer except yes is no.
    pub async fn confirm(&self, question: &str) -> Result<bool, Error> {
        let answer = self
            .ask_line(&format!("{question} [y/N]"), "")
            .await?
            .unwrap_or_default();
        Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for a line with hidden input.
    pub async fn ask_hidden(&self, question: &str) -> Result<String, Error> {
        let _echo = EchoGuard::new();
        let question = format!("{question}: ");
        match blocking(move || rpassword::prompt_password(question)).await {
            // Ctrl-C: the task that waits for the signal ends the program.
            Err(Error::Prompt(error)) if error.kind() == io::ErrorKind::Interrupted => {
                std::future::pending().await
            }
            answer => answer,
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other)
        .flatten()
        .map_err(Error::Prompt)
}

/// Restores the terminal's echo if a hidden question is aborted.
struct EchoGuard {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl EchoGuard {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            before: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }
}

impl Drop for EchoGuard {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            use rustix::termios::{OptionalActions, tcsetattr};
            // An error cannot be reported without a terminal.
            tcsetattr(io::stdin(), OptionalActions::Now, before).ok();
        }
    }
}
