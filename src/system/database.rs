//! A private SQLite file, migrated to the current version and shared by any number of
//! processes. It must not know its contents.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::system::files::{create_private_folder, folder_of};
use crate::text::plain;

/// How long a writer waits for other writers.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot use the file {}: {}", path.display(), plain::io(.source))]
    File { path: PathBuf, source: io::Error },
    #[error("cannot use the database {}: {}", path.display(), explained(.source))]
    Database { path: PathBuf, source: rusqlite::Error },
    #[error("the database {} was written by a newer mpt (its version is {found}; this mpt supports {known})", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
}

/// Why SQLite cannot use a file, without its words for programmers.
fn explained(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "it is not a database".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("another program has used it for more than {} s", LOCK_TIMEOUT.as_secs())
        }
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::ReadOnly) => "it may not be written".to_owned(),
        Some(ErrorCode::CannotOpen) => "it cannot be opened".to_owned(),
        Some(ErrorCode::SystemIoFailure) => "the disk cannot be read or written".to_owned(),
        _ => "it is damaged, or was not made by mpt".to_owned(),
    }
}

impl Error {
    /// Whether the disk is full.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::File { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            Self::Newer { .. } => false,
        }
    }

    pub fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    fn database(path: &Path, source: rusqlite::Error) -> Self {
        Self::Database { path: path.to_owned(), source }
    }
}

/// The description of a database.
#[derive(Clone, Copy)]
pub struct Schema {
    /// Step `n` migrates a database from version `n` to `n + 1`. Steps are never changed, only added.
    pub migrations: &'static [&'static str],
}

/// A connection to a file, used by one thread after the other.
pub struct Database {
    path: PathBuf,
    schema: Schema,
    open: Mutex<Open>,
    /// Whether the file was deleted or replaced, and nobody has asked for that yet.
    was_replaced: AtomicBool,
}

struct Open {
    connection: Connection,
    /// The file that the connection is to.
    file: FileId,
}

impl Database {
    /// Opens the file, creates it if missing, and migrates it to the current version.
    pub fn open(path: &Path, schema: &Schema) -> Result<Self, Error> {
        Ok(Self {
            path: path.to_owned(),
            schema: *schema,
            open: Mutex::new(Open::new(path, schema)?),
            was_replaced: AtomicBool::new(false),
        })
    }

    /// Whether the file was deleted or replaced since the last time that this was asked. What it held is lost.
    pub fn was_replaced(&self) -> bool {
        self.was_replaced.swap(false, Ordering::Relaxed)
    }

    /// Calls `work` with the connection.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // If the file was deleted or replaced, SQLite would go on with one that nobody else can see.
        match file_id(&self.path) {
            Ok(current) if current == open.file => {}
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::file(&self.path, error));
            }
            found => {
                if found.is_err() {
                    // What SQLite has added to the file belongs to no other.
                    Self::remove(&self.path)?;
                }
                *open = Open::new(&self.path, &self.schema)?;
                self.was_replaced.store(true, Ordering::Relaxed);
            }
        }
        work(&mut open.connection).map_err(|source| Error::database(&self.path, source))
    }

    /// Deletes the file and the files that SQLite adds to it.
    pub fn remove(path: &Path) -> Result<(), Error> {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            let file = PathBuf::from(name);
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::file(&file, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Open {
    fn new(path: &Path, schema: &Schema) -> Result<Self, Error> {
        let folder = folder_of(path);
        create_private_folder(folder).map_err(|error| Error::file(folder, error))?;
        create_private_file(path)?;
        let file = file_id(path).map_err(|error| Error::file(path, error))?;
        let failed = |source| Error::database(path, source);
        let mut connection = connect(path).map_err(failed)?;
        let known = schema.migrations.len() as i64;
        let found = version(&connection).map_err(failed)?;
        if found > known {
            return Err(Error::Newer { path: path.to_owned(), found, known });
        }
        if found < known {
            migrate(&mut connection, schema.migrations).map_err(failed)?;
        }
        Ok(Self { connection, file })
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(LOCK_TIMEOUT)?;
    set_wal(&connection)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// Identifies a file, so that another file at the same path is noticed. Where an open file cannot be deleted, this is
/// not needed.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = ();

/// The file is not opened: on Unix, to close it would release the locks of SQLite on it.
fn file_id(path: &Path) -> io::Result<FileId> {
    let metadata = std::fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        drop(metadata);
        Ok(())
    }
}

/// SQLite would create the file with the mode of the umask.
fn create_private_file(path: &Path) -> Result<(), Error> {
    // To open a named pipe would wait for its other end.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(Error::file(path, error));
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| Error::file(path, error))
}

/// Write-ahead logging lets readers continue during a write. Switching to it does not wait for
/// locks, so it is retried.
fn set_wal(connection: &Connection) -> rusqlite::Result<()> {
    let give_up = std::time::Instant::now() + LOCK_TIMEOUT;
    loop {
        let changed = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        match changed {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && std::time::Instant::now() < give_up =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have migrated it first.
    let from = version(&transaction)?;
    for (index, step) in migrations.iter().enumerate().skip(from.try_into().unwrap_or(0)) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
    }
    transaction.commit()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::{Database, Schema};

    const SCHEMA: Schema = Schema { migrations: &["CREATE TABLE t (n INTEGER);"] };

    /// A lock of a process ends when it closes any descriptor of the file: then another process, which takes itself for
    /// the last one, deletes what was not yet written to it.
    #[test]
    fn looking_at_the_file_releases_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let database = Database::open(&path, &SCHEMA).unwrap();
        let inode = std::fs::metadata(&path).unwrap().ino();
        let insert = || {
            let inserted =
                database.with(|connection| connection.execute("INSERT INTO t VALUES (1)", ()));
            assert_eq!(inserted.unwrap(), 1);
        };
        let is_locked = || {
            let locks = std::fs::read_to_string("/proc/locks").unwrap();
            locks.lines().any(|line| line.contains(&format!(":{inode} ")))
        };
        insert();
        insert();
        assert!(is_locked());
        drop(folder);
        insert();
        assert!(database.was_replaced() && !database.was_replaced());
    }
}
