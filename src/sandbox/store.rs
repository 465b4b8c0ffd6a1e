//! The database: SQLite, shared by any number of processes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde_json::Value;

use super::Error;
use super::query::ListQuery;
use super::rql::like;
use crate::files::create_private_folder;
use crate::random;

/// Step `n` brings a database from version `n` to `n + 1`. Steps are never changed, only added.
///
/// The columns beside the document are what lists are mostly filtered and ordered by; an index over
/// them spares a scan from reading the documents.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE webhooks (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        object_id TEXT NOT NULL,
        status TEXT NOT NULL,
        url TEXT NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (type, object_id)
    );
    CREATE INDEX webhooks_by_object ON webhooks (object_id);
    CREATE INDEX webhooks_by_url ON webhooks (url);
    CREATE INDEX webhooks_to_scan ON webhooks (type, object_id, status, url, id);
"];

/// How long a writer waits for the others.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections to one database file, opened as they are needed.
pub struct Store {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// A webhook to be stored: its document lacks only the id.
pub struct NewWebhook {
    pub webhook_type: &'static str,
    pub object_id: String,
    pub document: serde_json::Map<String, Value>,
}

/// What an attempt to write came to.
#[derive(Debug)]
pub enum Written<E> {
    Done(Value),
    /// Another webhook has this type and object.
    Conflict,
    NotFound,
    Refused(E),
}

impl Store {
    /// Opens the database, makes it where there is none, and brings it to the current version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        create_folder(path)?;
        create_private_file(path)?;
        let store = Self {
            path: path.to_owned(),
            idle: Mutex::new(Vec::new()),
        };
        let mut connection = store.connect().map_err(|source| store.error(source))?;
        let newest = MIGRATIONS.len() as i64;
        let version = version(&connection).map_err(|source| store.error(source))?;
        if version > newest {
            return Err(Error::Newer {
                path: path.to_owned(),
                found: version,
                known: newest,
            });
        }
        if version < newest {
            migrate(&mut connection).map_err(|source| store.error(source))?;
        }
        store.give_back(connection);
        Ok(store)
    }

    /// Forgets every webhook. A database that cannot be opened is replaced by an empty one.
    pub fn reset(path: &Path) -> Result<(), Error> {
        match Self::open(path) {
            Ok(store) => {
                store.with(|connection| connection.execute("DELETE FROM webhooks", []).map(drop))
            }
            Err(Error::Database { .. } | Error::Newer { .. }) => {
                for suffix in ["", "-wal", "-shm"] {
                    let mut name = path.as_os_str().to_owned();
                    name.push(suffix);
                    let file = PathBuf::from(name);
                    match std::fs::remove_file(&file) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(Error::file(&file, error));
                        }
                        _ => {}
                    }
                }
                Self::open(path).map(drop)
            }
            Err(error) => Err(error),
        }
    }

    pub fn get(&self, id: &str) -> Result<Option<Value>, Error> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT document FROM webhooks WHERE id = ?")?
                .query_row([id], document)
                .optional()
        })
    }

    /// A page and the number of webhooks that the filter finds in all.
    pub fn list(&self, query: &ListQuery) -> Result<(Vec<Value>, i64), Error> {
        let condition = if query.filter.text.is_empty() {
            ""
        } else {
            &format!("WHERE {}", query.filter.text)
        };
        let order = if query.order.is_empty() {
            "sequence"
        } else {
            &format!("{}, sequence", query.order)
        };
        self.with(|connection| {
            let mut parameters = query.filter.parameters.clone();
            let transaction = connection.transaction()?;
            let total = transaction
                .prepare_cached(&format!("SELECT count(*) FROM webhooks {condition}"))?
                .query_row(rusqlite::params_from_iter(&parameters), |row| row.get(0))?;
            parameters.extend([
                SqlValue::Integer(query.limit),
                SqlValue::Integer(query.offset),
            ]);
            let page = transaction
                .prepare_cached(&format!(
                    "SELECT document FROM webhooks WHERE sequence IN (
                        SELECT sequence FROM webhooks {condition} ORDER BY {order} LIMIT ? OFFSET ?
                    ) ORDER BY {order}"
                ))?
                .query_map(rusqlite::params_from_iter(&parameters), document)?
                .collect::<Result<_, _>>()?;
            Ok((page, total))
        })
    }

    /// Every webhook of a type, the oldest first.
    pub fn of_type(&self, webhook_type: &str) -> Result<Vec<Value>, Error> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT document FROM webhooks WHERE type = ? ORDER BY sequence")?
                .query_map([webhook_type], document)?
                .collect()
        })
    }

    /// Stores a webhook under a new id.
    pub fn insert(&self, new: &NewWebhook) -> Result<Written<()>, Error> {
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let exists = |sql: &str, values: &[&str]| {
                transaction
                    .prepare_cached(sql)?
                    .exists(rusqlite::params_from_iter(values))
            };
            let same = "SELECT 1 FROM webhooks WHERE type = ? AND object_id = ?";
            if exists(same, &[new.webhook_type, &new.object_id])? {
                return Ok(Written::Conflict);
            }
            let mut id = new_id()?;
            while exists("SELECT 1 FROM webhooks WHERE id = ?", &[&id])? {
                id = new_id()?;
            }
            let mut members = serde_json::Map::new();
            members.insert("id".to_owned(), id.as_str().into());
            members.insert(
                "href".to_owned(),
                format!("/notifications/webhooks/{id}").into(),
            );
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
            transaction.commit()?;
            Ok(Written::Done(document))
        })
    }

    /// Replaces a webhook's document by what `change` makes of it.
    pub fn update<E>(
        &self,
        id: &str,
        change: impl FnOnce(Value) -> Result<Value, E>,
    ) -> Result<Written<E>, Error> {
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let found = transaction
                .prepare_cached("SELECT document FROM webhooks WHERE id = ?")?
                .query_row([id], document)
                .optional()?;
            let Some(found) = found else {
                return Ok(Written::NotFound);
            };
            let changed = match change(found) {
                Ok(changed) => changed,
                Err(refusal) => return Ok(Written::Refused(refusal)),
            };
            let object_id = changed
                .pointer("/object/id")
                .and_then(Value::as_str)
                .unwrap_or("");
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
            transaction.commit()?;
            Ok(Written::Done(changed))
        })
    }

    /// Whether there was one to delete.
    pub fn delete(&self, id: &str) -> Result<bool, Error> {
        self.with(|connection| {
            connection
                .execute("DELETE FROM webhooks WHERE id = ?", [id])
                .map(|rows| rows > 0)
        })
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect().map_err(|source| self.error(source))?,
        };
        let result = work(&mut connection).map_err(|source| self.error(source));
        self.give_back(connection);
        result
    }

    fn give_back(&self, connection: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }

    fn error(&self, source: rusqlite::Error) -> Error {
        Error::Database {
            path: self.path.clone(),
            source,
        }
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(PATIENCE)?;
        set_wal(&connection)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        like::install(&connection)?;
        Ok(connection)
    }
}

/// Write-ahead logging lets readers go on while one writes. The change to it does not wait for
/// others as a write does, so it is tried until they are through.
fn set_wal(connection: &Connection) -> rusqlite::Result<()> {
    let give_up = std::time::Instant::now() + PATIENCE;
    loop {
        let changed = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        match changed {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && std::time::Instant::now() < give_up =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}

/// `WBH-1234-5678`
fn new_id() -> rusqlite::Result<String> {
    let digits =
        random::digits(8).map_err(|error| rusqlite::Error::UserFunctionError(Box::new(error)))?;
    Ok(format!("WBH-{}-{}", &digits[..4], &digits[4..]))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let from = version(&transaction)?;
    for (index, step) in MIGRATIONS
        .iter()
        .enumerate()
        .skip(from.try_into().unwrap_or(0))
    {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
    }
    transaction.commit()
}

fn document(row: &rusqlite::Row) -> rusqlite::Result<Value> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// The folder of a file, made where there is none.
pub(super) fn create_folder(path: &Path) -> Result<&Path, Error> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    create_private_folder(folder).map_err(|error| Error::file(folder, error))?;
    Ok(folder)
}

/// SQLite would make the file with the mode of the umask; it holds secrets.
fn create_private_file(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| Error::file(path, error))
}
