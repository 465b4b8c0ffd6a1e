//! Shows the result of a test case: as lines, and as annotations of GitHub Actions.

use crate::operations::test_endpoint::{CaseResult, Outcome};
use crate::text::escape;
use crate::ui::Style;
use crate::ui::style::Tone;

/// The part of a response that is shown, in characters; JSON has more of it.
const MAX_RESPONSE: usize = 200;

/// A line for the case; for one that failed, what was expected (`-`) and what came (`+`).
pub fn render(result: &CaseResult, style: &Style) -> String {
    let (sign, tone) = match result.result {
        Outcome::Passed => ("✓", Tone::Good),
        Outcome::Failed => ("✗", Tone::Bad),
        Outcome::Warning => ("!", Tone::Caution),
        Outcome::Skipped => ("-", Tone::Dim),
    };
    let times = match &result.repeat {
        Some(repeat) => format!(
            "{}×: median {} ms, 95% {} ms, slowest {} ms, {} failed",
            repeat.count, repeat.median, repeat.percentile95, repeat.slowest, repeat.failures
        ),
        None => match result.milliseconds {
            Some(time) => format!("{time} ms"),
            None => String::new(),
        },
    };
    let name = escape::line(&result.name);
    let mut text = format!("{} {name}", style.paint(tone, sign));
    if !times.is_empty() {
        text.push_str(&format!("  {}", style.paint(Tone::Dim, &times)));
    }
    text.push('\n');
    if result.result == Outcome::Passed {
        return text;
    }
    if let Some(reason) = &result.reason {
        let reason = format!("  ({})", escape::line(reason));
        text.push_str(&style.paint(Tone::Dim, &reason));
        text.push('\n');
    }
    for line in differences(result) {
        let tone = match line.chars().next() {
            Some('-') => Tone::Bad,
            Some('+') => Tone::Good,
            _ => Tone::Plain,
        };
        text.push_str(&format!("    {}\n", style.paint(tone, &line)));
    }
    if let Some(response) = &result.response {
        let start: String = response.chars().take(MAX_RESPONSE).collect();
        let more = if start.len() < response.len() {
            "…"
        } else {
            ""
        };
        let response = format!("    response: {}{more}", escape::line(&start));
        text.push_str(&style.paint(Tone::Dim, &response));
        text.push('\n');
    }
    text
}

/// The lines of a difference: what was compared, then `-` what was expected and `+` what came.
pub fn differences(result: &CaseResult) -> Vec<String> {
    let mut lines = Vec::new();
    for mismatch in &result.mismatches {
        lines.push(format!("{}:", mismatch.what));
        let expected = mismatch.expected.iter().map(|one| format!("- {one}"));
        let actual = mismatch.actual.iter().map(|one| format!("+ {one}"));
        lines.extend(expected.chain(actual));
    }
    let escaped = lines.iter().map(|line| escape::line(line).into_owned());
    escaped.collect()
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
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
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
