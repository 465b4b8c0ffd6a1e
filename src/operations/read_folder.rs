//! Finds the files of a folder as they are in a repository: links are followed, hidden names and `node_modules` are left
//! out. What was left out is returned, since a deletion must not depend on a file that nobody has read.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::source::node::{self, Content};
use crate::source::{FileFormat, Source};

/// The files of a folder and its subfolders.
#[derive(Debug, Default)]
pub struct FolderFiles {
    /// Sorted, each once.
    pub files: Vec<PathBuf>,
    /// The entries with the extension of a known format that are not among the files, and why.
    pub left_out: Vec<LeftOut>,
}

/// An entry of a folder that is not read.
#[derive(Debug)]
pub struct LeftOut {
    pub path: PathBuf,
    pub why: &'static str,
}

impl LeftOut {
    /// `webhooks/.a.toml: a hidden name`
    pub fn described(&self) -> String {
        format!("{}: {}", self.path.display(), self.why)
    }
}

/// Folders whose files belong to other programs.
const FOREIGN: &str = "node_modules";

/// Finds the files of a folder. With `lists_hidden`, left out are also the entries of hidden folders.
///
/// # Errors
/// A folder cannot be read, a link leads back to a folder around it, or out of the repository that the folder is in.
pub fn files_in(folder: &Path, lists_hidden: bool) -> Result<FolderFiles, Failure> {
    let cannot_read = |error: std::io::Error| Failure::file("read", folder, &error);
    let canonical = folder.canonicalize().map_err(cannot_read)?;
    let mut repositories = canonical.ancestors();
    let mut walk = Walk {
        repository: repositories.find(|folder| folder.join(".git").exists()).map(Path::to_owned),
        lists_hidden,
        around: Vec::new(),
        seen: Vec::new(),
        found: FolderFiles::default(),
    };
    walk.folder(folder, canonical)?;
    let mut found = walk.found;
    found.files.sort();
    found.left_out.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

struct Walk {
    /// The folder with `.git`, if there is one.
    repository: Option<PathBuf>,
    lists_hidden: bool,
    /// The folders around the current one, with all links resolved.
    around: Vec<PathBuf>,
    /// The files so far, with all links resolved.
    seen: Vec<PathBuf>,
    found: FolderFiles,
}

impl Walk {
    fn folder(&mut self, folder: &Path, canonical: PathBuf) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::file("read", folder, &error);
        self.around.push(canonical);
        let entries = fs::read_dir(folder).map_err(failed)?;
        let mut entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(failed)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.entry(&entry)?;
        }
        self.around.pop();
        Ok(())
    }

    fn entry(&mut self, entry: &fs::DirEntry) -> Result<(), Failure> {
        // The path begins as the user has typed it.
        let path = entry.path();
        let name = entry.file_name();
        let hidden = match name.to_string_lossy() {
            name if name == FOREIGN => Some("a folder of other programs"),
            name if name.starts_with('.') => Some("a hidden name"),
            _ => None,
        };
        let failed = |error: std::io::Error| Failure::file("read", &path, &error);
        let kind = entry.file_type().map_err(failed)?;
        if let Some(why) = hidden {
            return self.leave_out_entry(&path, why);
        }
        // A link is what it leads to.
        let Ok(metadata) = fs::metadata(&path) else {
            self.broken(&path);
            return Ok(());
        };
        let canonical = path.canonicalize().map_err(failed)?;
        if kind.is_symlink() {
            self.check_link(&path, &canonical)?;
        }
        if metadata.is_dir() {
            return self.folder(&path, canonical);
        }
        if !metadata.is_file() {
            self.leave_out(&path, "not a regular file");
        } else if FileFormat::from_extension(&path).is_some() && !self.seen.contains(&canonical) {
            self.seen.push(canonical);
            self.found.files.push(path);
        }
        Ok(())
    }

    /// What a broken link would lead to is not known, so it may be a folder of manifests.
    fn broken(&mut self, path: &Path) {
        let why = "a broken link";
        self.found.left_out.push(LeftOut { path: path.to_owned(), why });
    }

    fn check_link(&self, path: &Path, to: &Path) -> Result<(), Failure> {
        if self.around.iter().any(|folder| folder == to) {
            let message = format!("{}: the link leads to a folder around it", path.display());
            return Err(Failure::usage(message).with_hint("remove the link"));
        }
        match &self.repository {
            Some(repository) if !to.starts_with(repository) => {
                let message = format!(
                    "{}: the link leads out of the repository {}",
                    path.display(),
                    repository.display()
                );
                Err(Failure::usage(message)
                    .with_hint("name the file or folder that it leads to on the command line"))
            }
            _ => Ok(()),
        }
    }

    fn leave_out(&mut self, path: &Path, why: &'static str) {
        if FileFormat::from_extension(path).is_some() {
            self.found.left_out.push(LeftOut { path: path.to_owned(), why });
        }
    }

    /// Leaves out a file, or everything in a folder. A link is what it leads to here too.
    fn leave_out_entry(&mut self, path: &Path, why: &'static str) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::file("read", path, &error);
        let Ok(metadata) = fs::metadata(path) else {
            self.broken(path);
            return Ok(());
        };
        if !metadata.is_dir() {
            self.leave_out(path, why);
            return Ok(());
        }
        let canonical = path.canonicalize().map_err(failed)?;
        // A link to a folder around it leads to nothing new.
        if !self.lists_hidden || self.around.contains(&canonical) {
            return Ok(());
        }
        self.around.push(canonical);
        for entry in fs::read_dir(path).map_err(failed)? {
            self.leave_out_entry(&entry.map_err(failed)?.path(), why)?;
        }
        self.around.pop();
        Ok(())
    }
}

/// Whether a file has a member at its top, such as `webhooks`. A file that cannot be parsed may have it.
pub fn may_have(source: &Source, member: &str) -> bool {
    match node::parse(&source.text, source.format).map(|root| root.content) {
        Ok(Content::Table(members)) => node::find(&members, member).is_some(),
        Ok(_) => false,
        Err(_) => true,
    }
}

/// The number of entries that a message lists.
const MAX_LISTED: usize = 20;

/// The failure for a deletion whose grounds may be incomplete.
pub fn incomplete(left_out: &[LeftOut]) -> Failure {
    let mut lines: Vec<_> = left_out.iter().take(MAX_LISTED).map(LeftOut::described).collect();
    if left_out.len() > lines.len() {
        lines.push(format!("… and {} more", left_out.len() - lines.len()));
    }
    let message = "--prune: these entries are not read, and may describe webhooks that would be deleted; nothing was sent";
    Failure::usage(message)
        .with_details(lines)
        .with_hint("move them out of the folder, or name the manifests on the command line")
}
