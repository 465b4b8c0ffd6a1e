//! The output formats, and the errors of printing.

use std::io;

use super::jq;

/// The formats in which a result can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Json,
    Jsonl,
    Yaml,
    Csv,
    Id,
    /// For a comment on a pull request.
    Markdown,
}

impl Format {
    /// The formats of a list.
    pub const LIST: [Self; 6] =
        [Self::Table, Self::Json, Self::Jsonl, Self::Yaml, Self::Csv, Self::Id];

    pub const NAMES: [&str; 7] = ["table", "json", "jsonl", "yaml", "csv", "id", "markdown"];

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Parses a format's name from a profile or `MPT_OUTPUT`.
    pub fn parse(name: &str) -> Option<Self> {
        clap::ValueEnum::from_str(name, true).ok()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
    /// A long result cannot be held in a temporary file.
    #[error("{0}")]
    Spool(#[source] io::Error),
    #[error("cannot write the result as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("this command has no `{0}` output")]
    Format(&'static str),
    #[error("--jq needs JSON output, not `{0}`")]
    JqFormat(&'static str),
    #[error("{0}")]
    Jq(#[from] jq::Error),
    #[error("the response contains no ID to print")]
    NoId,
    #[error("cannot read from the terminal: {0}")]
    Prompt(#[source] io::Error),
    /// Ctrl-C instead of an answer.
    #[error("interrupted")]
    Interrupted,
}
