//! An entry of the journal: a callout and its outcome.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Row;
use serde::{Serialize, Serializer};

use crate::callout::Verdict;
use crate::model::{Check, timestamp};

/// A callout as it was received.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The key of the profile whose `listen` received it, if it had one.
    pub profile: Option<String>,
    pub received_at: Timestamp,
    /// The path without the query, which may contain a secret.
    pub path: String,
    /// The webhook ID in the token.
    pub webhook_id: Option<String>,
    /// The type of the webhook, if it is known.
    pub webhook_type: Option<String>,
    pub object_id: Option<String>,
    /// The length of the body in bytes.
    pub size: u64,
    /// The results of the checks of its token.
    pub checks: Vec<Check>,
    /// Whether it was sent from the inspector.
    pub is_by_hand: bool,
}

/// The outcome of a callout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalloutOutcome {
    /// The endpoint answered.
    Judged(Verdict),
    /// The callout was refused.
    Refused,
    /// No endpoint answered.
    ForwardFailed,
}

impl CalloutOutcome {
    fn find(name: &str) -> Option<Self> {
        [
            Self::Judged(Verdict::Success),
            Self::Judged(Verdict::Failure),
            Self::Judged(Verdict::Refusal),
            Self::Refused,
            Self::ForwardFailed,
        ]
        .into_iter()
        .find(|outcome| outcome.name() == name)
    }

    /// Whether the endpoint answered with an object.
    pub fn is_object(self) -> bool {
        matches!(self, Self::Judged(Verdict::Success | Verdict::Refusal))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Judged(verdict) => verdict.name(),
            Self::Refused => "refused",
            Self::ForwardFailed => "forward-failed",
        }
    }
}

/// How a callout ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    pub outcome: CalloutOutcome,
    pub status: Option<u16>,
    pub took: SignedDuration,
    pub error: Option<String>,
    /// The URL that it was forwarded to, without user, password and query.
    pub forwarded_to: Option<String>,
}

/// A callout and its outcome, if it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// `None`: it could not be stored.
    pub id: Option<i64>,
    pub received: Received,
    /// `None`: it is not answered yet, or the program ended before that.
    pub completion: Option<Completion>,
}

/// The entry as JSON: `ms` is in milliseconds, `size` in bytes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryRecord<'e> {
    id: Option<i64>,
    profile: Option<&'e str>,
    received_at: String,
    webhook: Option<&'e str>,
    #[serde(rename = "type")]
    webhook_type: Option<&'e str>,
    object: Option<&'e str>,
    path: &'e str,
    size: u64,
    outcome: Option<&'static str>,
    status: Option<u16>,
    ms: Option<i64>,
    error: Option<&'e str>,
    to: Option<&'e str>,
    by_hand: bool,
    checks: &'e [Check],
}

impl JournalEntry {
    pub fn record(&self) -> EntryRecord<'_> {
        let received = &self.received;
        let completion = self.completion.as_ref();
        EntryRecord {
            id: self.id,
            profile: received.profile.as_deref(),
            received_at: timestamp::format(received.received_at),
            webhook: received.webhook_id.as_deref(),
            webhook_type: received.webhook_type.as_deref(),
            object: received.object_id.as_deref(),
            path: &received.path,
            size: received.size,
            outcome: completion.map(|completion| completion.outcome.name()),
            status: completion.and_then(|completion| completion.status),
            ms: completion.map(Completion::millis),
            error: completion.and_then(|completion| completion.error.as_deref()),
            to: completion.and_then(|completion| completion.forwarded_to.as_deref()),
            by_hand: received.is_by_hand,
            checks: &received.checks,
        }
    }
}

impl EntryRecord<'_> {
    /// The same without the checks of its token, for long lists.
    pub fn without_checks(self) -> Self {
        Self { checks: &[], ..self }
    }
}

impl Serialize for JournalEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record().serialize(serializer)
    }
}

impl Completion {
    pub(super) fn millis(&self) -> i64 {
        i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Reads an entry from a row of the database.
pub(super) fn of_row(row: &Row<'_>) -> rusqlite::Result<JournalEntry> {
    let text = |name: &str| row.get::<_, Option<String>>(name);
    let odd = |name: &str| rusqlite::Error::InvalidColumnName(name.to_owned());
    let received_at: String = row.get("received_at")?;
    let checks: String = row.get("checks")?;
    let completion = match text("outcome")? {
        Some(name) => Some(Completion {
            outcome: CalloutOutcome::find(&name).ok_or_else(|| odd("outcome"))?,
            status: row.get("status")?,
            took: SignedDuration::from_millis(row.get("took")?),
            error: text("error")?,
            forwarded_to: text("forwarded_to")?,
        }),
        None => None,
    };
    Ok(JournalEntry {
        id: row.get("id")?,
        received: Received {
            profile: text("profile")?,
            received_at: timestamp::parse(&received_at).ok_or_else(|| odd("received_at"))?,
            path: row.get("path")?,
            webhook_id: text("webhook_id")?,
            webhook_type: text("type")?,
            object_id: text("object_id")?,
            size: row.get::<_, i64>("size")?.unsigned_abs(),
            checks: serde_json::from_str(&checks).unwrap_or_default(),
            is_by_hand: row.get("is_by_hand")?,
        },
        completion,
    })
}
