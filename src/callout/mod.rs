//! How the platform calls an endpoint (docs/platform-api.md, "Callouts"): what it sends, how it
//! signs, how it judges the answer, and what it records. It must not know the platform's API,
//! databases or the terminal.

mod call;
pub mod change;
mod connection;
pub mod jwt;
pub mod matching;
pub mod path;
pub mod record;
pub mod verdict;
pub mod verify;

pub use crate::net::host::Place;
pub use call::{CALL_TIMEOUT, Caller, Endpoint, NO_WEBHOOK};
pub use connection::{Connection, Error, Target, transport_error};
pub use record::Record;
pub use verdict::Verdict;
