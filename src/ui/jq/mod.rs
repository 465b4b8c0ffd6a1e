//! `--jq`: the filter runs in a child process of this program. A filter that overflows the stack, needs
//! too much memory or never ends is then an error instead of the end of the command.

mod child;
mod filter;
mod process;

pub use child::run_if_asked;
pub use process::{Error, Process};

use serde::{Deserialize, Serialize};

/// `--jq`, `--jq-arg` and the time that the filter may take for one document.
#[derive(Clone, Debug)]
pub struct Expression {
    pub text: String,
    /// Pairs of name and value.
    pub arguments: Vec<(String, String)>,
    pub timeout: std::time::Duration,
}

/// What the child process answers: each a line of JSON.
#[derive(Deserialize, Serialize)]
enum Reply {
    /// The filter is compiled, or a document is finished.
    Done,
    /// The text of one result.
    Result(String),
    /// The expression cannot be compiled.
    Syntax(String),
    /// The filter failed on the document.
    Failed(String),
}
