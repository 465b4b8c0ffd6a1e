//! The journal of `listen`: every callout that it received, so that it can be sent again. A SQLite
//! file in the data folder, its owner's only, bounded; no token and no secret is ever in it.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Value as SqlValue;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};
use serde_json::{Value, json};

use crate::callout::Verdict;
use crate::database::{Database, Error, Schema};
use crate::model::timestamp;

const SCHEMA: Schema = Schema {
    migrations: &["
        CREATE TABLE callouts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            received_at TEXT NOT NULL,
            path TEXT NOT NULL,
            webhook_id TEXT,
            type TEXT,
            object_id TEXT,
            body BLOB NOT NULL,
            checks TEXT NOT NULL,
            outcome TEXT,
            status INTEGER,
            took INTEGER,
            error TEXT,
            forwarded_to TEXT
        );
        CREATE INDEX callouts_by_outcome ON callouts (outcome);
    "],
    set_up: |_| Ok(()),
};

pub struct Journal {
    database: Database,
}

/// A callout as it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    pub received_at: Timestamp,
    /// Without the query, which may hold a secret.
    pub path: String,
    /// As the token claims.
    pub webhook_id: Option<String>,
    /// Where it is known.
    pub webhook_type: Option<String>,
    pub object_id: Option<String>,
    /// In bytes, of the body.
    pub size: u64,
    /// What `verify` says of its token: a list of checks.
    pub checks: Value,
}

/// What became of a callout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint answered.
    Judged(Verdict),
    /// It was not let in.
    Refused,
    /// No endpoint answered.
    ForwardFailed,
}

impl Outcome {
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

    pub fn name(self) -> &'static str {
        match self {
            Self::Judged(verdict) => verdict.name(),
            Self::Refused => "refused",
            Self::ForwardFailed => "forward-failed",
        }
    }
}

/// The end of a callout.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    pub outcome: Outcome,
    pub status: Option<u16>,
    pub took: SignedDuration,
    pub error: Option<String>,
    /// Where it went, without what a URL may hide.
    pub forwarded_to: Option<String>,
}

/// A callout, and what became of it so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// `None`: it could not be kept.
    pub id: Option<i64>,
    pub received: Received,
    /// `None`: it is not answered, or the program ended before it was.
    pub settled: Option<Settled>,
}

impl Entry {
    /// As programs get it: `ms` is in milliseconds, `size` in bytes.
    pub fn to_json(&self) -> Value {
        let Self {
            id,
            received,
            settled,
        } = self;
        let settled = settled.as_ref();
        json!({
            "id": id,
            "receivedAt": timestamp::format(received.received_at),
            "webhook": received.webhook_id,
            "type": received.webhook_type,
            "object": received.object_id,
            "path": received.path,
            "size": received.size,
            "outcome": settled.map(|settled| settled.outcome.name()),
            "status": settled.and_then(|settled| settled.status),
            "ms": settled.map(Settled::millis),
            "error": settled.and_then(|settled| settled.error.as_deref()),
            "to": settled.and_then(|settled| settled.forwarded_to.as_deref()),
            "checks": received.checks,
        })
    }
}

impl Settled {
    fn millis(&self) -> i64 {
        i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Which entries are meant.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// These, and the rest of the selection does not count.
    pub ids: Vec<i64>,
    /// Failed, or never answered.
    pub failed: bool,
    pub since: Option<Timestamp>,
    /// Only the latest of them.
    pub last: bool,
    /// What was not let in too.
    pub refused: bool,
}

/// The default place: `journal.db` in `folder`.
pub fn default_path(folder: Option<PathBuf>) -> Option<PathBuf> {
    Some(folder?.join("journal.db"))
}

impl Journal {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let database = Database::open(path, &SCHEMA)?;
        Ok(Self { database })
    }

    /// Keeps a callout, and gives its id.
    pub fn add(&self, received: &Received, body: &[u8]) -> Result<i64, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO callouts
                     (received_at, path, webhook_id, type, object_id, body, checks)
                     VALUES (?, ?, ?, ?, ?, ?, ?)",
                )?
                .insert(params![
                    timestamp::format(received.received_at),
                    received.path,
                    received.webhook_id,
                    received.webhook_type,
                    received.object_id,
                    body,
                    received.checks.to_string(),
                ])
        })
    }

    /// Notes what became of it; a later outcome takes the place of an earlier one.
    pub fn settle(&self, id: i64, settled: &Settled) -> Result<(), Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached(
                    "UPDATE callouts SET outcome = ?, status = ?, took = ?, error = ?,
                     forwarded_to = ? WHERE id = ?",
                )?
                .execute(params![
                    settled.outcome.name(),
                    settled.status,
                    settled.millis(),
                    settled.error,
                    settled.forwarded_to,
                    id,
                ])
                .map(drop)
        })
    }

    /// Forgets all but the latest. What was let in and what was not are counted apart: strangers
    /// cannot push out what is worth keeping.
    pub fn prune(&self, keep: u32) -> Result<(), Error> {
        self.database.with(|connection| {
            for class in ["outcome = 'refused'", "outcome IS NOT 'refused'"] {
                connection
                    .prepare_cached(&format!(
                        "DELETE FROM callouts WHERE {class} AND id <= (
                            SELECT id FROM callouts WHERE {class}
                            ORDER BY id DESC LIMIT 1 OFFSET ?)"
                    ))?
                    .execute([keep])?;
            }
            Ok(())
        })
    }

    /// The entries, the oldest first, without their bodies.
    pub fn list(&self, selection: &Selection) -> Result<Vec<Entry>, Error> {
        let (condition, parameters) = selection.condition();
        let newest_first = if selection.last {
            "DESC LIMIT 1"
        } else {
            "ASC"
        };
        self.database.with(|connection| {
            connection
                .prepare(&format!(
                    "SELECT *, length(body) AS size FROM callouts WHERE {condition}
                     ORDER BY id {newest_first}"
                ))?
                .query_map(params_from_iter(parameters), entry)?
                .collect()
        })
    }

    pub fn entry(&self, id: i64) -> Result<Option<Entry>, Error> {
        let selection = Selection {
            ids: vec![id],
            ..Selection::default()
        };
        Ok(self.list(&selection)?.pop())
    }

    pub fn body(&self, id: i64) -> Result<Option<Vec<u8>>, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached("SELECT body FROM callouts WHERE id = ?")?
                .query_row([id], |row| row.get(0))
                .optional()
        })
    }
}

impl Selection {
    fn condition(&self) -> (String, Vec<SqlValue>) {
        if !self.ids.is_empty() {
            let ids: Vec<_> = self.ids.iter().map(i64::to_string).collect();
            return (format!("id IN ({})", ids.join(",")), Vec::new());
        }
        let mut terms = vec!["true"];
        let mut parameters = Vec::new();
        if !self.refused {
            terms.push("outcome IS NOT 'refused'");
        }
        if self.failed {
            terms.push("(outcome IS NULL OR outcome IN ('failure', 'forward-failed'))");
        }
        if let Some(since) = self.since {
            terms.push("received_at >= ?");
            parameters.push(SqlValue::Text(timestamp::format(since)));
        }
        (terms.join(" AND "), parameters)
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let text = |name: &str| row.get::<_, Option<String>>(name);
    let odd = |name: &str| rusqlite::Error::InvalidColumnName(name.to_owned());
    let received_at: String = row.get("received_at")?;
    let checks: String = row.get("checks")?;
    let settled = match text("outcome")? {
        Some(name) => Some(Settled {
            outcome: Outcome::find(&name).ok_or_else(|| odd("outcome"))?,
            status: row.get("status")?,
            took: SignedDuration::from_millis(row.get("took")?),
            error: text("error")?,
            forwarded_to: text("forwarded_to")?,
        }),
        None => None,
    };
    Ok(Entry {
        id: row.get("id")?,
        received: Received {
            received_at: timestamp::parse(&received_at).ok_or_else(|| odd("received_at"))?,
            path: row.get("path")?,
            webhook_id: text("webhook_id")?,
            webhook_type: text("type")?,
            object_id: text("object_id")?,
            size: row.get::<_, i64>("size")?.unsigned_abs(),
            checks: serde_json::from_str(&checks).unwrap_or_default(),
        },
        settled,
    })
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use super::{Journal, Outcome, Received, Selection, Settled};
    use crate::callout::Verdict;

    fn add(journal: &Journal, at: &str, outcome: Option<Outcome>) -> i64 {
        let received = Received {
            received_at: at.parse().unwrap(),
            path: "/".to_owned(),
            webhook_id: None,
            webhook_type: None,
            object_id: None,
            size: 0,
            checks: json!([]),
        };
        let id = journal.add(&received, at.as_bytes()).unwrap();
        if let Some(outcome) = outcome {
            let settled = Settled {
                outcome,
                status: Some(200),
                took: SignedDuration::from_millis(7),
                error: None,
                forwarded_to: None,
            };
            journal.settle(id, &settled).unwrap();
        }
        id
    }

    fn ids(journal: &Journal, selection: &Selection) -> Vec<i64> {
        let found = journal.list(selection).unwrap();
        found.iter().map(|entry| entry.id.unwrap()).collect()
    }

    #[test]
    fn entries_are_selected_kept_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.db")).unwrap();
        let ok = add(
            &journal,
            "2026-05-04T09:00:00Z",
            Some(Outcome::Judged(Verdict::Success)),
        );
        let bad = add(
            &journal,
            "2026-05-04T10:00:00.5Z",
            Some(Outcome::ForwardFailed),
        );
        let refused = add(&journal, "2026-05-04T11:00:00Z", Some(Outcome::Refused));
        let unanswered = add(&journal, "2026-05-04T12:00:00Z", None);
        let all = Selection::default();
        assert_eq!(ids(&journal, &all), [ok, bad, unanswered]);
        let with_refused = Selection {
            refused: true,
            ..all.clone()
        };
        assert_eq!(ids(&journal, &with_refused), [ok, bad, refused, unanswered]);
        let failed = Selection {
            failed: true,
            ..all.clone()
        };
        assert_eq!(ids(&journal, &failed), [bad, unanswered]);
        let since: Timestamp = "2026-05-04T10:00:00.500Z".parse().unwrap();
        let since = Selection {
            since: Some(since),
            ..all.clone()
        };
        assert_eq!(ids(&journal, &since), [bad, unanswered]);
        let last = Selection {
            last: true,
            ..all.clone()
        };
        assert_eq!(ids(&journal, &last), [unanswered]);
        let one = Selection {
            ids: vec![refused],
            ..all.clone()
        };
        assert_eq!(ids(&journal, &one), [refused]);
        assert_eq!(journal.body(ok).unwrap().unwrap(), b"2026-05-04T09:00:00Z");

        journal.prune(1).unwrap();
        assert_eq!(ids(&journal, &with_refused), [refused, unanswered]);
        let next = add(&journal, "2026-05-04T13:00:00Z", None);
        assert!(next > unanswered, "an id is never given twice");
    }
}
