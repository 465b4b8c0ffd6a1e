//! Configuration: the TOML file, its profiles, and where each value in force comes from.
//! It sends nothing.

pub mod accounts;
pub mod edit;
pub mod file;
pub mod profile;
pub mod resolve;

use std::path::PathBuf;

pub use file::ConfigFile;
pub use profile::{Key, Profile, TokenSource};
pub use resolve::{Overrides, Settings, Source};

use crate::system::folders;

/// The profile that always exists, and runs the sandbox inside the process.
pub const SANDBOX: &str = "sandbox";

/// `config.toml` in the configuration folder; `None` where there is no such folder.
pub fn default_path() -> Option<PathBuf> {
    Some(folders::configuration()?.join("config.toml"))
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// `config.toml:3: …`: what is wrong, at a line of the file where that is known.
    #[error("{}{}: {message}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    File {
        path: PathBuf,
        line: Option<usize>,
        message: String,
        hint: Option<String>,
    },
    /// The value of a flag or a variable is wrong.
    #[error("{name}: {message}")]
    Value { name: String, message: String },
    /// What the command needs is not configured.
    #[error("{message}")]
    Missing { message: String, hint: String },
    /// A combination that would send a token where it does not belong.
    #[error("{message}")]
    Unsafe { message: String, hint: String },
}

impl Error {
    /// For commands that were resolved without their settings, and then ask for them.
    pub fn not_resolved() -> Self {
        Self::Missing {
            message: "this command uses no profile".to_owned(),
            hint: "this is a bug of mpt: please report the command".to_owned(),
        }
    }
}
