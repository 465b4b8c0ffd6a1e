//! Shows the result of a test case as lines.

use crate::operations::endpoints::test::{CaseOutcome, CaseResult};
use crate::text::escape;
use crate::ui::Style;
use crate::ui::style::Tone;

/// The part of a response that is shown, in characters; JSON has more of it.
const SHOWN_RESPONSE: usize = 200;
/// The longest shown line of a difference, in characters, and the most lines for each side.
const MAX_LINE: usize = 300;
const MAX_LINES: usize = 20;

/// A line for the case; for one that failed, what was expected (`-`) and what came (`+`).
pub fn render(result: &CaseResult, style: &Style) -> String {
    let (sign, tone) = match result.result {
        CaseOutcome::Passed => ("✓", Tone::Good),
        CaseOutcome::Failed => ("✗", Tone::Bad),
        CaseOutcome::Warning => ("!", Tone::Caution),
        CaseOutcome::Skipped => ("-", Tone::Dim),
    };
    let times = match &result.repeat {
        Some(repeat) => format!(
            "{}×: median {} ms, 95% {} ms, slowest {} ms, {} failed",
            repeat.count, repeat.median, repeat.percentile95, repeat.slowest, repeat.failed
        ),
        None => match result.milliseconds {
            Some(time) => format!("{time} ms"),
            None => String::new(),
        },
    };
    let name = escape::line(&result.name);
    let title = format!("{name}  {times}");
    let title = fitted(title.trim_end(), 2, style);
    let mut text = format!("{} {title}\n", style.paint(tone, sign));
    if result.result == CaseOutcome::Passed {
        return text;
    }
    if let Some(reason) = &result.reason {
        let reason = format!("({})", escape::line(reason));
        let reason = fitted(&reason, 2, style);
        text.push_str(&format!("  {}\n", style.paint(Tone::Dim, &reason)));
    }
    if let Some(file) = result.file.as_ref().filter(|_| result.has_failed()) {
        let line = result.line.map(|line| format!(":{line}")).unwrap_or_default();
        let place = fitted(&format!("{}{line}", escape::line(file)), 2, style);
        text.push_str(&format!("  {}\n", style.paint(Tone::Dim, &place)));
    }
    for line in differences(result) {
        let tone = match line.chars().next() {
            Some('-') => Tone::Bad,
            Some('+') => Tone::Good,
            _ => Tone::Plain,
        };
        let line = fitted(&line, 4, style);
        text.push_str(&format!("    {}\n", style.paint(tone, &line)));
    }
    if let Some(response) = response(result) {
        let response = fitted(&response, 4, style);
        text.push_str(&format!("    {}\n", style.paint(Tone::Dim, &response)));
    }
    text
}

/// Lines that fit the terminal, all but the first one indented.
fn fitted(text: &str, indent: usize, style: &Style) -> String {
    let Some(width) = style.width else {
        return text.to_owned();
    };
    let spaces = " ".repeat(indent);
    let options = textwrap::Options::new(width.saturating_sub(indent).max(10))
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).join(&format!("\n{spaces}"))
}

/// The beginning of the endpoint's answer.
pub fn response(result: &CaseResult) -> Option<String> {
    let start = shortened(result.response.as_ref()?, SHOWN_RESPONSE);
    Some(format!("response: {}", escape::line(&start)))
}

/// The lines of a difference: what was compared, what was expected, and what came.
pub fn differences(result: &CaseResult) -> Vec<String> {
    let mut lines = Vec::new();
    for mismatch in &result.mismatches {
        lines.push(format!("{}:", mismatch.what));
        for (sign, values) in [("- expected:", &mismatch.expected), ("+ actual:", &mismatch.actual)]
        {
            let shown = values.iter().take(MAX_LINES);
            lines.extend(shown.map(|one| format!("{sign} {}", shortened(one, MAX_LINE))));
            if values.len() > MAX_LINES {
                lines.push(format!("{sign} … and {} more", values.len() - MAX_LINES));
            }
        }
    }
    let escaped = lines.iter().map(|line| escape::line(line).into_owned());
    escaped.collect()
}

fn shortened(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
