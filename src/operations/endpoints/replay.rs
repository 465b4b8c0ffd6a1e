//! Sends callouts of the journal again.

use url::Url;

use crate::callout::NO_WEBHOOK;
use crate::callout::{Caller, Endpoint, Verdict};
use crate::failure::{Failure, Kind};
use crate::listener::journal::{CalloutOutcome, Completion, Journal, JournalEntry};
use crate::model::Secret;
use crate::model::url::{shown, with_path};
use crate::system::folders;

/// The journal in the data folder.
pub fn open_journal() -> Result<Journal, Failure> {
    let folder = folders::data().ok_or_else(no_data_folder)?;
    Ok(Journal::open(&folder.join("journal.db"))?)
}

pub fn no_data_folder() -> Failure {
    let message = "cannot determine the data folder for the journal";
    Failure::new(Kind::Config, message).with_hint("set MPT_HOME or HOME")
}

/// Returns an error if one of the entries cannot be sent, before any is.
pub fn check_bodies(entries: &[JournalEntry]) -> Result<(), Failure> {
    let has_none = |entry: &&JournalEntry| was_refused(entry) && entry.received.size == 0;
    let Some(entry) = entries.iter().find(has_none) else {
        return Ok(());
    };
    let id = entry.id.unwrap_or_default();
    let message = format!("callout {id} was refused, so its body was not kept; nothing was sent");
    Err(Failure::usage(message).with_hint(format!(
        "see why with mpt endpoint verify-token --id {id}, and have it sent again"
    )))
}

fn was_refused(entry: &JournalEntry) -> bool {
    let completion = entry.completion.as_ref();
    completion.is_some_and(|completion| completion.outcome == CalloutOutcome::Refused)
}

pub struct Replay {
    caller: Caller,
    base: Url,
    secret: Option<Secret>,
    journal: Journal,
}

impl Replay {
    pub fn new(base: Url, secret: Option<Secret>, journal: Journal) -> Result<Self, Failure> {
        let caller = Caller::new(&base).map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Self { caller, base, secret, journal })
    }

    /// Sends an entry and stores its outcome in the journal before the next one is sent.
    pub async fn send(&self, entry: JournalEntry) -> Result<JournalEntry, Failure> {
        let id = entry.id.unwrap_or_default();
        let body = self.journal.body(id)?.ok_or_else(|| {
            let message = format!("callout {id} is no longer in the journal");
            Failure::new(Kind::NotFound, message)
        })?;
        let was_refused = was_refused(&entry);
        let webhook_id = entry.received.webhook_id.as_deref();
        let endpoint = Endpoint {
            url: with_path(&self.base, &entry.received.path, None),
            webhook_id: webhook_id.unwrap_or(NO_WEBHOOK).to_owned(),
            secret: self.secret.clone(),
        };
        let record = self.caller.call(&endpoint, &body).await;
        let completion = Completion {
            outcome: match record.answer {
                Some(_) => CalloutOutcome::Judged(record.verdict),
                None => CalloutOutcome::ForwardFailed,
            },
            status: record.answer.as_ref().map(|answer| answer.status),
            took: record.answered_at.duration_since(record.called_at),
            error: record.error,
            forwarded_to: Some(shown(&endpoint.url)),
        };
        // A refused callout stays refused, and a failed replay does not replace a success.
        let is_answered = matches!(
            completion.outcome,
            CalloutOutcome::Judged(Verdict::Success | Verdict::Refusal)
        );
        if is_answered && !was_refused {
            let response = record.answer.as_ref().map(|answer| answer.body.as_slice());
            self.journal.complete(id, &completion, response)?;
        }
        Ok(JournalEntry { completion: Some(completion), ..entry })
    }
}
