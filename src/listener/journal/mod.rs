//! The journal of `listen`: the received callouts, so that they can be sent again. It is a private
//! SQLite file of limited size in the data folder, without tokens and secrets.

mod entry;
mod schema;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params, params_from_iter};

pub use entry::{Completion, Entry, EntryRecord, Outcome, Received};

use crate::model::timestamp;
use crate::system::database::{Database, Error};

/// An entry without its bodies.
const COLUMNS: &str =
    "id, received_at, path, webhook_id, type, object_id, checks, outcome, status, took, error,
    forwarded_to, is_by_hand, length(body) AS size";

/// Deletes the oldest entries of a class.
const DELETE_OLDEST: &str = "
    DELETE FROM callouts WHERE id IN (
        SELECT id FROM callouts WHERE (outcome IS 'refused') = ? ORDER BY id LIMIT ?)";

/// The total size of bodies in bytes, for accepted and for refused callouts each; the latest callout
/// is kept whatever its size.
const MAX_BYTES: i64 = 256 * 1024 * 1024;

/// The maximum number of refused callouts.
const MAX_REFUSED: u32 = 100;

pub struct Journal {
    database: Database,
}

/// The body of a callout, and of the answer if there is one.
#[derive(Clone, Debug, Default)]
pub struct Bodies {
    pub request: Vec<u8>,
    pub response: Option<Vec<u8>>,
}

/// Selects entries.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// These IDs; the other conditions are then ignored.
    pub ids: Vec<i64>,
    /// Only entries that failed or were never answered, and were not sent by hand.
    pub failed: bool,
    pub since: Option<Timestamp>,
    /// Only the latest selected entry.
    pub last: bool,
    /// Include refused callouts.
    pub refused: bool,
}

/// The default place: `journal.db` in `folder`.
pub fn default_path(folder: Option<PathBuf>) -> Option<PathBuf> {
    Some(folder?.join("journal.db"))
}

impl Journal {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let database = Database::open(path, &schema::SCHEMA)?;
        Ok(Self { database })
    }

    /// Whether the file was deleted or replaced since the last time that this was asked.
    pub fn was_replaced(&self) -> bool {
        self.database.was_replaced()
    }

    /// Stores a callout, with its outcome if it is known, and returns its ID.
    pub fn add(
        &self,
        received: &Received,
        body: &[u8],
        completion: Option<&Completion>,
    ) -> Result<i64, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO callouts
                     (received_at, path, webhook_id, type, object_id, body, checks, is_by_hand,
                      outcome, status, took, error)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )?
                .insert(params![
                    timestamp::format(received.received_at),
                    received.path,
                    received.webhook_id,
                    received.webhook_type,
                    received.object_id,
                    body,
                    serde_json::to_string(&received.checks).unwrap_or_default(),
                    received.is_by_hand,
                    completion.map(|completion| completion.outcome.name()),
                    completion.map(|completion| completion.status),
                    completion.map(Completion::millis),
                    completion.map(|completion| completion.error.as_deref()),
                ])
        })
    }

    /// Stores the outcome of a callout and the body of the answer; they replace earlier ones.
    pub fn complete(
        &self,
        id: i64,
        completion: &Completion,
        response: Option<&[u8]>,
    ) -> Result<(), Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached(
                    "UPDATE callouts SET outcome = ?, status = ?, took = ?, error = ?,
                     forwarded_to = ?, response = ? WHERE id = ?",
                )?
                .execute(params![
                    completion.outcome.name(),
                    completion.status,
                    completion.millis(),
                    completion.error,
                    completion.forwarded_to,
                    response,
                    id,
                ])
                .map(drop)
        })
    }

    /// Deletes all but the latest entries. Accepted and refused callouts are counted separately, so that
    /// unauthenticated senders cannot displace accepted callouts.
    pub fn prune(&self, keep: u32) -> Result<(), Error> {
        self.database.with(|connection| {
            for (is_refused, keep) in [(0, keep), (1, keep.min(MAX_REFUSED))] {
                while surplus(connection, is_refused, keep)? > 0 {
                    // Counted again in the transaction, so that two callouts do not delete the same surplus twice.
                    let transaction =
                        connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                    let surplus = surplus(&transaction, is_refused, keep)?;
                    let deleted = transaction
                        .prepare_cached(DELETE_OLDEST)?
                        .execute([is_refused, surplus])?;
                    transaction.commit()?;
                    if deleted == 0 {
                        break;
                    }
                }
            }
            Ok(())
        })
    }

    /// The selected entries without bodies, oldest first.
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
                    "SELECT {COLUMNS} FROM callouts WHERE {condition} ORDER BY id {newest_first}"
                ))?
                .query_map(params_from_iter(parameters), entry::of_row)?
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

    /// At most `limit` entries without bodies, newest first: the latest, or those before an ID.
    pub fn latest(&self, before: Option<i64>, limit: u32) -> Result<Vec<Entry>, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM callouts WHERE id < ? ORDER BY id DESC LIMIT ?"
                ))?
                .query_map(params![before.unwrap_or(i64::MAX), limit], entry::of_row)?
                .collect()
        })
    }

    pub fn body(&self, id: i64) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.bodies(id)?.map(|bodies| bodies.request))
    }

    pub fn bodies(&self, id: i64) -> Result<Option<Bodies>, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached("SELECT body, response FROM callouts WHERE id = ?")?
                .query_row([id], |row| {
                    Ok(Bodies {
                        request: row.get(0)?,
                        response: row.get(1)?,
                    })
                })
                .optional()
        })
    }
}

/// How many entries of a class have to go.
fn surplus(connection: &Connection, is_refused: i64, keep: u32) -> rusqlite::Result<i64> {
    let (entries, bytes): (i64, i64) = connection
        .prepare_cached("SELECT entries, bytes FROM totals WHERE is_refused = ?")?
        .query_row([is_refused], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let is_too_large = bytes > MAX_BYTES && entries > 1;
    Ok((entries - i64::from(keep)).max(i64::from(is_too_large)))
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
            terms.push("NOT is_by_hand");
        }
        if let Some(since) = self.since {
            terms.push("received_at >= ?");
            parameters.push(SqlValue::Text(timestamp::format(since)));
        }
        (terms.join(" AND "), parameters)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Completion, Journal, Outcome, Received, Selection};
    use crate::callout::Verdict;

    fn add(journal: &Journal, at: &str, outcome: Option<Outcome>) -> i64 {
        let received = Received {
            received_at: at.parse().unwrap(),
            path: "/".to_owned(),
            webhook_id: None,
            webhook_type: None,
            object_id: None,
            size: 0,
            checks: Vec::new(),
            is_by_hand: false,
        };
        let id = journal.add(&received, at.as_bytes(), None).unwrap();
        if let Some(outcome) = outcome {
            let completion = Completion {
                outcome,
                status: Some(200),
                took: SignedDuration::from_millis(7),
                error: None,
                forwarded_to: None,
            };
            journal.complete(id, &completion, Some(b"answer")).unwrap();
        }
        id
    }

    fn ids(journal: &Journal, selection: &Selection) -> Vec<i64> {
        let found = journal.list(selection).unwrap();
        found.iter().map(|entry| entry.id.unwrap()).collect()
    }

    /// The size of the accepted callouts and of the refused ones, with their answers.
    fn sizes(journal: &Journal) -> [i64; 2] {
        [0, 1].map(|is_refused| {
            let read = journal.database.with(|connection| {
                connection.query_row(
                    "SELECT bytes FROM totals WHERE is_refused = ?",
                    [is_refused],
                    |row| row.get(0),
                )
            });
            read.unwrap()
        })
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

        let latest = |before, limit| -> Vec<i64> {
            let entries = journal.latest(before, limit).unwrap();
            entries.iter().map(|entry| entry.id.unwrap()).collect()
        };
        assert_eq!(latest(None, 2), [unanswered, refused]);
        assert_eq!(latest(Some(refused), 9), [bad, ok]);
        let answer = journal.bodies(ok).unwrap().unwrap().response;
        assert_eq!(answer.as_deref(), Some(&b"answer"[..]));

        journal.prune(1).unwrap();
        assert_eq!(sizes(&journal), [20, 20 + 6]);
        assert_eq!(ids(&journal, &with_refused), [refused, unanswered]);
        let next = add(&journal, "2026-05-04T13:00:00Z", None);
        assert!(next > unanswered, "an id is never given twice");
    }

    #[test]
    fn pruning_and_adding_do_not_read_the_whole_journal() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.db")).unwrap();
        let plans = journal.database.with(|connection| {
            let mut details = Vec::new();
            for statement in [
                super::DELETE_OLDEST,
                "UPDATE totals SET entries = 1 WHERE is_refused = 1",
                "SELECT entries, bytes FROM totals WHERE is_refused = 1",
            ] {
                let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}"))?;
                let count = plan.parameter_count();
                let rows = plan.query_map(rusqlite::params_from_iter(vec![1; count]), |row| {
                    row.get::<_, String>(3)
                })?;
                for row in rows {
                    details.push(row?);
                }
            }
            Ok(details)
        });
        for detail in plans.unwrap() {
            assert!(
                detail.starts_with("SEARCH") || detail.starts_with("LIST"),
                "{detail}"
            );
        }
    }
}
