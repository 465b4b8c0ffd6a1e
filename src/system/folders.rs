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

/// The path that a text means if it begins with `~`, the home folder, as in a shell. `None`: it does not, or there is
/// no home folder.
pub fn below_home(text: &str) -> Option<PathBuf> {
    let below = text
        .strip_prefix("~/")
        .or_else(|| text.strip_prefix(r"~\").filter(|_| cfg!(windows)))
        .or_else(|| (text == "~").then_some(""))?;
    Some(dirs::home_dir()?.join(below))
}
