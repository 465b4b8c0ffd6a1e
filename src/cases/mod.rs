//! Test cases of an endpoint: the files that describe them, and whether a callout did what a case expects. It must not
//! know HTTP, processes or the terminal.

mod check;
pub mod file;
mod reader;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

pub use check::{CalloutResult, Mismatch, mismatches};
pub use reader::read;

use crate::callout::Verdict;
use crate::model::WebhookType;

/// A case of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub name: String,
    /// The file that describes it, and the line of its name.
    pub file: String,
    pub line: Option<usize>,
    /// The type whose sample is sent, if there is no payload.
    pub webhook_type: Option<&'static WebhookType>,
    /// The file with the object that is sent; below the folder of the case file.
    pub payload: Option<PathBuf>,
    /// Values to set in the object, by their paths.
    pub set: Vec<(String, Value)>,
    pub expect: Verdict,
    /// The pattern of the refusal's message; `*` stands for any text.
    pub message: Option<String>,
    /// Exactly these values are changed, by their paths; `None`: any.
    pub changes: Option<Vec<(String, Value)>>,
    /// The maximum time until the answer.
    pub within: Duration,
}
