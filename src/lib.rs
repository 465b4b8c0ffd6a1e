//! The library behind the `mpt` binary, public for its tests and benches.
//!
//! Data flows one way: `commands` → `api` → `model`, and back through `output`.

// Nothing from outside may end in a panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

pub mod api;
pub mod callout;
pub mod cli;
pub mod commands;
pub mod config;
mod database;
pub mod error;
pub mod files;
mod http;
pub mod journal;
pub mod listener;
pub mod manifest;
pub mod model;
pub mod output;
mod random;
pub mod sandbox;
mod server;
mod take_over;
mod tls;
