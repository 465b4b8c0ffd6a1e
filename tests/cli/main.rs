//! Tests through the binary: one file a capability, each in a world of its own.

mod support;

mod completions;
mod config_check;
mod config_file;
mod config_import;
mod config_resolution;
mod create;
mod delete;
mod enable_disable;
mod endpoint_loop;
mod errors;
mod exactly_once;
mod help;
mod hostile_text;
mod interrupt;
mod list;
mod listen;
mod output;
mod readme;
mod reference_page;
mod replay;
mod requests;
mod rotate_secret;
mod sandbox;
mod sandbox_fire;
mod sandbox_weather;
mod secrets;
mod show;
mod take_over;
mod tls;
mod trigger;
mod update;
mod verify;
mod watch;
