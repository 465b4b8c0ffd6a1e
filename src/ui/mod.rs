//! The only room that writes to the terminal: results to standard output, all else to standard
//! error (DESIGN: "Output contract"). Renderers are pure; [`Console`] writes what they return.

pub mod call;
pub mod columns;
pub mod console;
pub mod csv;
pub mod details;
pub mod escape;
pub mod jq;
pub mod json;
pub mod printer;
mod progress;
pub mod prompt;
pub mod records;
pub mod style;
pub mod table;
pub mod time;
pub mod yaml;

pub use console::{Console, Options};
pub use records::{Layout, Records};
pub use style::Style;

use std::io;

/// The forms in which a result can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Json,
    Jsonl,
    Yaml,
    Csv,
    Id,
}

impl Format {
    pub const NAMES: [&str; 6] = ["table", "json", "jsonl", "yaml", "csv", "id"];

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Reads a format's name, as a profile or `MPT_OUTPUT` gives it.
    pub fn parse(name: &str) -> Option<Self> {
        clap::ValueEnum::from_str(name, true).ok()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The reader of standard output went away; nobody is left to be told.
    #[error("standard output was closed")]
    ClosedPipe,
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
    #[error("this command has no `{0}` output")]
    Format(&'static str),
    #[error("--jq works on JSON; `{0}` output is not")]
    JqFormat(&'static str),
    #[error("{0}")]
    Jq(#[from] jq::Error),
    #[error("the answer has no id to print")]
    NoId,
    #[error("cannot read from the terminal: {0}")]
    Prompt(#[source] io::Error),
}
