//! Commands with `ID…`: several webhooks at once, results in the order given; a failure does not stop the others.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, Cursor, Read};

use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use tokio::sync::{Notify, mpsc};

use super::Context;
use super::failures::Failures;
use crate::api::Error as ApiError;
use crate::api::webhooks::WebhookDocument;
use crate::failure::{Ending, Failure, Kind};
use crate::operations::Session;
use crate::operations::webhooks::read_many;
use crate::reporter::Reporter;
use crate::system::files;
use crate::system::signals::Signals;
use crate::text::MPT;
use crate::ui::{Error as UiError, JqError, Report, has_reader};

/// The IDs that a command works on.
#[derive(Debug)]
pub struct Ids {
    arguments: Vec<String>,
    /// Whether JSON output is an array: several IDs were given, or `-`.
    pub is_array: bool,
}

/// What was done with one webhook.
pub struct WorkOutcome<T> {
    pub record: T,
    /// The confirmation of a change.
    pub note: Option<String>,
}

impl<T> From<T> for WorkOutcome<T> {
    fn from(record: T) -> Self {
        Self { record, note: None }
    }
}

/// What `for_each` does with the webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The work ends when the reader of the output goes away.
    Reads,
    /// The exit code says what was found, so every webhook is read.
    Checks,
    /// The work is finished even if the reader goes away. After Ctrl-C, requests that were sent are finished, and no
    /// other is sent.
    Changes,
}

impl Effect {
    /// The signals that are handled here; `None`: the caller ends at Ctrl-C.
    fn signals(self, context: &Context) -> Result<Option<Signals>, Failure> {
        if self != Self::Changes {
            return Ok(None);
        }
        context.ui.outlive_interrupts();
        Ok(Some(Signals::listen()?))
    }
}

/// The maximum length of a line with an ID, in bytes.
const MAX_LINE: u64 = 64 * 1024;

impl Ids {
    /// # Errors
    /// An ID is empty.
    pub fn new(arguments: &[String]) -> Result<Self, Failure> {
        if arguments.iter().any(String::is_empty) {
            return Err(Failure::usage("a webhook ID is empty").with_hint(format!(
                "IDs look like WBH-1234-5678; list them with {MPT} webhook list -o id"
            )));
        }
        Ok(Self {
            is_array: arguments.len() > 1 || arguments.iter().any(|argument| argument == "-"),
            arguments: arguments.to_vec(),
        })
    }

    /// Whether `-` is among the arguments.
    pub fn are_from_stdin(&self) -> bool {
        self.arguments.iter().any(|argument| argument == "-")
    }

    /// What a question names: the ID, or how many there are.
    pub fn named(&self) -> String {
        match &*self.arguments {
            [id] => id.clone(),
            ids => format!("{} webhooks", ids.len()),
        }
    }

    /// The IDs, each once. `-` stands for those on standard input, which are delivered as they arrive.
    pub fn stream(&self) -> impl Stream<Item = Result<String, Failure>> {
        let mut seen = HashSet::new();
        stream::iter(self.arguments.clone())
            .flat_map(|argument| match argument.as_str() {
                "-" => from_stdin().left_stream(),
                _ => stream::iter([Ok(argument)]).right_stream(),
            })
            .filter(move |id| {
                let is_new = match id {
                    Ok(id) => seen.insert(id.clone()),
                    Err(_) => true,
                };
                std::future::ready(is_new)
            })
    }

    /// All IDs, for a question about them.
    pub async fn all(&self) -> Result<Vec<String>, Failure> {
        let ids: Vec<_> = self.stream().collect().await;
        ids.into_iter().collect()
    }

    /// The IDs, each with its webhook, for messages about it; without `session`, no webhook is read.
    fn stream_known<'s>(
        &self,
        session: Option<&'s Session<'_>>,
    ) -> impl Stream<Item = Result<(String, Option<WebhookDocument>), Failure>> + use<'s, '_> {
        self.stream()
            .ready_chunks(read_many::MAX_IDS)
            .map(move |chunk| async move {
                let ids = chunk.iter().filter_map(|id| id.as_ref().ok());
                let mut known = match session {
                    Some(session) => {
                        read_many::known(session, &ids.cloned().collect::<Vec<_>>()).await
                    }
                    None => HashMap::new(),
                };
                let with_webhook = |id: Result<String, Failure>| {
                    id.map(|id| {
                        let webhook = known.remove(&id);
                        (id, webhook)
                    })
                };
                stream::iter(chunk.into_iter().map(with_webhook).collect::<Vec<_>>())
            })
            // The next chunk is read while the webhooks of this one are worked on.
            .buffered(2)
            .flatten()
    }

    /// Runs `work` for `--jobs` webhooks at once, prints a record for each success, and continues after a failure.
    /// `verb` is used in error messages. With `session`, `work` gets the webhook as it was before.
    pub async fn for_each<T: Serialize>(
        &self,
        verb: &str,
        effect: Effect,
        report: &mut Report<'_, T>,
        context: &Context,
        session: Option<&Session<'_>>,
        work: impl AsyncFn(&str, Option<WebhookDocument>) -> Result<WorkOutcome<T>, ApiError>,
    ) -> Result<Failures, Ending> {
        // Ends the IDs, also while standard input is awaited.
        let stop = Notify::new();
        let mut is_stopped = false;
        let work = async |known: Result<(String, Option<WebhookDocument>), Failure>| {
            let (id, webhook) = known?;
            let done = work(&id, webhook).await;
            let done = done.map_err(|error| Failure::from(error).about_webhook(verb, &id))?;
            Ok((id, done))
        };
        let results = self
            .stream_known(session)
            .take_until(stop.notified())
            .map(&work)
            .buffered(context.jobs);
        let mut results = std::pin::pin!(results);
        let mut signals = effect.signals(context)?;
        let mut failures = Failures::default();
        let mut printed = Ok(());
        loop {
            let result = tokio::select! {
                result = results.next() => result,
                () = next_signal(&mut signals) => {
                    if is_stopped {
                        break;
                    }
                    is_stopped = true;
                    stop.notify_one();
                    context.ui.note(STOPPING);
                    continue;
                }
            };
            match result {
                None => break,
                Some(Ok((id, done))) if printed.is_ok() => {
                    let not_filtered = |error: &JqError| not_filtered(error, &id, verb, effect);
                    printed = show(&done, report, not_filtered, &mut failures, context);
                    let is_read = printed.is_ok() && has_reader();
                    if !is_read && effect == Effect::Reads {
                        break;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(failure)) => failures.report(failure, context),
            }
        }
        if is_stopped {
            failures.report(interrupted(), context);
        }
        printed?;
        Ok(failures)
    }
}

/// Prints what was done with one webhook. A filter may fail on one webhook only, and hides no other result.
fn show<T: Serialize>(
    done: &WorkOutcome<T>,
    report: &mut Report<'_, T>,
    not_filtered: impl FnOnce(&JqError) -> Failure,
    failures: &mut Failures,
    context: &Context,
) -> Result<(), UiError> {
    if let Some(note) = &done.note {
        context.ui.note(note);
    }
    match report.push(&done.record) {
        Err(UiError::Jq(error @ JqError::Failed { .. })) => {
            failures.report(not_filtered(&error), context);
            Ok(())
        }
        printed => printed,
    }
}

fn interrupted() -> Failure {
    Failure::new(Kind::Interrupted, "interrupted")
        .with_hint("run the same command again to do the rest")
}

const STOPPING: &str = "Stopping after the current requests; press Ctrl-C again to stop now";

fn not_filtered(error: &JqError, id: &str, verb: &str, effect: Effect) -> Failure {
    let failure = Failure::new(Kind::Internal, format!("{error} ({id})"));
    match effect {
        Effect::Reads | Effect::Checks => {
            failure.with_hint("the webhook itself was read; only its output could not be filtered")
        }
        Effect::Changes => failure.with_hint(format!(
            "the webhook was changed ({verb}); only the output could not be filtered"
        )),
    }
}

async fn next_signal(signals: &mut Option<Signals>) {
    match signals {
        Some(signals) => drop(signals.next().await),
        None => std::future::pending().await,
    }
}

/// The IDs on standard input, separated by white space. A word that starts with `#` begins a comment.
fn from_stdin() -> impl Stream<Item = Result<String, Failure>> {
    let (sender, receiver) = mpsc::channel(64);
    // The process does not wait for this thread.
    std::thread::spawn(move || {
        let mut input = match text_input() {
            Ok(input) => input,
            Err(error) => {
                let failure = Failure::usage(format!("standard input: {error}"));
                sender.blocking_send(Err(failure)).ok();
                return;
            }
        };
        loop {
            let mut line = String::new();
            let read = input.by_ref().take(MAX_LINE).read_line(&mut line);
            let failure = match read {
                Ok(0) => return,
                Ok(read) if read as u64 == MAX_LINE => "a line is too long to be an ID".to_owned(),
                Ok(_) => {
                    // A comment may name webhooks that must not be changed.
                    let words = line.trim_start_matches('\u{feff}').split_whitespace();
                    let mut ids = words.take_while(|word| !word.starts_with('#'));
                    if ids.any(|id| sender.blocking_send(Ok(id.to_owned())).is_err()) {
                        return;
                    }
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    "not UTF-8 text".to_owned()
                }
                Err(error) => error.to_string(),
            };
            let failure = Failure::usage(format!("standard input: {failure}"));
            sender.blocking_send(Err(failure)).ok();
            return;
        }
    });
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}

/// Standard input as UTF-8. UTF-16, which PowerShell writes to files, is read whole.
fn text_input() -> io::Result<Box<dyn BufRead>> {
    let mut input = io::stdin().lock();
    match input.fill_buf()? {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            let bytes = files::read_limited(input, files::MAX_INPUT)?;
            Ok(Box::new(Cursor::new(files::decoded(bytes)?)))
        }
        _ => Ok(Box::new(input)),
    }
}
