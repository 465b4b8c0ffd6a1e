//! A plan as people see it: what is to be done, with old and new values.

use serde_json::Value;

use crate::manifest::Plan;
use crate::manifest::plan::{Action, Change, SecretState, Step};
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};
use crate::ui::{Style, escape};

/// What changes, each with its members; the rest is only counted.
pub fn render(plan: &Plan, style: &Style) -> String {
    let mut text: String = plan
        .changing()
        .map(|step| render_step(step, style) + "\n")
        .collect();
    let uncompared: Vec<&Step> = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Unchanged && is_uncompared(step))
        .collect();
    if uncompared.len() <= MOST_UNCOMPARED {
        text.extend(
            uncompared
                .iter()
                .map(|step| render_step(step, style) + "\n"),
        );
    }
    text.push_str(&plan.summary());
    let count = plan.steps.iter().filter(|step| is_uncompared(step)).count();
    if count > 0 {
        text.push_str(&format!("; {count} of the secrets cannot be compared"));
    }
    text.push('\n');
    text
}

/// Unchanged webhooks are shown only for what cannot be told of them, and only a few.
const MOST_UNCOMPARED: usize = 10;

fn is_uncompared(step: &Step) -> bool {
    matches!(
        step.secret,
        Some(SecretState::NotReadable | SecretState::NotRun)
    )
}

fn render_step(step: &Step, style: &Style) -> String {
    let (sign, tone) = match step.action {
        Action::Create => ('+', Tone::Good),
        Action::Update => ('~', Tone::Caution),
        Action::Enable | Action::Disable => ('!', Tone::Caution),
        Action::Delete => ('-', Tone::Bad),
        Action::Unchanged => ('=', Tone::Dim),
    };
    let id = step.id.as_deref().map(|id| format!("  {id}"));
    let heading = format!(
        "{sign} {}  {}{}",
        step.action.name(),
        step.described(),
        id.unwrap_or_default()
    );
    let mut text = style.paint(tone, &escape::line(&heading));
    text.push('\n');
    let mut rows: Vec<(&str, Cell)> = Vec::new();
    for change in &step.changes {
        rows.extend(change_rows(change, step.action == Action::Create));
    }
    if let Some(secret) = step.secret {
        rows.push(("secret", secret_cell(secret, step.action)));
    }
    if !rows.is_empty() {
        text.push_str(&table::pairs(&rows, style));
    }
    text
}

fn change_rows(change: &Change, is_new: bool) -> Vec<(&'static str, Cell)> {
    if is_new {
        return lines(&change.after)
            .enumerate()
            .map(|(index, line)| (if index == 0 { change.member } else { "" }, line.into()))
            .collect();
    }
    // Of several lines only those that change.
    let (old, new): (Vec<_>, Vec<_>) = (
        lines(&change.before).collect(),
        lines(&change.after).collect(),
    );
    let before = old.iter().filter(|line| !new.contains(line));
    let after = new.iter().filter(|line| !old.contains(line));
    before
        .map(|line| Cell::new(format!("- {line}"), Tone::Bad))
        .chain(after.map(|line| Cell::new(format!("+ {line}"), Tone::Good)))
        .enumerate()
        .map(|(index, cell)| (if index == 0 { change.member } else { "" }, cell))
        .collect()
}

/// A value's lines: a text, or a line for each member; none for null.
fn lines(value: &Value) -> Box<dyn Iterator<Item = String> + '_> {
    match value {
        Value::Null => Box::new(std::iter::empty()),
        Value::Object(members) => Box::new(members.iter().map(|(key, value)| {
            let value = value.as_str().unwrap_or_default();
            format!("{key} = {value}")
        })),
        Value::String(text) => Box::new(std::iter::once(text.clone())),
        other => Box::new(std::iter::once(other.to_string())),
    }
}

fn secret_cell(secret: SecretState, action: Action) -> Cell {
    match (secret, action) {
        (SecretState::Changes, Action::Create) => "is set".into(),
        (SecretState::Changes, _) => Cell::new("changes", Tone::Caution),
        (SecretState::Same, _) => Cell::new("same", Tone::Dim),
        (SecretState::NotReadable, _) => Cell::new(
            "not readable, so it stays (--secrets always sends it)",
            Tone::Dim,
        ),
        (SecretState::NotRun, _) => Cell::new("from a command, which only apply runs", Tone::Dim),
    }
}
