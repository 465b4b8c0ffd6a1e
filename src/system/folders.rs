//! Where configuration and data live: below `MPT_HOME` where it is set, on every system; else in the
//! folders that the system has for them.

use std::path::PathBuf;

/// The variable that moves everything below one folder.
pub const VARIABLE: &str = "MPT_HOME";

/// The folder of the configuration file; `None` where the system has no such folder.
pub fn configuration() -> Option<PathBuf> {
    moved().or_else(|| Some(dirs::config_dir()?.join("mpt")))
}

/// The folder of the sandbox's database, the journal and the records of take-overs; `None` where
/// the system has none.
pub fn data() -> Option<PathBuf> {
    match moved() {
        Some(home) => Some(home.join("data")),
        None => Some(dirs::data_dir()?.join("mpt")),
    }
}

/// The folder in which other programs keep theirs, such as `.swocli`.
pub fn home() -> Option<PathBuf> {
    moved().or_else(dirs::home_dir)
}

fn moved() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty())?;
    std::path::absolute(named).ok()
}

/// What `~` stands for in a path.
pub fn user_home() -> Option<PathBuf> {
    dirs::home_dir()
}
