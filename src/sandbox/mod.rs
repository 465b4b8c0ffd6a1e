//! A local implementation of the platform's API (docs/platform-api.md): an HTTP router and SQLite. It is
//! a platform, not a client: it must not know `api`, profiles or the terminal.

pub mod accounts;
mod catalogue;
mod commerce;
mod document;
mod facts;
mod fault_injection;
pub mod fire;
mod history;
mod lenient;
mod merge;
mod objects;
mod orders;
mod platform;
mod problem;
mod product_parts;
mod query;
mod requests;
pub mod router;
pub mod rql;
mod schema;
mod select;
pub mod server;
mod store;
#[cfg(test)]
mod test;
pub mod token;
mod validate_object;
mod webhook_body;
mod webhooks;

use std::io;
use std::path::PathBuf;

pub use fault_injection::FaultInjection;
pub use requests::Asked;
pub use server::Running;
pub use store::Store;

use crate::net::sockets;
use crate::system::database;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot determine the data folder for the sandbox")]
    NoDataFolder,
    #[error(transparent)]
    Data(#[from] database::Error),
    #[error("the endpoint cannot be called: {0}")]
    Callout(String),
    #[error(transparent)]
    Listen(#[from] sockets::Error),
}

impl Error {
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoDataFolder => "set MPT_HOME or HOME, or give a file with --data",
            Self::Data(error) if error.is_disk_full() => {
                "the disk is full; free some space and try again"
            }
            Self::Data(database::Error::File { .. }) => {
                "make the folder writable, or give another file with --data"
            }
            Self::Data(_) => {
                "empty the database with mpt sandbox reset, or use another one with --data FILE"
            }
            Self::Listen(error) if error.source.kind() == io::ErrorKind::AddrInUse => {
                "another program uses the port; use --port 0 for any free port"
            }
            Self::Listen(_) | Self::Callout(_) => return None,
        })
    }
}

/// The default path of the database: `sandbox.db` in `folder`.
pub fn default_path(folder: Option<PathBuf>) -> Result<PathBuf, Error> {
    Ok(folder.ok_or(Error::NoDataFolder)?.join("sandbox.db"))
}
