//! The library behind the `mpt` binary, public for its tests and benches.
//!
//! docs/architecture.md describes the modules.

// Input from outside must never cause a panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

pub mod api;
pub mod callout;
pub mod cases;
pub mod cli;
pub mod commands;
pub mod config;
pub mod failure;
pub mod listener;
pub mod manifest;
pub mod model;
mod net;
pub mod operations;
pub mod reporter;
pub mod sandbox;
pub mod source;
pub mod system;
pub mod text;
pub mod ui;
