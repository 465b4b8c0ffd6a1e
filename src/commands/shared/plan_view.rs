//! Renders a plan as text, with old and new values.

use std::collections::HashMap;

use serde_json::Value;

use crate::api::webhooks::WebhookDocument;
use crate::manifest::Plan;
use crate::manifest::change::{Change, shown_line};
use crate::manifest::step::{Action, SecretState, Step};
use crate::manifest::switch_step::SwitchStep;
use crate::model::Webhook;
use crate::operations::Session;
use crate::operations::webhooks::read_many;
use crate::text::escape;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};
use crate::ui::{Style, Ui, time};

/// What a plan shows besides its steps.
pub struct PlanView<'a> {
    pub plan: &'a Plan,
    /// The webhooks that will be deleted, by ID, as far as they are known.
    pub deleted: HashMap<String, WebhookDocument>,
}

impl<'a> PlanView<'a> {
    /// Reads the webhooks that will be deleted, for their last calls. Prints the notes of the plan.
    pub async fn read(plan: &'a Plan, session: &Session<'_>) -> Self {
        plan.notes.iter().for_each(|what| session.webhooks.client().reporter().note(what));
        let deletions = plan.steps.iter().filter(|step| step.action == Action::Delete);
        let ids = deletions.filter_map(|step| step.id.clone());
        let ids: Vec<_> = ids.take(read_many::MAX_IDS).collect();
        Self { plan, deleted: read_many::known(session, &ids).await }
    }

    /// The unchanged webhooks that the reader should know about.
    pub fn notable(&self) -> impl Iterator<Item = &'a Step> {
        let unchanged = |step: &&Step| step.action == Action::Unchanged;
        let steps = self.plan.steps.iter().filter(unchanged);
        steps.filter(|step| is_uncompared(step) || step.stays_disabled || step.silent.is_some())
    }

    /// The steps that change something, each with its members; the others are only counted.
    pub fn render(&self, style: &Style) -> String {
        let plan = self.plan;
        let mut text: String =
            plan.changing().map(|step| self.render_step(step, style) + "\n").collect();
        if self.notable().count() <= MAX_UNCHANGED {
            text.extend(self.notable().map(|step| self.render_step(step, style) + "\n"));
        }
        for line in plan.switches.iter().flat_map(SwitchStep::lines) {
            text.push_str(&style.paint(Tone::Caution, &escape::line(&format!("~ {line}"))));
            text.push('\n');
        }
        if !plan.switches.is_empty() {
            text.push('\n');
        }
        text.push_str(&plan.counts());
        for (count, what) in [
            (
                plan.steps.iter().filter(|step| is_uncompared(step)).count(),
                "of the secrets cannot be compared",
            ),
            (plan.steps.iter().filter(|step| step.stays_disabled).count(), "left disabled"),
            (plan.silent_count(), "will not be called"),
        ] {
            if count > 0 {
                text.push_str(&format!("; {count} {what}"));
            }
        }
        text.push('\n');
        text
    }

    fn render_step(&self, step: &Step, style: &Style) -> String {
        let action = step.action;
        let (sign, tone) = match action {
            Action::Create => ('+', Tone::Good),
            Action::Update => ('~', Tone::Caution),
            Action::Enable | Action::Disable => ('!', Tone::Caution),
            Action::Delete => ('-', Tone::Bad),
            Action::Unchanged => ('=', Tone::Dim),
        };
        let id = step.id.as_deref().map(|id| format!("  {id}")).unwrap_or_default();
        let heading = format!("{sign} {}  {}{id}", action.name(), step.key);
        let mut text = style.paint(tone, &escape::line(&heading));
        text.push('\n');
        let mut rows: Vec<(&str, Cell)> = Vec::new();
        for change in &step.changes {
            rows.extend(change_rows(change, action == Action::Create));
        }
        if let Some(secret) = step.secret {
            rows.push(("secret", secret_cell(secret, action)));
        }
        if step.stays_disabled {
            let note = "Disabled; the file does not say enabled = true, so it stays disabled";
            rows.push(("status", Cell::new(note, Tone::Caution)));
        }
        if let Some(why) = &step.silent {
            let note = format!("the platform will not call it: {why}");
            rows.push(("silent", Cell::new(note, Tone::Caution)));
        }
        if let Some(webhook) = step.id.as_deref().and_then(|id| self.deleted.get(id)) {
            rows.push(("calls", last_call(webhook, style).into()));
        }
        if !rows.is_empty() {
            text.push_str(&table::pairs(&rows, style));
        }
        text
    }
}

/// Unchanged webhooks are only shown if something is to be said about them, and only a few of them.
const MAX_UNCHANGED: usize = 10;

fn is_uncompared(step: &Step) -> bool {
    matches!(step.secret, Some(SecretState::NotReadable | SecretState::NotRun))
}

/// Prints the old and the new value of each member to standard error.
pub fn print_changes(changed: &[Change], ui: &Ui) {
    if !changed.is_empty() && !ui.is_quiet() && !ui.reports_json() {
        ui.stderr(changes(changed, ui.status_style()).trim_end());
    }
}

/// The old and the new value of each member.
fn changes(changes: &[Change], style: &Style) -> String {
    let rows = changes.iter().flat_map(|change| change_rows(change, false));
    table::pairs(&rows.collect::<Vec<_>>(), style)
}

fn change_rows(change: &Change, is_new: bool) -> Vec<(&str, Cell)> {
    let (old, new) = (lines(&change.before), lines(&change.after));
    let cells: Vec<Cell> = if is_new {
        new.iter().map(|line| Cell::from(shown_line(&change.member, line))).collect()
    } else {
        // If there are several lines, only the changed ones are shown.
        let before = old.iter().filter(|line| !new.contains(line));
        let after = new.iter().filter(|line| !old.contains(line));
        let before = before
            .map(|line| Cell::new(format!("- {}", shown_line(&change.member, line)), Tone::Bad));
        let after = after
            .map(|line| Cell::new(format!("+ {}", shown_line(&change.member, line)), Tone::Good));
        before.chain(after).collect()
    };
    let names = std::iter::once(change.member.as_ref()).chain(std::iter::repeat(""));
    names.zip(cells).collect()
}

/// The lines of a value: its text, or one line for each member; none for null.
pub fn lines(value: &Value) -> Vec<String> {
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

/// `✓ ok 2 hours ago`
pub fn last_call(webhook: &Webhook, style: &Style) -> String {
    let Some(call) = &webhook.last_call else {
        return "never called".to_owned();
    };
    let outcome = call.success.map(Cell::outcome).unwrap_or_default();
    let at = call.call_time.as_deref().map(|at| time::when(at, style));
    format!("last call {} {}", outcome.text, at.unwrap_or_default())
}

fn secret_cell(secret: SecretState, action: Action) -> Cell {
    match (secret, action) {
        (SecretState::Changes, Action::Create) => "is set".into(),
        (SecretState::Changes, _) => Cell::new("changes", Tone::Caution),
        (SecretState::Same, _) => Cell::new("same", Tone::Dim),
        (SecretState::NotReadable, _) => {
            Cell::new("unknown, so it is not sent (use --secrets always to send it)", Tone::Dim)
        }
        (SecretState::NotRun, _) => Cell::new("from a command; only apply runs it", Tone::Dim),
    }
}
