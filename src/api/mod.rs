//! The platform's webhook API over HTTP (docs/platform-api.md). It must not know the command line,
//! configuration files or the terminal.

mod answer;
pub mod client;
mod error;
pub mod list;
pub mod objects;
mod pace;
pub mod pages;
mod place;
pub mod problem;
pub mod raw;
mod request;
mod retry;
pub mod rql;
pub mod webhooks;

pub use crate::net::log::status_line;
pub use crate::net::proxy::{Failure as ProxyFailure, ProxyUrl};
pub use crate::net::tls::CaFile;
pub use client::{Client, ClientSettings, ProxySettings};
pub use error::{Error, Fate};
pub use pages::{List, Part};
pub use place::Place;
pub use problem::ProblemDetails;
pub use retry::{MAX_PAUSE, Retries};
pub use webhooks::Webhooks;
