//! Configuration: the TOML file, its profiles, and the current settings with their sources.
//! It must not send requests.

pub mod accounts;
mod credentials;
pub mod edit;
pub mod file;
mod overrides;
pub mod profile;
pub mod resolve;

use std::path::PathBuf;

pub use file::ConfigFile;
pub use overrides::Overrides;
pub use profile::{Key, Profile, TokenSource};
pub use resolve::{Settings, Source};

use crate::system::folders;

/// The profile that always exists and runs the sandbox inside this process.
pub const SANDBOX: &str = "sandbox";

/// `config.toml` in the configuration folder; `None` where there is no such folder.
pub fn default_path() -> Option<PathBuf> {
    Some(folders::configuration()?.join("config.toml"))
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// An error in the file, with the line if known: `config.toml:3: …`.
    #[error("{}{}: {message}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    File { path: PathBuf, line: Option<usize>, message: String, hint: Option<String> },
    /// The value of a flag or an environment variable is wrong.
    #[error("{name}: {message}")]
    Value { name: String, message: String },
    /// Ctrl-C while a file was read that is a named pipe.
    #[error("interrupted")]
    Interrupted,
    /// Something that the command needs is not configured.
    #[error("{message}")]
    Missing { message: String, hint: String },
    /// A combination that would send a token to another origin than its own.
    #[error("{message}")]
    Unsafe { message: String, hint: String },
}

impl Error {
    /// A command asks for settings although it was resolved without them.
    pub fn not_resolved() -> Self {
        Self::Missing {
            message: "this command uses no profile".to_owned(),
            hint: "this is a bug of mpt: please report the command".to_owned(),
        }
    }
}
