//! The token of the sandbox: generated once and stored next to the database, readable by its owner.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::model::Secret;
use crate::system::database::Error;
use crate::system::files::{create_private_folder, folder_of};
use crate::system::random;

/// The path of the token file: the database's name with `.token` appended.
fn path(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".token");
    PathBuf::from(name)
}

/// Reads the token, or creates it if missing; concurrent processes get the same one.
pub fn read_or_create(data: &Path) -> Result<Secret, Error> {
    let path = path(data);
    let failed = |source| Error::file(&path, source);
    if let Some(token) = read(&path).map_err(failed)? {
        return Ok(token);
    }
    let folder = folder_of(&path);
    create_private_folder(folder).map_err(failed)?;
    let token = format!("idt:TKN-0000-0000:{}", random::hex(24).map_err(failed)?);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(token.as_bytes()).map_err(failed)?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(Secret::new(token)),
        Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => {
            read(&path).map_err(failed)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
        }
        Err(lost) => Err(failed(lost.error)),
    }
}

fn read(path: &Path) -> io::Result<Option<Secret>> {
    match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(Some(Secret::new(text.trim()))),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "it is empty; delete it")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
