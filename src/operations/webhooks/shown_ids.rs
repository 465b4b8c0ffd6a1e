//! The IDs that earlier commands have shown, for shell completion, which never connects. There is one file for each
//! profile and platform; what it holds may be lost at any time.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::Webhook;
use crate::model::id::is_id;
use crate::system::{files, folders};
use crate::text::escape;

/// The number of IDs that are kept of each kind.
const MAX_IDS: usize = 500;

/// The number of characters that are kept of a description.
const MAX_DESCRIPTION: usize = 60;

/// The size of a file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// An ID and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownId {
    pub id: String,
    pub description: String,
}

/// Collects the IDs that a command shows, and writes them when it is dropped.
#[derive(Debug, Default)]
pub struct ShownIds {
    /// `None`: nothing is stored.
    path: Option<PathBuf>,
    shown: RefCell<Vec<ShownId>>,
    deleted: RefCell<HashSet<String>>,
}

/// The file for a profile and a platform (see `BaseUrl::platform`).
pub fn path(profile: &str, platform: &str) -> Option<PathBuf> {
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let name = format!("{}@{}", encoded(profile), encoded(platform));
    Some(folders::data()?.join("shown").join(name))
}

/// The IDs of a file; none if it cannot be read.
pub fn read(path: &Path) -> Vec<ShownId> {
    // A named pipe would block.
    if !path.is_file() {
        return Vec::new();
    }
    let text = files::read_text(path, MAX_FILE).unwrap_or_default();
    let read = |line: &str| {
        let (id, description) = line.split_once('\t')?;
        ShownId::new(id, description)
    };
    text.lines().filter_map(read).collect()
}

impl ShownId {
    /// `None` if the text is not an ID: shells get no other text than letters, digits and `-`.
    fn new(id: &str, description: &str) -> Option<Self> {
        is_id(id).then(|| Self {
            id: id.to_owned(),
            description: escape::line(description).chars().take(MAX_DESCRIPTION).collect(),
        })
    }

    /// `WBH` of `WBH-1234-5678`.
    pub fn prefix(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
}

impl ShownIds {
    /// Stores what is shown in this file; `None`: stores nothing.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, shown: RefCell::default(), deleted: RefCell::default() }
    }

    /// Remembers an ID; a text that is none is ignored.
    pub fn add(&self, id: Option<&str>, description: &str) {
        let mut shown = self.shown.borrow_mut();
        // A long list is cut when it is stored; this only limits the memory.
        if self.path.is_none() || shown.len() >= 8 * MAX_IDS {
            return;
        }
        shown.extend(id.and_then(|id| ShownId::new(id, description)));
    }

    /// Remembers a webhook and its object.
    pub fn add_webhook(&self, webhook: &Webhook) {
        if self.path.is_none() {
            return;
        }
        let object = webhook.object.as_ref();
        let object_id = object.and_then(|object| object.id.as_deref());
        let webhook_type = webhook.webhook_type.as_deref().unwrap_or_default();
        let description = match object_id {
            Some(object) => format!("{webhook_type} for {object}"),
            None => webhook_type.to_owned(),
        };
        self.add(webhook.id.as_deref(), &description);
        let name = object.and_then(|object| object.name.as_deref());
        self.add(object_id, name.unwrap_or_default());
    }

    /// Forgets a webhook that was deleted.
    pub fn forget(&self, id: &str) {
        self.deleted.borrow_mut().insert(id.to_owned());
    }

    fn store(&self) -> std::io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let shown = self.shown.borrow();
        let deleted = self.deleted.borrow();
        let known = read(path);
        // A command that shows nothing new writes nothing.
        let described: HashMap<_, _> =
            known.iter().map(|known| (&known.id, &known.description)).collect();
        let is_known = |new: &ShownId| {
            let description = described.get(&new.id);
            description
                .is_some_and(|known| new.description.is_empty() || **known == new.description)
        };
        let is_current = shown.iter().all(is_known);
        if is_current && !known.iter().any(|known| deleted.contains(&known.id)) {
            return Ok(());
        }
        let mut seen = HashSet::new();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let mut text = String::new();
        for entry in shown.iter().chain(&known) {
            let count = counts.entry(entry.prefix()).or_default();
            if *count < MAX_IDS && !deleted.contains(&entry.id) && seen.insert(&entry.id) {
                *count += 1;
                // A command may know less about an object than an earlier one.
                let description = match entry.description.as_str() {
                    "" => described.get(&entry.id).map_or("", |known| known.as_str()),
                    new => new,
                };
                text.push_str(&format!("{}\t{description}\n", entry.id));
            }
        }
        files::create_private_folder(files::folder_of(path))?;
        files::write_private(path, text.as_bytes())
    }
}

impl Drop for ShownIds {
    fn drop(&mut self) {
        // Only completion misses what is not stored.
        self.store().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::{ShownIds, read};

    #[test]
    fn new_ids_come_first_and_the_number_is_limited() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shown").join("a");
        let show = |numbers: std::ops::Range<u16>| {
            let shown = ShownIds::new(Some(path.clone()));
            for number in numbers {
                shown.add(Some(&format!("WBH-{number:04}-0000")), "a\tb");
                shown.add(Some("$(touch x)"), "");
            }
            shown.add(Some("PRD-1111-1111"), "");
        };
        show(0..400);
        show(300..600);
        let stored = read(&path);
        assert_eq!(stored.len(), 501);
        assert_eq!(stored[0].id, "WBH-0300-0000");
        assert_eq!(stored[0].description, r"a\tb");
        ShownIds::new(Some(path.clone())).add(Some("WBH-0300-0000"), "");
        assert_eq!(read(&path), stored);
    }
}
