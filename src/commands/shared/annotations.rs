//! The log of GitHub Actions: commands that mark failed cases, and text that must not be read as a command.

use std::borrow::Cow;

use super::case_lines::differences;
use crate::operations::test_endpoint::{CaseResult, Outcome};
use crate::text::escape;

/// Whether this runs in GitHub Actions.
pub fn is_github_actions() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Text in which the runner finds no command. It looks for `::` at the beginning of a line, after spaces, and for
/// `##[` anywhere.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if !is_github_actions() {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let is_command = line.trim_start().starts_with("::");
        let line = line.replace("##[", "## [");
        if is_command {
            format!("| {line}")
        } else {
            line
        }
    });
    Cow::Owned(lines.collect())
}

/// The command for the log of GitHub Actions that marks a failed case at its place in the file.
pub fn annotation(result: &CaseResult) -> Option<String> {
    let level = match result.result {
        Outcome::Failed => "error",
        Outcome::Warning => "warning",
        Outcome::Passed | Outcome::Skipped => return None,
    };
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| {
        data(&escape::line(text))
            .replace(':', "%3A")
            .replace(',', "%2C")
    };
    let mut properties = vec![format!("title={}", property(&result.name))];
    if let Some(file) = &result.file {
        properties.push(format!("file={}", property(file)));
    }
    if let Some(line) = result.line {
        properties.push(format!("line={line}"));
    }
    let message = data(&differences(result).join("\n"));
    Some(format!("::{level} {}::{message}", properties.join(",")))
}
