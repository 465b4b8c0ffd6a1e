//! Sends callouts of the journal again.

use serde_json::{Map, Value};

use crate::callout::{Caller, Endpoint, NO_WEBHOOK, Target};
use crate::failure::{Failure, Kind};
use crate::listener::journal::{CalloutOutcome, Completion, Journal, JournalEntry};
use crate::model::Secret;
use crate::model::url::{shown, with_path};
use crate::operations::endpoints::target::Access;
use crate::system::folders;
use crate::text::MPT;

/// The journal in the data folder, for the profile with this key.
pub fn open_journal(profile: Option<&str>) -> Result<Journal, Failure> {
    let folder = folders::data().ok_or_else(no_data_folder)?;
    Ok(Journal::open(&folder.join("journal.db"), profile.map(str::to_owned))?)
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
        "see why with {MPT} endpoint verify-token --id {id}, and have it sent again"
    )))
}

fn was_refused(entry: &JournalEntry) -> bool {
    let completion = entry.completion.as_ref();
    completion.is_some_and(|completion| completion.outcome == CalloutOutcome::Refused)
}

pub struct Replay<'r> {
    caller: Caller<'r>,
    base: Target,
    secret: Option<Secret>,
    claims: Map<String, Value>,
    journal: Journal,
}

impl<'r> Replay<'r> {
    pub fn new(
        access: &Access<'r>,
        base: Target,
        secret: Option<Secret>,
        claims: Map<String, Value>,
        journal: Journal,
    ) -> Result<Self, Failure> {
        Ok(Self { caller: access.caller(&base)?, base, secret, claims, journal })
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
            target: Target {
                url: with_path(&self.base.url, &entry.received.path, None),
                ..self.base.clone()
            },
            webhook_id: webhook_id.unwrap_or(NO_WEBHOOK).to_owned(),
            secret: self.secret.clone(),
            claims: self.claims.clone(),
        };
        let record = self.caller.call(&endpoint, &body).await;
        let completion = Completion {
            outcome: match record.answer {
                Some(_) => CalloutOutcome::Judged(record.verdict),
                None => CalloutOutcome::ForwardFailed,
            },
            status: record.answer.as_ref().map(|answer| answer.status),
            took: record.answered_at.duration_since(record.called_at),
            // A warning is shown where an error is.
            error: record.error.or(record.warning),
            forwarded_to: Some(shown(&endpoint.target.url)),
        };
        // A refused callout stays refused, and a failed replay does not replace a success.
        if completion.outcome.is_object() && !was_refused {
            let response = record.answer.as_ref().map(|answer| answer.body.as_slice());
            self.journal.complete(id, &completion, response)?;
        }
        Ok(JournalEntry { completion: Some(completion), ..entry })
    }
}
