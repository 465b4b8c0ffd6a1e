//! Test cases of an endpoint: the files that describe them, and whether a callout did what a case expects. It must not
//! know HTTP, processes or the terminal.

mod check;
pub mod file;
mod reader;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

pub use check::{CalloutResult, Mismatch, mismatches};
pub use reader::read;

use crate::callout::Verdict;
use crate::model::WebhookType;

/// A file that a case names. It may be in a pull request, and must not reach other files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadFile {
    pub path: PathBuf,
    /// The folder of the case file, which the file must be below.
    pub folder: PathBuf,
    /// The line that names it.
    pub line: Option<usize>,
}

/// A case of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub name: String,
    /// The file that describes it, and the line where it begins.
    pub file: String,
    pub line: Option<usize>,
    /// The type whose sample is sent, if there is no payload, and that rules are tried with.
    pub webhook_type: Option<&'static WebhookType>,
    /// The file with the object that is sent.
    pub payload: Option<PayloadFile>,
    /// Values to set in the object, by their paths.
    pub set: Vec<(String, Value)>,
    /// Claims of the token, from the file.
    pub claims: Map<String, Value>,
    pub expect: Verdict,
    /// The pattern of the refusal's message; `*` stands for any text.
    pub message: Option<String>,
    /// Exactly these values are changed, by their paths; `None`: any.
    pub changes: Option<Vec<(String, Value)>>,
    /// The maximum time until the answer.
    pub within: Duration,
}
