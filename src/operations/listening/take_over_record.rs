//! The record of a take-over: one file for each webhook that points to a `listen`, written before the
//! webhook is changed and removed after it was read to be restored. A lock file beside it is locked
//! while its program runs, so that records of crashed programs are recognised.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::system::files::{create_private_folder, open_lock};
use crate::text::plain;

/// The previous and the new URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub webhook: String,
    /// The platform's origin.
    pub platform: String,
    /// The ID of the webhook's account, if the platform named it.
    #[serde(default)]
    pub account: Option<String>,
    /// The name of the platform in messages.
    #[serde(rename = "place")]
    pub target_name: String,
    pub url_before: String,
    pub url_set: String,
    /// A random ID for each take-over.
    pub nonce: String,
}

/// A locked record. If it is dropped, the file stays on disk for `--restore`.
#[derive(Debug)]
pub struct LockedRecord {
    pub record: Record,
    path: PathBuf,
    _lock: File,
}

#[derive(Debug)]
pub enum Found {
    /// Its program ended without restoring the webhook.
    Left(LockedRecord),
    /// Its program is running.
    Running(Record),
    /// The file cannot be read, and why.
    Unreadable(String),
}

/// Writes and locks a record; `None`: a record of this webhook already exists.
pub fn begin(folder: &Path, record: Record) -> io::Result<Option<LockedRecord>> {
    create_private_folder(folder)?;
    let account = record.account.as_deref().unwrap_or_default();
    let name = format!("{} {account} {}", record.platform, record.webhook);
    let name = utf8_percent_encode(&name, NON_ALPHANUMERIC).to_string();
    let path = folder.join(format!("{name}.json"));
    // Locked before the record exists, so that no program sees it as left by a crash.
    let Some(lock) = try_lock(&path)? else {
        return Ok(None);
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(&record)?)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(&path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(error.error),
    }
    // Systems that cannot sync a folder still keep the file.
    File::open(folder).and_then(|folder| folder.sync_all()).ok();
    Ok(Some(LockedRecord { record, path, _lock: lock }))
}

/// `None`: another program holds the lock.
fn try_lock(record: &Path) -> io::Result<Option<File>> {
    let lock = open_lock(&record.with_extension("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Every record on disk.
pub fn all(folder: &Path) -> io::Result<Vec<Found>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let found = paths.into_iter().filter_map(|path| {
        let shown = path.display().to_string();
        find(path).unwrap_or_else(|error| {
            Some(Found::Unreadable(format!("{shown}: {}", plain::io(&error))))
        })
    });
    Ok(found.collect())
}

fn find(path: PathBuf) -> io::Result<Option<Found>> {
    let Some(record) = read(&path)? else {
        return Ok(None);
    };
    let Some(lock) = try_lock(&path)? else {
        return Ok(Some(Found::Running(record)));
    };
    // Its program may have restored the webhook since it was read.
    let is_unchanged = read(&path)?.as_ref() == Some(&record);
    Ok(is_unchanged.then_some(Found::Left(LockedRecord { record, path, _lock: lock })))
}

fn read(path: &Path) -> io::Result<Option<Record>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let record = serde_json::from_reader(&file)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, plain::json(&error)))?;
    Ok(Some(record))
}

impl LockedRecord {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The webhook is restored: removes the record.
    pub fn forget(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Record, all, begin};

    fn record(nonce: &str) -> Record {
        Record {
            webhook: "WBH-1/x".to_owned(),
            platform: "https://api.example".to_owned(),
            account: None,
            target_name: "profile a".to_owned(),
            url_before: "https://a.example".to_owned(),
            url_set: "https://b.example".to_owned(),
            nonce: nonce.to_owned(),
        }
    }

    #[test]
    fn a_webhook_has_one_take_over_and_a_crash_leaves_a_record() {
        let folder = tempfile::tempdir().unwrap();
        let folder = &folder.path().join("new");
        assert!(all(folder).unwrap().is_empty());
        let held = begin(folder, record("1")).unwrap().unwrap();
        assert!(begin(folder, record("2")).unwrap().is_none());
        assert!(matches!(&all(folder).unwrap()[..], [Found::Running(r)] if r.nonce == "1"));
        drop(held);
        assert!(begin(folder, record("2")).unwrap().is_none());
        let mut found = all(folder).unwrap();
        let Some(Found::Left(held)) = found.pop() else { panic!("{found:?}") };
        assert!(matches!(&all(folder).unwrap()[..], [Found::Running(_)]));
        held.forget().unwrap();
        assert!(all(folder).unwrap().is_empty());
    }
}
