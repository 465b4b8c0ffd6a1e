//! Points a webhook to this machine while `listen` runs, and restores it.

use std::path::PathBuf;

use url::Url;

use crate::api::webhooks::SELECT;
use crate::api::{Error as ApiError, Fate, Retries};
use crate::failure::{Failure, Kind};
use crate::model::url::{is_same, shown, with_path};
use crate::model::{Webhook, WebhookBody};
use crate::operations::Session;
use crate::operations::listening::take_over_record::{self, Found, LockedRecord, Record};
use crate::reporter::Reporter;
use crate::system::signals::Signals;
use crate::system::{files, folders, random};
use crate::text::MPT;

pub const RESTORE: &str = "endpoint listen --restore";

fn folder() -> Result<PathBuf, Failure> {
    let data = folders::data().ok_or_else(crate::operations::endpoints::replay::no_data_folder)?;
    Ok(data.join("take-overs"))
}

fn on_disk(error: &std::io::Error) -> Failure {
    let message = format!("cannot store what a take-over has to restore: {error}");
    Failure::new(Kind::Config, message)
}

/// A webhook to be taken over, and its previous URL.
pub struct TakeOver<'a> {
    session: &'a Session<'a>,
    id: &'a str,
    account: Option<String>,
    before: String,
    public_url: String,
}

impl<'a> TakeOver<'a> {
    pub fn new(
        session: &'a Session<'a>,
        id: &'a str,
        webhook: &Webhook,
        public_url: &str,
    ) -> Result<Self, Failure> {
        let Some(before) = webhook.url.clone() else {
            let message = format!("{id} has no URL to restore");
            return Err(Failure::new(Kind::Service, message));
        };
        Ok(Self {
            session,
            id,
            account: account_of(webhook),
            public_url: with_path_of(public_url, &before),
            before,
        })
    }

    /// Whether the webhook already points to the listener.
    pub fn is_done(&self) -> bool {
        is_same(&self.before, &self.public_url)
    }

    pub fn question(&self) -> String {
        format!(
            "Point {} ({}) to {} while listen runs, and then back to {}?",
            self.id,
            self.session.target_name(),
            without_secrets(&self.public_url),
            without_secrets(&self.before)
        )
    }

    /// Stores the previous URL on disk and points the webhook to the listener. `None`: it already points
    /// to it. A signal aborts this and leaves the record on disk.
    pub async fn begin(&self) -> Result<Option<LockedRecord>, Failure> {
        let (id, public_url) = (self.id, without_secrets(&self.public_url));
        let reporter = self.session.webhooks.client().reporter();
        let held = self.record()?;
        if self.is_done() {
            reporter.note(&format!("{id} already points to {public_url}; it was not changed"));
            held.forget().map_err(|error| on_disk(&error))?;
            return Ok(None);
        }
        let mut signals = Signals::listen()?;
        let hint = format!(
            "the webhook may already point to this listener; restore it with {MPT} {RESTORE}"
        );
        let pointing = self.point_here(&held, &hint);
        let pointed = tokio::select! {
            pointed = pointing => pointed,
            _ = signals.next() => {
                return Err(Failure::new(Kind::Interrupted, "interrupted").with_hint(hint));
            }
        };
        match pointed {
            Ok(()) => {
                reporter.note(&format!("{id} points to {public_url} until listen stops"));
                Ok(Some(held))
            }
            Err((fate, failure)) => {
                if fate == Fate::NotDone {
                    held.forget().map_err(|error| on_disk(&error))?;
                }
                Err(failure)
            }
        }
    }

    /// Points the webhook to the listener. An error says whether that may still happen.
    async fn point_here(&self, held: &LockedRecord, hint: &str) -> Result<(), (Fate, Failure)> {
        let id = self.id;
        // The URL to restore must be the current one, also after a question.
        let error = match point(self.session, self.id, &self.before, &self.public_url).await {
            Ok(Pointed::Done) => return Ok(()),
            Ok(Pointed::Elsewhere(url)) => {
                let url = without_secrets(&url);
                let message =
                    format!("{id} was pointed to {url} in the meantime; it was not taken over");
                let failure = Failure::new(Kind::Conflict, message);
                return Err((Fate::NotDone, failure.with_hint("run the command again")));
            }
            Err(error) => error,
        };
        let fate = error.fate();
        let failure = Failure::from(error).while_trying(&format!("take over {id}"));
        if fate == Fate::NotDone {
            return Err((fate, failure));
        }
        // The request may take effect later, so the record is kept even if this succeeds.
        Err((
            fate,
            match restore_url(self.session, held).await {
                Ok(()) => failure.with_hint(hint),
                // Both failures are reported; the first one is the cause.
                Err(second) => {
                    failure.with_details(vec![second.message, second.hint.unwrap_or_default()])
                }
            },
        ))
    }

    fn record(&self) -> Result<LockedRecord, Failure> {
        let record = Record {
            webhook: self.id.to_owned(),
            platform: self.session.platform(),
            account: self.account.clone(),
            target_name: self.session.target_name(),
            url_before: self.before.clone(),
            url_set: self.public_url.clone(),
            nonce: random::hex(8).map_err(|error| on_disk(&error))?,
        };
        let held = take_over_record::begin(&folder()?, record).map_err(|error| on_disk(&error))?;
        held.ok_or_else(|| {
            let hint = format!(
                "stop the other listen, which restores the webhook; after a crash, run {MPT} {RESTORE}"
            );
            Failure::new(Kind::Conflict, format!("{} is already taken over", self.id))
                .with_hint(hint)
        })
    }
}

/// A URL as it may be shown in messages.
fn without_secrets(text: &str) -> String {
    Url::parse(text).map_or_else(|_| text.to_owned(), |url| shown(&url))
}

/// A URL without a path gets the path of the webhook's URL; its query stays.
fn with_path_of(public_url: &str, before: &str) -> String {
    match (Url::parse(public_url), Url::parse(before)) {
        (Ok(public_url), Ok(before)) => {
            with_path(&public_url, before.path(), before.query()).to_string()
        }
        _ => public_url.to_owned(),
    }
}

fn account_of(webhook: &Webhook) -> Option<String> {
    webhook.account.as_ref().and_then(|account| account.id.clone())
}

/// Where a webhook points.
enum Pointed {
    /// To the wanted URL, as it was read.
    Done,
    /// To another URL than the expected one; it was not changed.
    Elsewhere(String),
}

/// Changes the URL from one to another, and reads the webhook to see that it was changed. Before each attempt, the
/// webhook is read, so that nobody else's change is lost.
async fn point(session: &Session<'_>, id: &str, from: &str, to: &str) -> Result<Pointed, ApiError> {
    let webhooks = &session.webhooks;
    let body = WebhookBody { url: Some(to.to_owned()), ..WebhookBody::default() };
    let retries = webhooks.client().new_retries();
    let mut fate = Fate::NotDone;
    loop {
        let now = webhooks.current(id).await;
        let now = now.map_err(|error| error.after(fate))?;
        let now = now.url.clone().unwrap_or_default();
        if is_same(&now, to) {
            return Ok(Pointed::Done);
        }
        if !is_same(&now, from) {
            return Ok(Pointed::Elsewhere(now));
        }
        let error = match webhooks.update(id, &body, SELECT, &Retries::new(0)).await {
            Ok(_) => break,
            Err(error) => error,
        };
        if !webhooks.client().may_retry(&error, &retries) {
            return Err(error.after(fate));
        }
        fate = fate.max(error.fate());
        let paused = webhooks.client().pause(error, &retries, id).await;
        paused.map_err(|error| error.after(fate))?;
    }
    let now = webhooks.current(id).await;
    let now = now.map_err(|error| ApiError::ReadBackFailed(Box::new(error)))?;
    match now.url.as_deref().is_some_and(|now| is_same(now, to)) {
        true => Ok(Pointed::Done),
        false => Err(ApiError::NotStored("its URL has not changed".to_owned())),
    }
}

/// Restores a webhook, if it still points to the listener's URL, and removes the record once the
/// webhook was read to be restored.
///
/// # Errors
/// The webhook could not be restored; the record stays on disk.
pub async fn restore(session: &Session<'_>, held: LockedRecord) -> Result<(), Failure> {
    restore_url(session, &held).await?;
    held.forget().map_err(|error| on_disk(&error))
}

async fn restore_url(session: &Session<'_>, held: &LockedRecord) -> Result<(), Failure> {
    let Record { webhook: id, account, url_before, url_set, .. } = &held.record;
    let reporter = session.webhooks.client().reporter();
    let before = without_secrets(url_before);
    let failed = |error: ApiError| {
        Failure::from(error)
            .while_trying(&format!("point {id} back to {before}"))
            .with_hint(format!("try again with {MPT} {RESTORE} ({})", session.target_name()))
    };
    let webhook = match session.webhooks.current(id).await {
        Ok(webhook) => webhook,
        // Other accounts get 404 too, so it does not mean that the webhook was deleted.
        Err(error) if error.status() == Some(404) => {
            let account = account.as_deref().unwrap_or("the webhook");
            return Err(failed(error).with_hint(format!(
                "run {MPT} {RESTORE} with a token of {account}; if the webhook was deleted, delete {}",
                files::shell_word(held.path())
            )));
        }
        Err(error) => return Err(failed(error)),
    };
    if account.is_some() && account_of(&webhook).is_some_and(|now| Some(now) != *account) {
        return Err(belongs_elsewhere(&held.record));
    }
    let was_restored = webhook.url.as_deref().is_some_and(|now| is_same(now, url_before));
    match point(session, id, url_set, url_before).await.map_err(failed)? {
        Pointed::Done if was_restored => {}
        Pointed::Done => reporter.note(&format!("{id} points to {before} again")),
        Pointed::Elsewhere(url) => reporter.warn(&format!(
            "someone else pointed {id} to {}; it was not changed back to {before}",
            without_secrets(&url),
        )),
    }
    Ok(())
}

/// What a crash has left: records, and failures for those that cannot be read. With `name_running`, running take-overs
/// are reported.
pub fn left(
    reporter: &dyn Reporter,
    name_running: bool,
) -> Result<(Vec<LockedRecord>, Vec<Failure>), Failure> {
    let (mut left, mut unreadable) = (Vec::new(), Vec::new());
    for found in take_over_record::all(&folder()?).map_err(|error| on_disk(&error))? {
        match found {
            Found::Left(held) => left.push(held),
            Found::Running(record) if name_running => {
                let id = &record.webhook;
                reporter.note(&format!("{id} is taken over by a listen that is still running"));
            }
            Found::Running(_) => {}
            Found::Unreadable(why) => {
                let message = format!("cannot read the record of a take-over: {why}");
                unreadable.push(Failure::new(Kind::Config, message).with_hint(format!(
                    "see where the webhook points with {MPT} webhook show, then delete the file"
                )));
            }
        }
    }
    Ok((left, unreadable))
}

/// Restores the webhooks of this platform that were left by a crash. Returns the failures
/// of the others.
pub async fn restore_all(left: Vec<LockedRecord>, session: &Session<'_>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for held in left {
        if held.record.platform != session.platform() {
            failures.push(belongs_elsewhere(&held.record));
        } else if let Err(failure) = restore(session, held).await {
            failures.push(failure);
        }
    }
    failures
}

/// The failure for a take-over that another profile has to restore.
pub fn belongs_elsewhere(record: &Record) -> Failure {
    let account = record.account.as_ref();
    let account = account.map(|account| format!(", account {account}"));
    let message = format!(
        "{} ({}{}) may still point to {}",
        record.webhook,
        record.target_name,
        account.unwrap_or_default(),
        without_secrets(&record.url_set)
    );
    let hint = format!("run {MPT} {RESTORE} with a profile of that platform and account");
    Failure::new(Kind::Config, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::with_path_of;

    #[test]
    fn path_and_query_of_the_webhook_stay_where_the_public_url_has_none() {
        let before = "https://prod.example.com/hook/v1?tenant=7&k=a%20b";
        for (public_url, expected) in [
            ("https://t.example", "https://t.example/hook/v1?tenant=7&k=a%20b"),
            ("https://t.example/p", "https://t.example/p?tenant=7&k=a%20b"),
            ("https://t.example?z=1", "https://t.example/hook/v1?z=1&tenant=7&k=a%20b"),
        ] {
            assert_eq!(with_path_of(public_url, before), expected);
        }
    }
}
