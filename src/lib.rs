//! The library behind the `mpt` binary, public for its tests and benches.
//!
//! Data flows one way: `commands` → `api` → `model`, and back through `output`.

#![forbid(unsafe_code)]
// Only `output` writes to the terminal, and nothing from outside may end in a panic.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

pub mod api;
pub mod callout;
pub mod cli;
pub mod commands;
pub mod config;
pub mod error;
pub mod files;
pub mod model;
pub mod output;
pub mod sandbox;
mod tls;
