//! What the page shows of a callout, as JSON.

use serde::Serialize;
use serde_json::Value;

use crate::callout::change::{changes, refusals, shown_path};
use crate::callout::path;
use crate::listener::journal::{Bodies, EntryRecord, JournalEntry};
use crate::text::json;

/// The longest bodies that are compared, in bytes: a parsed body takes many times its length.
const MAX_COMPARED: usize = 4 * 1024 * 1024;
/// The most changes that are shown.
const MAX_CHANGES: usize = 500;
/// The longest value that is shown of a change, in characters.
const MAX_VALUE: usize = 2000;

/// A callout, and what the endpoint made of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail<'e> {
    #[serde(flatten)]
    entry: EntryRecord<'e>,
    /// In bytes; `None`: there is no answer.
    response_size: Option<usize>,
    /// `None`: there is no object to compare.
    changes: Option<Vec<ShownChange>>,
    more_changes: usize,
    refusals: Vec<ShownRefusal>,
    /// The command that sends it again.
    replay: String,
}

/// Values are JSON.
#[derive(Serialize)]
struct ShownChange {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

/// A refusal with the value that it is about, as JSON.
#[derive(Serialize)]
struct ShownRefusal {
    path: String,
    message: String,
    sent: Option<String>,
}

impl<'e> Detail<'e> {
    pub fn new(entry: &'e JournalEntry, bodies: &Bodies, replay: String) -> Self {
        let is_short = |body: &&[u8]| body.len() <= MAX_COMPARED;
        let answer = bodies.response.as_deref().filter(is_short);
        // What a failing endpoint said is no object.
        let is_answered =
            entry.completion.as_ref().is_some_and(|completion| completion.outcome.is_object());
        let answer: Option<Value> =
            answer.filter(|_| is_answered).and_then(|answer| crate::text::json::parse(answer).ok());
        let sent = Some(bodies.request.as_slice()).filter(is_short);
        let sent: Option<Value> = sent.and_then(|sent| crate::text::json::parse(sent).ok());
        let mut detail = Self {
            entry: entry.record(),
            response_size: bodies.response.as_ref().map(Vec::len),
            changes: None,
            more_changes: 0,
            refusals: Vec::new(),
            replay,
        };
        if let (Some(sent), Some(answer)) = (sent, answer) {
            detail.compare(&sent, &answer);
        }
        detail
    }

    fn compare(&mut self, sent: &Value, answer: &Value) {
        let refusals = refusals(answer);
        let mut changes = changes(sent, answer);
        // A refusal is shown with its message, and not as a change too.
        changes.retain(|change| !refusals.iter().any(|one| one.contains(&change.path)));
        self.more_changes = changes.len().saturating_sub(MAX_CHANGES);
        changes.truncate(MAX_CHANGES);
        let changes = changes.into_iter().map(|change| ShownChange {
            before: change.before.as_ref().and_then(shown),
            after: change.after.as_ref().and_then(shown),
            path: shown_path(&change.path).to_owned(),
        });
        self.changes = Some(changes.collect());
        let refusals = refusals.into_iter().map(|refusal| ShownRefusal {
            sent: path::find(sent, &format!("{}.value", refusal.path))
                .filter(|_| !refusal.path.is_empty())
                .and_then(shown),
            path: shown_path(&refusal.path).to_owned(),
            message: refusal.message,
        });
        self.refusals = refusals.collect();
    }
}

/// The beginning of a value; `None` if it is null.
fn shown(value: &Value) -> Option<String> {
    let text = json::line(value);
    match text.char_indices().nth(MAX_VALUE) {
        _ if value.is_null() => None,
        Some((end, _)) => Some(format!("{}…", &text[..end])),
        None => Some(text),
    }
}
