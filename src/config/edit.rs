//! Changes the configuration file: comments are kept, and concurrent changes are not lost.

use std::fs::File;
use std::io;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, value};

use super::profile::Key;
use super::{ConfigFile, Error, TokenSource};
use crate::system::files::{create_private_folder, folder_of, followed, open_lock, write_private};
use crate::text::plain;

impl ConfigFile {
    /// Changes the file atomically: a concurrent reader sees the old or the new file.
    pub fn edit(&mut self, change: impl FnOnce(&mut DocumentMut)) -> Result<(), Error> {
        self.try_edit(|document, _| {
            change(document);
            Ok(())
        })
    }

    /// The same for a change that may be impossible in the current file, which it gets.
    pub fn try_edit<E: From<Error>>(
        &mut self,
        change: impl FnOnce(&mut DocumentMut, &Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error| self.error(None, format!("cannot be written: {}", plain::io(&error)));
        // Held until the end.
        let lock = self.lock_file().map_err(failed)?;
        lock.lock().map_err(failed)?;
        let current = Self::load(&self.path)?;
        let mut document: DocumentMut =
            current.text.parse().map_err(|error: toml_edit::TomlError| {
                self.error(None, plain::toml(error.message()))
            })?;
        change(&mut document, &current)?;
        let text = current.as_it_was(document.to_string());
        write_private(&self.path, text.as_bytes()).map_err(failed)?;
        *self = Self::load(&self.path)?;
        Ok(())
    }

    /// A changed text with the byte order mark and the line ends of the file.
    fn as_it_was(&self, text: String) -> String {
        let text = match self.text.contains("\r\n") {
            true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            false => text,
        };
        if self.has_bom { format!("\u{feff}{text}") } else { text }
    }

    /// The lock file of the configuration file, the same for every path to it.
    fn lock_file(&self) -> io::Result<File> {
        create_private_folder(folder_of(&followed(&self.path)))?;
        // The folder may have a shorter name once it exists.
        let path = followed(&self.path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        open_lock(&path.with_file_name(format!(".{name}.lock")))
    }
}

/// Changes the table of a profile, which is created if missing.
pub fn edit_profile(
    document: &mut DocumentMut,
    name: &str,
    change: impl FnOnce(&mut dyn TableLike),
) {
    let profiles = document.entry("profiles").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let fresh = if profiles.is_inline_table() {
        value(InlineTable::new())
    } else {
        Item::Table(Table::new())
    };
    // Both are tables: the file was checked when it was read.
    if let Some(profiles) = profiles.as_table_like_mut()
        && let Some(profile) = profiles.entry(name).or_insert(fresh).as_table_like_mut()
    {
        change(profile);
    }
}

/// Removes a profile. Comments above it are kept if a blank line separates them from the profile.
pub fn remove_profile(document: &mut DocumentMut, name: &str) {
    let Some(profiles) = document.get_mut("profiles").and_then(Item::as_table_like_mut) else {
        return;
    };
    let removed = profiles.remove(name);
    let comments =
        removed.as_ref().and_then(Item::as_table).map(comments_apart).unwrap_or_default();
    if comments.is_empty() {
        return;
    }
    let next = profiles.iter_mut().find_map(|(_, item)| item.as_table_mut());
    match next {
        Some(next) => {
            let own = next.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
            let joined = format!("{comments}{}", own.trim_start_matches('\n'));
            next.decor_mut().set_prefix(joined);
        }
        None => {
            let joined = format!("{comments}{}", document.trailing().as_str().unwrap_or_default());
            document.set_trailing(joined);
        }
    }
}

/// Renames a profile in its place, with its comments.
pub fn rename_profile(document: &mut DocumentMut, old: &str, new: &str) {
    let Some(profiles) = document.get_mut("profiles").and_then(Item::as_table_like_mut) else {
        return;
    };
    // A table of the file keeps its position, wherever it is inserted.
    let names: Vec<String> = profiles.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        let Some(item) = profiles.remove(&name) else { continue };
        profiles.insert(if name == old { new } else { &name }, item);
    }
}

/// The text above a table, up to the last blank line before it.
fn comments_apart(table: &Table) -> String {
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    match prefix.rfind("\n\n") {
        Some(at) if prefix[..at].contains('#') => prefix[..at + 2].to_owned(),
        _ => String::new(),
    }
}

/// Sets the source of a profile's token and removes any other source.
pub fn set_token(table: &mut dyn TableLike, source: &TokenSource) {
    for key in Key::TOKENS.into_iter().filter(|key| *key != source.key()) {
        table.remove(key.name());
    }
    let item = match source {
        TokenSource::Literal(token) => value(token.expose()),
        TokenSource::Env(name) => value(name),
        TokenSource::File(path) => value(path.to_string_lossy().as_ref()),
        TokenSource::Command(words) => value(words.iter().map(String::as_str).collect::<Array>()),
    };
    set(table, source.key().name(), item);
}

/// Sets a key and keeps the comments above and beside it.
pub fn set(table: &mut dyn TableLike, key: &str, mut item: Item) {
    let Some(old) = table.get_mut(key) else {
        table.insert(key, item);
        return;
    };
    if let (Some(before), Some(after)) = (old.as_value(), item.as_value_mut()) {
        *after.decor_mut() = before.decor().clone();
    }
    *old = item;
}
