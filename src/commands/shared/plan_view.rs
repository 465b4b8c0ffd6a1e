//! Renders a plan as text, with old and new values.

use serde_json::Value;

use crate::manifest::Plan;
use crate::manifest::step::{Action, Change, SecretState, Step};
use crate::text::escape;
use crate::ui::Style;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};

/// The steps that change something, each with its members; the others are only counted.
pub fn render(plan: &Plan, style: &Style) -> String {
    let mut text: String = plan
        .changing()
        .map(|step| render_step(step, style) + "\n")
        .collect();
    let is_uncompared = |step: &&Step| {
        matches!(
            step.secret(),
            Some(SecretState::NotReadable | SecretState::NotRun)
        )
    };
    let uncompared = plan.steps.iter().filter(is_uncompared);
    let unchanged: Vec<&Step> = uncompared
        .clone()
        .filter(|step| step.action() == Action::Unchanged)
        .collect();
    if unchanged.len() <= MAX_UNCOMPARED {
        text.extend(unchanged.iter().map(|step| render_step(step, style) + "\n"));
    }
    text.push_str(&plan.counts());
    let count = uncompared.count();
    if count > 0 {
        text.push_str(&format!("; {count} of the secrets cannot be compared"));
    }
    text.push('\n');
    text
}

/// Unchanged webhooks are only shown if their secret cannot be compared, and only a few of them.
const MAX_UNCOMPARED: usize = 10;

fn render_step(step: &Step, style: &Style) -> String {
    let action = step.action();
    let (sign, tone) = match action {
        Action::Create => ('+', Tone::Good),
        Action::Update => ('~', Tone::Caution),
        Action::Enable | Action::Disable => ('!', Tone::Caution),
        Action::Delete => ('-', Tone::Bad),
        Action::Unchanged => ('=', Tone::Dim),
    };
    let id = step.id().map(|id| format!("  {id}")).unwrap_or_default();
    let heading = format!("{sign} {}  {}{id}", action.name(), step.key());
    let mut text = style.paint(tone, &escape::line(&heading));
    text.push('\n');
    let mut rows: Vec<(&str, Cell)> = Vec::new();
    for change in step.changes() {
        rows.extend(change_rows(change, action == Action::Create));
    }
    if let Some(secret) = step.secret() {
        rows.push(("secret", secret_cell(secret, action)));
    }
    if !rows.is_empty() {
        text.push_str(&table::pairs(&rows, style));
    }
    text
}

/// The old and the new value of each member.
pub fn changes(changes: &[Change], style: &Style) -> String {
    let rows = changes.iter().flat_map(|change| change_rows(change, false));
    table::pairs(&rows.collect::<Vec<_>>(), style)
}

fn change_rows(change: &Change, is_new: bool) -> Vec<(&str, Cell)> {
    let (old, new) = (lines(&change.before), lines(&change.after));
    let cells: Vec<Cell> = if is_new {
        new.into_iter().map(Cell::from).collect()
    } else {
        // If there are several lines, only the changed ones are shown.
        let before = old.iter().filter(|line| !new.contains(line));
        let after = new.iter().filter(|line| !old.contains(line));
        let before = before.map(|line| Cell::new(format!("- {line}"), Tone::Bad));
        before
            .chain(after.map(|line| Cell::new(format!("+ {line}"), Tone::Good)))
            .collect()
    };
    let names = std::iter::once(change.member.as_ref()).chain(std::iter::repeat(""));
    names.zip(cells).collect()
}

/// The lines of a value: its text, or one line for each member; none for null.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) => format!("{key} = {text}"),
                other => format!("{key} = {other}"),
            })
            .collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn secret_cell(secret: SecretState, action: Action) -> Cell {
    match (secret, action) {
        (SecretState::Changes, Action::Create) => "is set".into(),
        (SecretState::Changes, _) => Cell::new("changes", Tone::Caution),
        (SecretState::Same, _) => Cell::new("same", Tone::Dim),
        (SecretState::NotReadable, _) => Cell::new(
            "unknown, so it is not sent (use --secrets always to send it)",
            Tone::Dim,
        ),
        (SecretState::NotRun, _) => Cell::new("from a command; only apply runs it", Tone::Dim),
    }
}
