//! The commands for the log of GitHub Actions that mark failed cases.

use crate::commands::endpoint::test::case_lines::differences;
use crate::operations::endpoints::test::{CaseOutcome, CaseResult};
use crate::text::escape;

/// The command for the log of GitHub Actions that marks a failed case at its place in the file.
pub fn annotation(result: &CaseResult) -> Option<String> {
    let level = match result.result {
        CaseOutcome::Failed => "error",
        CaseOutcome::Warning => "warning",
        CaseOutcome::Passed | CaseOutcome::Skipped => return None,
    };
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(&escape::line(text)).replace(':', "%3A").replace(',', "%2C");
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
