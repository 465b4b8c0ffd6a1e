//! Renders a plan as Markdown, for a comment on a pull request. Manifests and webhooks may contain any text; here it
//! stays text: it stands in fenced blocks, or in `<code>` with HTML escaped.

use crate::commands::shared::plan_view::{PlanView, last_call, lines};
use crate::manifest::change::shown_line;
use crate::manifest::step::{Action, SecretState, Step};
use crate::manifest::switch_step::SwitchStep;
use crate::text::escape;
use crate::ui::Style;

/// GitHub refuses comments of more than 65,536 characters.
const MAX_LENGTH: usize = 60_000;

/// The number of characters that are shown of a value.
const MAX_VALUE: usize = 2_000;

/// `target_name` says where the webhooks are: profile and host.
pub fn render(view: &PlanView<'_>, target_name: &str) -> String {
    let plan = view.plan;
    let mut text = format!("### Webhooks: {}\n\n", code_span(target_name));
    text.push_str("| create | update | enable | disable | delete | unchanged | switch on |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n|");
    for action in Action::ALL {
        let count = plan.steps.iter().filter(|step| step.action == action);
        text.push_str(&format!(" {} |", count.count()));
    }
    text.push_str(&format!(" {} |", plan.switch_count()));
    text.push_str("\n\n");
    if plan.changes_nothing() {
        text.push_str("Nothing would change.\n\n");
    }
    let mut length = text.chars().count();
    let mut left_out = 0;
    let silent = plan.silent_count();
    if silent > 0 {
        let noun = if silent == 1 { "webhook" } else { "webhooks" };
        text.push_str(&format!(
            "**{silent} {noun} will not be called**, because of a switch or a status.\n\n"
        ));
    }
    let steps = plan.changing().chain(view.notable()).map(|step| section(step, view));
    for section in steps.chain(plan.switches.iter().map(switch_section)) {
        let needed = section.chars().count();
        if left_out > 0 || length + needed > MAX_LENGTH {
            left_out += 1;
            continue;
        }
        length += needed;
        text.push_str(&section);
    }
    match left_out {
        0 => {}
        1 => text.push_str("1 more webhook was left out.\n"),
        more => text.push_str(&format!("{more} more webhooks were left out.\n")),
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// A change, folded.
fn section(step: &Step, view: &PlanView<'_>) -> String {
    let id = step.id.as_deref().map(|id| format!(" {}", code(id)));
    let summary =
        format!("{} {}{}", step.action.name(), code(&step.key.to_string()), id.unwrap_or_default());
    let block = fenced(&difference(step, view));
    format!("<details><summary>{summary}</summary>\n\n{block}\n</details>\n\n")
}

/// The switches of an object, folded.
fn switch_section(step: &SwitchStep) -> String {
    let lines = step.lines().into_iter().map(|line| format!("+ {}\n", escape::line(&line)));
    let block = fenced(&lines.collect::<String>());
    format!(
        "<details><summary>switch on {}</summary>\n\n{block}\n</details>\n\n",
        code(&step.object)
    )
}

/// The lines of a `diff` block.
fn difference(step: &Step, view: &PlanView<'_>) -> String {
    let mut text = String::new();
    let mut add = |sign: char, member: &str, value: &str| {
        let value: String = match value.char_indices().nth(MAX_VALUE) {
            Some((cut, _)) => format!("{}…", &value[..cut]),
            None => value.to_owned(),
        };
        let line = format!("{sign} {member}: {value}");
        text.push_str(&escape::line(&line));
        text.push('\n');
    };
    for change in &step.changes {
        let (old, new) = (lines(&change.before), lines(&change.after));
        let removed = old.iter().filter(|line| !new.contains(line));
        removed.for_each(|line| add('-', &change.member, &shown_line(&change.member, line)));
        let added = new.iter().filter(|line| !old.contains(line));
        added.for_each(|line| add('+', &change.member, &shown_line(&change.member, line)));
    }
    match step.action {
        Action::Enable => add('+', "status", "Enabled"),
        Action::Disable => add('+', "status", "Disabled"),
        _ => {}
    }
    match (step.secret, step.action) {
        (Some(SecretState::Changes), Action::Create) => add('+', "secret", "is set"),
        (Some(SecretState::Changes), _) => add('+', "secret", "changes"),
        (Some(SecretState::NotReadable), _) => add(' ', "secret", "cannot be compared"),
        (Some(SecretState::NotRun), _) => add(' ', "secret", "from a command; only apply runs it"),
        (Some(SecretState::Same) | None, _) => {}
    }
    if step.stays_disabled {
        add(' ', "status", "stays disabled");
    }
    if let Some(why) = &step.silent {
        add('!', "silent", why);
    }
    if let Some(webhook) = step.id.as_deref().and_then(|id| view.deleted.get(id)) {
        add(' ', "calls", &last_call(webhook, &Style::default()));
    }
    text
}

/// A fenced block. The fence is longer than any run of backticks in the text.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}diff\n{text}{fence}\n")
}

/// Text in a line of Markdown.
fn code_span(text: &str) -> String {
    let text = escape::line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // Without a space, a backtick at the edge would be part of the fence.
    match text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// Text in a line of HTML. In `<code>`, GitHub turns no text into links and mentions.
fn code(text: &str) -> String {
    let escaped =
        escape::line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<code>{escaped}</code>")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}
