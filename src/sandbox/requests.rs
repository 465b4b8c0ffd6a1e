//! The requests that the sandbox answers while a callout is made, so that one can see what the endpoint asked.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::Store;
use crate::system::clock;
use crate::system::database::Error;

/// A request to the sandbox, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    pub method: String,
    /// The path and the query.
    pub target: String,
    pub status: u16,
}

impl Asked {
    pub fn has_failed(&self) -> bool {
        self.status >= 400
    }

    /// `GET /public/v1/catalog/items → 200`
    pub fn line(&self) -> String {
        format!("{} {} → {}", self.method, self.target, self.status)
    }
}

/// A time in which requests are recorded. It ends by itself if the process that watches is killed.
pub struct Watch {
    id: i64,
    /// The last request before it.
    last: i64,
}

/// The longest time that is watched, in seconds: three attempts of an endpoint take less.
const MAX_WATCH: i64 = 60;

impl Store {
    /// Begins to record requests.
    pub fn watch(&self) -> Result<Watch, Error> {
        let now = clock::now().as_second();
        self.database().with(|connection| {
            connection.execute("DELETE FROM watches WHERE until < ?", [now])?;
            let watched = connection
                .query_row("SELECT count(*) FROM watches", [], |row| row.get::<_, i64>(0))?;
            if watched == 0 {
                connection.execute("DELETE FROM requests", [])?;
            }
            connection.execute("INSERT INTO watches (until) VALUES (?)", [now + MAX_WATCH])?;
            let id = connection.last_insert_rowid();
            let last = "SELECT ifnull(max(sequence), 0) FROM requests";
            let last = connection.query_row(last, [], |row| row.get(0))?;
            Ok(Watch { id, last })
        })
    }

    /// Ends to record requests; returns those since the beginning, in their order.
    pub fn end_watch(&self, watch: &Watch) -> Result<Vec<Asked>, Error> {
        self.database().with(|connection| {
            connection.execute("DELETE FROM watches WHERE id = ?", [watch.id])?;
            connection
                .prepare(
                    "SELECT method, target, status FROM requests WHERE sequence > ?
                     ORDER BY began, sequence",
                )?
                .query_map([watch.last], |row| {
                    Ok(Asked { method: row.get(0)?, target: row.get(1)?, status: row.get(2)? })
                })?
                .collect()
        })
    }

    /// Records a request if somebody watches.
    pub fn record_request(&self, asked: &Asked, began: Timestamp) -> Result<(), Error> {
        let now = clock::now().as_second();
        self.database().with(|connection| {
            let is_watched = connection
                .prepare_cached("SELECT 1 FROM watches WHERE until >= ?")?
                .query_row([now], |_| Ok(()))
                .optional()?;
            if is_watched.is_none() {
                return Ok(());
            }
            let insert = "INSERT INTO requests (began, method, target, status) VALUES (?, ?, ?, ?)";
            let began = began.as_microsecond();
            connection
                .execute(insert, params![began, asked.method, asked.target, asked.status])
                .map(drop)
        })
    }
}
