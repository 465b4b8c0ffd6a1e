//! What `doctor` prints of all webhooks: counts of what is well, then the problems, the worst last.

use crate::model::{Check, CheckResult, Diagnosis};
use crate::operations::diagnosis::doctor::{Examined, UnreachableHost};
use crate::text::escape;
use crate::ui::Style;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};

/// The number of webhooks that a line names.
const MAX_NAMED: usize = 5;

pub fn render(examined: &Examined, place: &str, style: &Style) -> String {
    let diagnoses = &examined.diagnoses;
    let of = |result| diagnoses.iter().filter(move |one| one.worst() == result);
    let problems: Vec<_> = of(CheckResult::Problem).collect();
    let unknown: Vec<_> = of(CheckResult::Unknown).map(|one| one.webhook.as_str()).collect();
    let well = diagnoses.len() - problems.len() - unknown.len();
    let place = style.paint(Tone::Strong, &escape::line(place));
    let mut text = format!("{place}: {} checked\n", counted(diagnoses.len()));
    let mut rows = Vec::new();
    if well > 0 {
        let never = diagnoses.iter().filter(|one| one.worst() < CheckResult::Unknown);
        let never = never.filter(|one| was_never_called(one)).count();
        let never = match never {
            0 => String::new(),
            never => format!(", {never} never called"),
        };
        rows.push(line("✓", Tone::Good, format!("{} without a problem{never}", counted(well))));
    }
    if !unknown.is_empty() {
        let what =
            format!("{} cannot be checked completely: {}", counted(unknown.len()), named(&unknown));
        rows.push(line("?", Tone::Caution, what));
    }
    rows.extend(examined.unreachable.iter().map(unreachable));
    text.push_str(&table::unindented(&rows, style));
    let mut problems = problems;
    problems.sort_by_key(|one| severity(one));
    for diagnosis in problems {
        text.push('\n');
        text.push_str(&block(diagnosis, style));
    }
    text
}

/// The ID of the worst of the webhooks with a problem.
pub fn worst(diagnoses: &[Diagnosis]) -> Option<&str> {
    let problems = diagnoses.iter().filter(|one| one.worst() == CheckResult::Problem);
    problems.max_by_key(|one| severity(one)).map(|one| one.webhook.as_str())
}

/// Calls that fail are worse than calls that are not made, and those are worse than what may be on purpose.
fn severity(diagnosis: &Diagnosis) -> u8 {
    let of_check = |check: &Check| match check.name.as_str() {
        "calls" => 4,
        "endpoint" => 3,
        "enabled" => 1,
        _ => 2,
    };
    diagnosis.problems().map(of_check).max().unwrap_or_default()
}

fn block(diagnosis: &Diagnosis, style: &Style) -> String {
    let heading = format!("{}  {}", diagnosis.webhook, diagnosis.described);
    let mut rows = vec![vec![Cell::new("✗", Tone::Bad), Cell::new(heading, Tone::Strong)]];
    // A host that cannot be reached has a line of its own.
    let has_more = diagnosis.problems().count() > 1;
    for check in diagnosis.problems().filter(|one| !has_more || one.name != "endpoint") {
        rows.push(vec!["".into(), check.detail.as_str().into()]);
        if let Some(hint) = &check.hint {
            rows.push(vec!["".into(), Cell::new(format!("→ {hint}"), Tone::Dim)]);
        }
    }
    table::unindented(&rows, style)
}

fn line(sign: &str, tone: Tone, text: String) -> Vec<Cell> {
    vec![Cell::new(sign, tone), text.into()]
}

fn unreachable(host: &UnreachableHost) -> Vec<Cell> {
    let ids: Vec<_> = host.webhooks.iter().map(String::as_str).collect();
    let what = format!("not reachable from this machine: {} ({})", host.error, named(&ids));
    line("·", Tone::Caution, what)
}

fn counted(count: usize) -> String {
    if count == 1 { "1 webhook".to_owned() } else { format!("{count} webhooks") }
}

fn named(ids: &[&str]) -> String {
    let shown = ids[..ids.len().min(MAX_NAMED)].join(", ");
    match ids.len().saturating_sub(MAX_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn was_never_called(diagnosis: &Diagnosis) -> bool {
    let is_never = |check: &Check| check.name == "calls" && check.result == CheckResult::Note;
    diagnosis.checks.iter().any(is_never)
}
