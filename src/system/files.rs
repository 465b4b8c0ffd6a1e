//! Private files: configuration, tokens, secrets, databases.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::signals::Signals;
use crate::text::bom;

/// Atomically writes a file that only its owner can read, in a folder that only its owner can
/// enter. If the path is a symbolic link, the target is replaced.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &followed(path);
    let folder = folder_of(path);
    create_private_folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    remove_stale_temporary_files(folder, &prefix);
    let mut file =
        tempfile::Builder::new().prefix(&prefix).suffix(TEMPORARY_SUFFIX).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Where a path leads by symbolic links, also if nothing is there yet.
pub fn followed(path: &Path) -> PathBuf {
    // As many as the system follows.
    const MAX_LINKS: usize = 40;
    let mut end = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&end) {
            Ok(target) => end = folder_of(&end).join(target),
            Err(_) => break,
        }
    }
    let in_folder = || {
        let folder = fs::canonicalize(folder_of(&end))?;
        io::Result::Ok(folder.join(end.file_name().unwrap_or_default()))
    };
    fs::canonicalize(&end).or_else(|_| in_folder()).unwrap_or(end)
}

/// The ending of files that are being written.
const TEMPORARY_SUFFIX: &str = ".tmp";

/// A write takes less time. Older temporary files belong to processes that were killed.
const MAX_WRITE: Duration = Duration::from_secs(600);

/// Removes the temporary files of writes that were killed. What cannot be removed is left there.
fn remove_stale_temporary_files(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = age.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > MAX_WRITE));
        if is_old && name.starts_with(prefix) && name.ends_with(TEMPORARY_SUFFIX) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// The maximum size of a file that a user gives, in bytes.
pub const MAX_INPUT: u64 = 64 * 1024 * 1024;

/// Reads at most `limit` bytes, such as a file or standard input.
///
/// # Errors
/// There are more bytes, or they cannot be read.
pub fn read_limited(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let size = match limit >> 20 {
            0 => format!("{} KiB", limit >> 10),
            mebibytes => format!("{mebibytes} MiB"),
        };
        let reason = format!("it is larger than {size}");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`]: a signal came while a named pipe or a device was read.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    match fs::metadata(path)?.is_file() {
        true => read_limited(fs::File::open(path)?, limit),
        false => read_until_signal(path, limit),
    }
}

/// Reads a file of at most `limit` bytes on another thread: a named pipe would block this one.
pub async fn read_in_background(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || read_limited(fs::File::open(path)?, limit));
    reading.await.map_err(io::Error::other).flatten()
}

/// Callers may already run in a runtime, which forbids to block on another one in the same thread.
fn read_until_signal(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let reading = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let read = runtime.block_on(async {
            let mut signals = Signals::listen().map_err(io::Error::other)?;
            tokio::select! {
                read = read_in_background(path, limit) => read,
                _ = signals.next() => Err(io::ErrorKind::Interrupted.into()),
            }
        });
        // The program does not wait for what may still be read.
        runtime.shutdown_background();
        read
    };
    let read = std::thread::scope(|scope| scope.spawn(reading).join());
    read.unwrap_or_else(|_| Err(io::Error::other("it cannot be read")))
}

/// Reads a text file of at most `limit` bytes. A byte order mark is no part of the text.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    text_of(read(path, limit)?)
}

/// Bytes as text: UTF-8, or UTF-16 with a byte order mark, which is no part of the text.
pub fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(decoded(bytes)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// The same for bytes that may be no text.
pub fn decoded(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    match bom::has_one(&bytes) {
        true => bom::to_utf_8(&bytes)
            .map(Cow::into_owned)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-16 text")),
        false => Ok(bytes),
    }
}

/// Where a result is written that a user has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputFile {
    /// A new file, or an earlier one of the same kind.
    File(PathBuf),
    /// A pipe or a device, such as `/dev/stdout`: what is written stays written.
    Stream(PathBuf),
}

impl OutputFile {
    /// Checks that nothing else is replaced: an existing file must be empty or of the same kind, and a link to a file is
    /// not followed.
    ///
    /// # Errors
    /// Why the path cannot be written to.
    pub fn new(path: &Path, is_own_kind: impl Fn(&[u8]) -> bool) -> Result<Self, String> {
        let is_own_stream = own_stream(path).is_some();
        let described = |error: io::Error| error.to_string();
        let link = match path.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return match folder_of(path).is_dir() {
                    true => Ok(Self::File(path.to_owned())),
                    false => Err("its folder does not exist".to_owned()),
                };
            }
            Err(error) => return Err(described(error)),
        };
        let Ok(metadata) = path.metadata() else {
            return Err("it is a link that leads nowhere".to_owned());
        };
        if metadata.is_dir() {
            return Err("it is a folder".to_owned());
        }
        if is_own_stream || !metadata.is_file() {
            return Ok(Self::Stream(path.to_owned()));
        }
        if link.is_symlink() {
            return Err("it is a link to a file; name the file itself".to_owned());
        }
        let is_own = metadata.len() == 0 || is_own_kind(&read(path, MAX_INPUT).map_err(described)?);
        match is_own {
            true => Ok(Self::File(path.to_owned())),
            false => Err("the file exists, and has other content that would be lost".to_owned()),
        }
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Stream(path) => path,
        }
    }
}

/// The streams of this process.
enum OwnStream {
    Stdout,
    Stderr,
}

fn own_stream(path: &Path) -> Option<OwnStream> {
    match path.to_str()? {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Some(OwnStream::Stdout),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Some(OwnStream::Stderr),
        _ => None,
    }
}

/// Writes to a pipe or a device on another thread: it may wait for its reader.
pub async fn write_stream(path: &Path, bytes: Vec<u8>) -> io::Result<()> {
    let path = path.to_owned();
    let writing = tokio::task::spawn_blocking(move || match own_stream(&path) {
        // Opened by its name, a file would be written from its beginning.
        Some(OwnStream::Stdout) => io::stdout().lock().write_all(&bytes),
        Some(OwnStream::Stderr) => io::stderr().lock().write_all(&bytes),
        None => fs::write(path, bytes),
    });
    writing.await.map_err(io::Error::other).flatten()
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a folder with mode 0700; an existing folder is unchanged.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whether other users may read a file.
pub fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Why other users can change a file; `None` if only this user and root can.
pub fn others_who_can_write(path: &Path) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path).ok()?;
        let user = rustix::process::geteuid().as_raw();
        if metadata.uid() != user && metadata.uid() != 0 {
            return Some("the file belongs to another user");
        }
        (metadata.mode() & 0o022 != 0).then_some("other users can write to the file")
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Whether a canonical path is below a folder, which symbolic links do not change.
pub fn is_below(path: &Path, folder: &Path) -> bool {
    folder.canonicalize().is_ok_and(|folder| path.starts_with(folder))
}

/// A path, quoted for a shell.
pub fn shell_word(path: &Path) -> String {
    shell_quoted(&path.to_string_lossy())
}

/// A word of a command line, quoted for a shell.
pub fn shell_quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

/// Opens a file whose only purpose is to be locked, and creates it with mode 0600 if missing. It is
/// never removed: another process may be about to lock it. Folders cannot be locked on Windows, and a
/// locked file cannot be read through another handle there.
pub fn open_lock(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a file with mode 0600 and syncs it to disk; an existing file is an error.
pub fn create_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // An incomplete file is removed.
        fs::remove_file(path).ok();
    }
    written
}
