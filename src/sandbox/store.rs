//! The SQLite database, shared by any number of processes.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params, params_from_iter};
use serde_json::Value;

use super::accounts::Account;
use super::catalogue::{self, CatalogueKind};
use super::history;
use super::query::ListQuery;
use super::schema;
use crate::model::webhook_type;
use crate::system::database::{Database, Error, Schema};
use crate::system::{clock, random};

const SCHEMA: Schema = Schema { migrations: schema::MIGRATIONS };

pub struct Store {
    database: Database,
}

/// A webhook to be stored: its document without the ID.
pub struct NewWebhook {
    pub webhook_type: &'static str,
    pub object_id: String,
    pub document: serde_json::Map<String, Value>,
}

/// The result of a write.
#[derive(Debug)]
pub enum Written<E> {
    Done(Value),
    /// Another webhook has this type and object.
    Conflict,
    NotFound,
    Refused(E),
}

impl Store {
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    pub fn open(path: &Path) -> Result<Self, super::Error> {
        let database = Database::open(path, &SCHEMA)?;
        Ok(Self { database })
    }

    /// Deletes all webhooks. A database that cannot be opened is replaced by an empty one.
    pub fn reset(path: &Path) -> Result<(), super::Error> {
        let database = match Database::open(path, &SCHEMA) {
            Err(Error::Database { .. } | Error::Newer { .. }) => {
                Database::remove(path)?;
                Database::open(path, &SCHEMA)?
            }
            opened => opened?,
        };
        database.with(|connection| {
            connection
                .execute_batch("DELETE FROM webhooks; DELETE FROM objects; DELETE FROM history")
        })?;
        Ok(())
    }

    pub fn get(&self, id: &str) -> Result<Option<Value>, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached("SELECT document FROM webhooks WHERE id = ?")?
                .query_row([id], document)
                .optional()
        })
    }

    /// A page, and the total number of webhooks that pass the filter.
    pub fn list(&self, query: &ListQuery) -> Result<(Vec<Value>, i64), Error> {
        match query.order.is_empty() && query.filter.is_everything() {
            true => self.page(query),
            false => self.scan(query),
        }
    }

    /// A page in the order of creation, without reading other documents.
    fn page(&self, query: &ListQuery) -> Result<(Vec<Value>, i64), Error> {
        self.database.with(|connection| {
            let transaction = connection.transaction()?;
            let total = transaction
                .prepare_cached("SELECT count(*) FROM webhooks")?
                .query_row([], |row| row.get(0))?;
            let page = transaction
                .prepare_cached(
                    "SELECT document FROM webhooks WHERE sequence IN (
                        SELECT sequence FROM webhooks ORDER BY sequence LIMIT ? OFFSET ?
                    ) ORDER BY sequence",
                )?
                .query_map([query.limit, query.offset], document)?
                .collect::<Result<_, _>>()?;
            Ok((page, total))
        })
    }

    /// A page of the documents that pass the filter. Look-ups by ID, or by type and object, use an index; otherwise all
    /// documents are read, and kept if they must be sorted.
    fn scan(&self, query: &ListQuery) -> Result<(Vec<Value>, i64), Error> {
        let equal_to = |path| query.filter.equal_to(path);
        let (condition, values) = match (equal_to("id"), equal_to("type"), equal_to("object.id")) {
            (Some(id), ..) => ("WHERE id = ?", vec![id]),
            (_, Some(typed), Some(object)) => {
                ("WHERE type = ? AND object_id = ?", vec![webhook_type::canonical(typed), object])
            }
            _ => ("", Vec::new()),
        };
        let wanted = query.offset..query.offset.saturating_add(query.limit);
        self.database.with(|connection| {
            let sql = format!("SELECT document FROM webhooks {condition} ORDER BY sequence");
            let mut total = 0;
            let mut found = Vec::new();
            let mut statement = connection.prepare_cached(&sql)?;
            for webhook in statement.query_map(params_from_iter(values), document)? {
                let webhook = webhook?;
                if query.filter.passes(&webhook) {
                    if !query.order.is_empty() || wanted.contains(&total) {
                        found.push(webhook);
                    }
                    total += 1;
                }
            }
            if !query.order.is_empty() {
                found.sort_by(|one, other| query.compare(one, other));
                let skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
                let take = usize::try_from(query.limit).unwrap_or(0);
                found = found.into_iter().skip(skip).take(take).collect();
            }
            Ok((found, total))
        })
    }

    /// All webhooks of a type, oldest first.
    pub fn of_type(&self, webhook_type: &str) -> Result<Vec<Value>, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached("SELECT document FROM webhooks WHERE type = ? ORDER BY sequence")?
                .query_map([webhook_type], document)?
                .collect()
        })
    }

    /// An object around a webhook, as it was changed or as the catalogue has it.
    pub fn object(&self, kind: CatalogueKind, id: &str) -> Result<Option<Value>, Error> {
        let changed = self.database.with(|connection| {
            connection
                .prepare_cached("SELECT document FROM objects WHERE kind = ? AND id = ?")?
                .query_row([kind.name(), id], document)
                .optional()
        })?;
        Ok(changed.or_else(|| catalogue::object(kind, id)))
    }

    /// All objects of a kind: those of the catalogue, and others that were changed.
    pub fn objects(&self, kind: CatalogueKind) -> Result<Vec<Value>, Error> {
        let mut ids = catalogue::ids(kind);
        let changed: Vec<String> = self.database.with(|connection| {
            connection
                .prepare_cached("SELECT id FROM objects WHERE kind = ?")?
                .query_map([kind.name()], |row| row.get(0))?
                .collect()
        })?;
        ids.extend(changed);
        ids.sort();
        ids.dedup();
        let objects: Result<Vec<_>, _> = ids.iter().map(|id| self.object(kind, id)).collect();
        Ok(objects?.into_iter().flatten().collect())
    }

    /// Changes an object; `None` if it does not exist.
    pub fn change_object<E>(
        &self,
        kind: CatalogueKind,
        id: &str,
        change: impl FnOnce(Value) -> Result<Value, E>,
    ) -> Result<Option<Result<Value, E>>, Error> {
        self.database.with(|connection| {
            // Two changes at the same time must not lose one.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let changed = transaction
                .prepare_cached("SELECT document FROM objects WHERE kind = ? AND id = ?")?
                .query_row([kind.name(), id], document)
                .optional()?;
            let Some(before) = changed.or_else(|| catalogue::object(kind, id)) else {
                return Ok(None);
            };
            let after = match change(before) {
                Ok(after) => after,
                Err(error) => return Ok(Some(Err(error))),
            };
            transaction.execute(
                "INSERT OR REPLACE INTO objects (kind, id, document) VALUES (?, ?, ?)",
                params![kind.name(), id, after.to_string()],
            )?;
            transaction.commit()?;
            Ok(Some(Ok(after)))
        })
    }

    /// Stores an order with a new ID.
    pub fn add_order(&self, mut order: Value) -> Result<Value, Error> {
        self.database.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let exists = "SELECT 1 FROM objects WHERE kind = 'order' AND id = ?";
            let created = "SELECT count(*) FROM objects WHERE kind = 'order'";
            let created: i64 = transaction.query_row(created, [], |row| row.get(0))?;
            let id = loop {
                // Sequential if a test has fixed the time.
                let digits = match clock::fixed() {
                    Some(_) => format!("2000{:08}", created + 1),
                    None => random::digits(12).map_err(random_failed)?,
                };
                let id = format!("ORD-{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..]);
                if !transaction.prepare_cached(exists)?.exists([&id])?
                    && catalogue::object(CatalogueKind::Order, &id).is_none()
                {
                    break id;
                }
            };
            order["id"] = id.as_str().into();
            let insert = "INSERT INTO objects (kind, id, document) VALUES ('order', ?, ?)";
            transaction.execute(insert, params![id, order.to_string()])?;
            transaction.commit()?;
            Ok(order)
        })
    }

    /// All history records, oldest first.
    pub fn history(&self) -> Result<Vec<Value>, Error> {
        self.database.with(|connection| {
            connection
                .prepare_cached("SELECT document FROM history ORDER BY sequence")?
                .query_map([], document)?
                .collect()
        })
    }

    /// Stores a webhook with a new ID, and the record of that in the history.
    pub fn insert(&self, new: &NewWebhook, account: Account) -> Result<Written<()>, Error> {
        self.database.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let exists = |sql: &str, values: &[&str]| {
                transaction.prepare_cached(sql)?.exists(params_from_iter(values))
            };
            let same = "SELECT 1 FROM webhooks WHERE type = ? AND object_id = ?";
            if exists(same, &[new.webhook_type, &new.object_id])? {
                return Ok(Written::Conflict);
            }
            let mut id = new_id(&transaction)?;
            while exists("SELECT 1 FROM webhooks WHERE id = ?", &[&id])? {
                id = new_id(&transaction)?;
            }
            let mut members = serde_json::Map::new();
            members.insert("id".to_owned(), id.as_str().into());
            members.insert("href".to_owned(), format!("/notifications/webhooks/{id}").into());
            members.insert("name".to_owned(), id.as_str().into());
            members.extend(new.document.clone());
            let document = Value::Object(members);
            transaction.execute(
                "INSERT INTO webhooks (id, type, object_id, status, url, document)
                 VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    id,
                    new.webhook_type,
                    new.object_id,
                    document["status"].as_str(),
                    document["url"].as_str(),
                    document.to_string()
                ],
            )?;
            add_history(&transaction, &Value::Null, &document, account)?;
            transaction.commit()?;
            Ok(Written::Done(document))
        })
    }

    /// Replaces a webhook's document by the result of `change`. A change by an account is recorded in the history.
    pub fn update<E>(
        &self,
        id: &str,
        account: Option<Account>,
        change: impl FnOnce(Value) -> Result<Value, E>,
    ) -> Result<Written<E>, Error> {
        self.database.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let found = transaction
                .prepare_cached("SELECT document FROM webhooks WHERE id = ?")?
                .query_row([id], document)
                .optional()?;
            let Some(found) = found else {
                return Ok(Written::NotFound);
            };
            let changed = match change(found.clone()) {
                Ok(changed) => changed,
                Err(refusal) => return Ok(Written::Refused(refusal)),
            };
            let object_id = changed.pointer("/object/id").and_then(Value::as_str).unwrap_or("");
            let taken = transaction
                .prepare_cached(
                    "SELECT 1 FROM webhooks WHERE id <> ? AND object_id = ?
                     AND type = (SELECT type FROM webhooks WHERE id = ?)",
                )?
                .exists([id, object_id, id])?;
            if taken {
                return Ok(Written::Conflict);
            }
            transaction.execute(
                "UPDATE webhooks SET object_id = ?, status = ?, url = ?, document = ? WHERE id = ?",
                params![
                    object_id,
                    changed["status"].as_str(),
                    changed["url"].as_str(),
                    changed.to_string(),
                    id
                ],
            )?;
            if let Some(account) = account {
                add_history(&transaction, &found, &changed, account)?;
            }
            transaction.commit()?;
            Ok(Written::Done(changed))
        })
    }

    /// Deletes a webhook, and records that in the history. Returns whether it existed.
    pub fn delete(&self, id: &str, account: Account) -> Result<bool, Error> {
        self.database.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let deleted = transaction
                .prepare_cached("DELETE FROM webhooks WHERE id = ? RETURNING document")?
                .query_row([id], document)
                .optional()?;
            if let Some(webhook) = &deleted {
                add_history(&transaction, webhook, &Value::Null, account)?;
            }
            transaction.commit()?;
            Ok(deleted.is_some())
        })
    }
}

/// Adds the record of a change to the history, in the transaction of the change; null stands for a webhook that does
/// not exist.
fn add_history(
    transaction: &Connection,
    before: &Value,
    after: &Value,
    account: Account,
) -> rusqlite::Result<()> {
    let webhook = if after.is_null() { before } else { after };
    let id = webhook["id"].as_str().unwrap_or_default();
    let Some(record) = history::record(before, after, account) else {
        return Ok(());
    };
    let insert = "INSERT INTO history (object_id, document) VALUES (?, ?)";
    transaction.execute(insert, params![id, record.to_string()]).map(drop)
}

/// `WBH-1234-5678`: random, or sequential if a test has fixed the time.
fn new_id(connection: &Connection) -> rusqlite::Result<String> {
    let digits = if clock::fixed().is_some() {
        let last = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'webhooks'";
        let last: i64 = connection.query_row(last, [], |row| row.get(0))?;
        format!("{:08}", (last + 1) % 100_000_000)
    } else {
        random::digits(8).map_err(random_failed)?
    };
    Ok(format!("WBH-{}-{}", &digits[..4], &digits[4..]))
}

fn random_failed(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}

fn document(row: &rusqlite::Row) -> rusqlite::Result<Value> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}
