//! How the platform calls an endpoint (CONTRACT.md, "How the platform calls a webhook"): what it
//! sends, how it signs, how it judges the answer, and what it records. Knows nothing of the platform's
//! API, of databases and of the terminal.

mod call;
pub mod change;
mod hs256;
pub mod jwt;
pub mod matching;
pub mod path;
pub mod record;
pub mod sample;
pub mod verdict;
pub mod verify;

pub use call::{Caller, Endpoint, Error};
pub use record::Record;
pub use verdict::Verdict;
