//! The journal of `listen`: the received callouts, so that they can be sent again. It is a private
//! SQLite file of limited size in the data folder, without tokens and secrets.

mod entry;
mod schema;

use std::path::Path;

use jiff::Timestamp;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params, params_from_iter};

pub use entry::{CalloutOutcome, Completion, EntryRecord, JournalEntry, Received};

use crate::model::timestamp;
use crate::system::database::{Database, Error};

/// An entry without its bodies.
const COLUMNS: &str =
    "id, profile, received_at, path, webhook_id, type, object_id, checks, outcome, status, took, error,
    forwarded_to, is_by_hand, length(body) AS size";

/// Selects the entries of a profile, or all: parameters 1 and 2 are those of `Journal::owner`.
const IS_READ: &str = "(?1 OR profile IS ?2)";

/// Deletes the oldest entries of a class.
const DELETE_OLDEST: &str = "
    DELETE FROM callouts WHERE id IN (
        SELECT id FROM callouts WHERE (outcome IS 'refused') = ? ORDER BY id LIMIT ?)";

/// The total size of bodies in bytes, for accepted and for refused callouts each; the latest callout
/// is kept whatever its size.
const MAX_BYTES: i64 = 256 * 1024 * 1024;

/// The maximum number of refused callouts.
const MAX_REFUSED: u32 = 100;

/// Entries belong to the profile whose `listen` received them; only those of one profile are read, unless all are asked for.
pub struct Journal {
    database: Database,
    profile: Option<String>,
    reads_every_profile: bool,
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

impl Journal {
    /// Opens the journal for the profile with this key, or for commands without a profile.
    pub fn open(path: &Path, profile: Option<String>) -> Result<Self, Error> {
        let database = Database::open(path, &schema::SCHEMA)?;
        Ok(Self { database, profile, reads_every_profile: false })
    }

    /// Reads the entries of every profile.
    pub fn of_every_profile(self) -> Self {
        Self { reads_every_profile: true, ..self }
    }

    /// The key of the profile that received callouts belong to.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The parameters of `IS_READ`.
    fn owner(&self) -> [SqlValue; 2] {
        [self.reads_every_profile.into(), self.profile.clone().into()]
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
                      outcome, status, took, error, profile)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    self.profile,
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

    /// Deletes all entries that are read; returns how many there were.
    pub fn clear(&self) -> Result<usize, Error> {
        let delete = format!("DELETE FROM callouts WHERE {IS_READ}");
        self.database.with(|connection| connection.execute(&delete, self.owner()))
    }

    /// The selected entries without bodies, oldest first.
    pub fn list(&self, selection: &Selection) -> Result<Vec<JournalEntry>, Error> {
        let (condition, mut parameters) = selection.condition();
        parameters.splice(0..0, self.owner());
        let newest_first = if selection.last { "DESC LIMIT 1" } else { "ASC" };
        self.database.with(|connection| {
            connection
                .prepare(&format!(
                    "SELECT {COLUMNS} FROM callouts WHERE {IS_READ} AND {condition}
                     ORDER BY id {newest_first}"
                ))?
                .query_map(params_from_iter(parameters), entry::of_row)?
                .collect()
        })
    }

    pub fn entry(&self, id: i64) -> Result<Option<JournalEntry>, Error> {
        let selection = Selection { ids: vec![id], ..Selection::default() };
        Ok(self.list(&selection)?.pop())
    }

    /// At most `limit` entries without bodies, newest first: the latest, or those before an ID.
    pub fn latest(&self, before: Option<i64>, limit: u32) -> Result<Vec<JournalEntry>, Error> {
        let [every, profile] = self.owner();
        self.database.with(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM callouts WHERE {IS_READ} AND id < ?3
                     ORDER BY id DESC LIMIT ?4"
                ))?
                .query_map(
                    params![every, profile, before.unwrap_or(i64::MAX), limit],
                    entry::of_row,
                )?
                .collect()
        })
    }

    pub fn body(&self, id: i64) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.bodies(id)?.map(|bodies| bodies.request))
    }

    pub fn bodies(&self, id: i64) -> Result<Option<Bodies>, Error> {
        let [every, profile] = self.owner();
        self.database.with(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT body, response FROM callouts WHERE {IS_READ} AND id = ?3"
                ))?
                .query_row(params![every, profile, id], |row| {
                    Ok(Bodies { request: row.get(0)?, response: row.get(1)? })
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
mod test;
