//! The operations behind the commands, with typed results, by capability. They must not parse the command line or write
//! to the terminal.

pub mod diagnosis;
pub mod endpoints;
pub mod listening;
pub mod manifests;
pub mod profiles;
pub mod read_folder;
mod session;
pub mod validate_object;
pub mod webhooks;

pub use session::Session;
