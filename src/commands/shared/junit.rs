//! The results of `webhook test` as JUnit XML, which CI systems read.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::case_lines;
use crate::operations::test_endpoint::{CaseResult, Outcome};
use crate::text::escape;

/// The report as XML.
///
/// # Errors
/// These values cannot fail; the library's type requires the `Result`.
pub fn report(results: &[CaseResult], url: &str) -> anyhow::Result<String> {
    let mut suite = TestSuite::new(escape::line(url).into_owned());
    suite.add_test_cases(results.iter().map(test_case));
    let mut report = Report::new("mpt webhook test");
    report.add_test_suite(suite);
    Ok(report.to_string()?)
}

/// Whether a file is such a report, of any program.
pub fn is_report(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(64 * 1_024)]);
    let mut rest = start.trim_start_matches('\u{feff}').trim_start();
    for (begin, end) in [("<?", "?>"), ("<!--", "-->"), ("<!--", "-->")] {
        if let Some((_, after)) = rest
            .starts_with(begin)
            .then(|| rest.split_once(end))
            .flatten()
        {
            rest = after.trim_start();
        }
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let element = rest.strip_prefix('<').unwrap_or_default();
    let name = element.split(|c| !is_name(c)).next();
    matches!(name, Some("testsuites" | "testsuite"))
}

fn test_case(result: &CaseResult) -> TestCase {
    // XML forbids most control characters.
    let text = |text: &str| escape::lines(text).into_owned();
    let line = |text: &str| escape::line(text).into_owned();
    let reason = result.reason.as_deref().unwrap_or_default();
    let status = match result.result {
        Outcome::Passed | Outcome::Warning => TestCaseStatus::success(),
        Outcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let what: Vec<_> = result.mismatches.iter().map(|one| one.what).collect();
            status.set_message(text(&what.join(", ")));
            let mut lines = case_lines::differences(result);
            lines.extend(case_lines::response(result));
            lines.extend(result.reason.clone());
            status.set_description(text(&lines.join("\n")));
            status
        }
        Outcome::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(text(reason));
            status
        }
    };
    let mut case = TestCase::new(line(&result.name), status);
    if let Some(time) = result.milliseconds {
        case.set_time(Duration::from_millis(time));
    }
    case.set_classname(line(result.file.as_deref().unwrap_or("conformance")));
    if result.result == Outcome::Warning {
        case.set_system_out(text(&case_lines::differences(result).join("\n")));
    }
    case
}
