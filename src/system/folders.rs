//! The folders of configuration and data: below `MPT_HOME` if it is set, otherwise the
//! standard folders of the system.

use std::path::PathBuf;

/// The environment variable that moves all files to one folder.
pub const VARIABLE: &str = "MPT_HOME";

/// The folder of the configuration file; `None` if the system has no such folder.
pub fn configuration() -> Option<PathBuf> {
    moved().or_else(|| Some(dirs::config_dir()?.join("mpt")))
}

/// The folder of the sandbox's database, the journal and the take-over records; `None` if
/// the system has none.
pub fn data() -> Option<PathBuf> {
    match moved() {
        Some(home) => Some(home.join("data")),
        None => Some(dirs::data_dir()?.join("mpt")),
    }
}

/// The home folder, in which other programs store their files, such as `.swocli`.
pub fn home() -> Option<PathBuf> {
    moved().or_else(dirs::home_dir)
}

fn moved() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty())?;
    std::path::absolute(named).ok()
}

/// The folder that `~` means in a path.
pub fn user_home() -> Option<PathBuf> {
    dirs::home_dir()
}
