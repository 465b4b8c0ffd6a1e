//! The platform's webhook API over HTTP (CONTRACT.md). Knows nothing of the command line, of
//! configuration files and of the terminal.

pub mod base_url;
pub mod client;
pub mod create;
mod error;
mod log;
mod pace;
pub mod pages;
pub mod problem;
mod redact;
mod retry;
pub mod rql;
pub mod webhooks;

pub use base_url::BaseUrl;
pub use client::{Client, ProxySettings, Settings};
pub use error::{Error, status_line};
pub use log::Reporter;
pub use pages::Pages;
pub use problem::Problem;
pub use retry::LONGEST_PAUSE;
pub use webhooks::Webhooks;
