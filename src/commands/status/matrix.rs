//! The table of `mpt status`: a row for each object, a column for each type, and the problems below.

use super::profiles::ProfileStatus;
use crate::model::{Anchor, webhook_type};
use crate::operations::diagnosis::status::{ObjectStatus, State, TypeStatus};
use crate::text::escape;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell, Fit, Heading};
use crate::ui::{Style, time};

/// A block for each profile, then the signs, then the problems.
pub fn render(profiles: &[ProfileStatus], strict: bool, style: &Style) -> String {
    let mut parts: Vec<String> = profiles.iter().map(|profile| block(profile, style)).collect();
    parts.extend(legend(profiles, style));
    parts.extend(problems(profiles, strict, style));
    parts.join("\n")
}

fn block(profile: &ProfileStatus, style: &Style) -> String {
    let place = escape::line(&profile.place);
    let mut text = format!("{}{}\n", style.paint(Tone::Strong, &place), totals(profile));
    for anchor in Anchor::ALL {
        let objects = profile.account.objects.iter();
        let mut objects: Vec<_> = objects.filter(|object| object.anchor == anchor).collect();
        // The prompt is below the table, so what is worst comes last.
        objects.sort_by_key(|object| object.worst());
        if !objects.is_empty() {
            text.push_str(&section(anchor, &objects, style));
        }
    }
    text
}

/// `: 9 webhooks, 1 failing`
fn totals(profile: &ProfileStatus) -> String {
    let types = profile.account.objects.iter().flat_map(|object| &object.types);
    let all = types.filter(|of_type| of_type.webhook.is_some()).count();
    if profile.account.is_client {
        return ": the webhooks are not known".to_owned();
    }
    let mut text = match (all, profile.account.objects.is_empty()) {
        (0, true) => ": no webhook is registered, and no switch is on".to_owned(),
        (0, false) => ": no webhooks".to_owned(),
        (1, _) => ": 1 webhook".to_owned(),
        (all, _) => format!(": {all} webhooks"),
    };
    let counted =
        [(State::Failing, "failing"), (State::Silent, "silent"), (State::Disabled, "disabled")];
    for (state, name) in counted {
        let count = profile.count(state);
        if count > 0 {
            text.push_str(&format!(", {count} {name}"));
        }
    }
    text
}

fn section(anchor: Anchor, objects: &[&ObjectStatus], style: &Style) -> String {
    let known: Vec<_> = webhook_type::of(anchor).collect();
    let is_known = |of_type: &TypeStatus| webhook_type::find(&of_type.webhook_type).is_some();
    let has_others = objects.iter().any(|object| !object.types.iter().all(is_known));
    let mut headings: Vec<Heading> = vec![(anchor.name(), Fit::Whole), ("name", Fit::End)];
    headings.extend(known.iter().map(|known| (known.short_name, Fit::Whole)));
    headings.extend(has_others.then_some(("other", Fit::Whole)));
    let rows: Vec<Vec<Cell>> = objects
        .iter()
        .map(|object| {
            let types = object.types.iter();
            let of = |name: Option<&str>| {
                let found = webhook_type::find;
                let is_of = move |of_type: &&TypeStatus| {
                    found(&of_type.webhook_type).map(|one| one.name) == name
                };
                cell(types.clone().filter(is_of).max_by_key(|of_type| of_type.state))
            };
            let mut cells = vec![object.id.as_str().into(), object.name.clone().into()];
            cells.extend(known.iter().map(|known| of(Some(known.name))));
            cells.extend(has_others.then(|| of(None)));
            cells
        })
        .collect();
    table::list(&headings, &rows, false, style)
}

fn cell(of_type: Option<&TypeStatus>) -> Cell {
    let Some(of_type) = of_type else { return Cell::default() };
    let Some((sign, tone, _)) = sign(of_type.state) else { return Cell::default() };
    let count = of_type.failures.map(|count| count.to_string()).unwrap_or_default();
    Cell::new(format!("{sign}{count}"), tone)
}

/// The sign of a state, its colour and its meaning. Nothing registered and no switch on needs no sign.
fn sign(state: State) -> Option<(&'static str, Tone, &'static str)> {
    Some(match state {
        State::None => return None,
        State::Healthy => ("✓", Tone::Good, "healthy"),
        State::NeverCalled => ("·", Tone::Dim, "never called"),
        State::Unknown => ("?", Tone::Caution, "not known"),
        State::Missing => ("!", Tone::Caution, "switch on, no webhook"),
        State::Disabled | State::Silent => ("○", Tone::Caution, "not called"),
        State::Failing => ("✗", Tone::Bad, "failing"),
    })
}

const SIGNS: [State; 6] = [
    State::Healthy,
    State::Failing,
    State::Silent,
    State::Missing,
    State::NeverCalled,
    State::Unknown,
];

/// The signs that occur.
fn legend(profiles: &[ProfileStatus], style: &Style) -> Option<String> {
    let occurs = |state: State| {
        let signs = profiles.iter().map(|profile| match state {
            State::Silent => profile.count(State::Silent) + profile.count(State::Disabled),
            state => profile.count(state),
        });
        signs.sum::<usize>() > 0
    };
    let signs = SIGNS.into_iter().filter(|state| occurs(*state)).filter_map(sign);
    let signs: Vec<_> = signs
        .map(|(sign, tone, meaning)| format!("{} {meaning}", style.paint(tone, sign)))
        .collect();
    (!signs.is_empty()).then(|| format!("{}\n", signs.join("  ")))
}

/// A problem with what its order depends on.
struct Problem<'p> {
    profile: &'p ProfileStatus,
    object: &'p ObjectStatus,
    of_type: &'p TypeStatus,
}

/// The problems of all profiles, the worst last.
fn problems(profiles: &[ProfileStatus], strict: bool, style: &Style) -> Option<String> {
    let is_shown = |state: State| state.is_problem() || (strict && state.is_doubtful());
    let mut problems: Vec<Problem<'_>> = profiles
        .iter()
        .flat_map(|profile| {
            profile.account.objects.iter().flat_map(move |object| {
                object.types.iter().map(move |of_type| Problem { profile, object, of_type })
            })
        })
        .filter(|problem| is_shown(problem.of_type.state))
        .collect();
    problems.sort_by_key(|problem| (problem.of_type.state, problem.of_type.failures));
    let names_profile = profiles.len() > 1;
    let lines = problems.iter().map(|problem| problem.lines(names_profile, style));
    let text: String = lines.collect();
    (!text.is_empty()).then_some(text)
}

impl Problem<'_> {
    /// What is wrong and what to type: one line, or two where one has no room for both.
    fn lines(&self, names_profile: bool, style: &Style) -> String {
        let (what, command) = (self.what(names_profile, style), self.command());
        let Some((sign, tone, _)) = sign(self.of_type.state) else { return String::new() };
        let painted = style.paint(tone, sign);
        let line = escape::line(&format!("{what} → {command}")).into_owned();
        let has_room = style.width.is_none_or(|width| line.chars().count() + 2 < width);
        match has_room {
            true => format!("{painted} {line}\n"),
            false => {
                let rows = [vec![Cell::new(sign, tone), what.into()]];
                // The command is not wrapped, so that it can be copied.
                let command = style.paint(Tone::Dim, &escape::line(&format!("→ {command}")));
                format!("{}  {command}\n", table::unindented(&rows, style))
            }
        }
    }

    fn what(&self, names_profile: bool, style: &Style) -> String {
        let of_type = self.of_type;
        let profile = self.profile.key.as_deref().filter(|_| names_profile);
        let profile = profile.map(|key| format!("{key} ")).unwrap_or_default();
        let named = format!("{profile}{} {}", self.object.id, of_type.webhook_type);
        let reason = of_type.error.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        match of_type.state {
            State::Failing => {
                let times = match of_type.failures {
                    Some(1) => " once".to_owned(),
                    Some(count) => format!(" {count} times"),
                    None => String::new(),
                };
                let since = match &of_type.since {
                    Some(at) => format!("last success {}", time::when(at, style)),
                    None => "no success yet".to_owned(),
                };
                format!("{named}: failed{times}, {since}{reason}")
            }
            State::Silent => format!("{named}{reason}"),
            State::Disabled => format!("{named}: disabled"),
            _ => format!("{named}: switch on, no webhook"),
        }
    }

    fn command(&self) -> String {
        let mpt = &self.profile.mpt;
        match &self.of_type.webhook {
            Some(id) => format!("{mpt} webhook doctor {id}"),
            None => {
                let (webhook_type, object) = (&self.of_type.webhook_type, self.object);
                let anchor = object.anchor.name();
                format!("{mpt} webhook create --type {webhook_type} --{anchor} {}", object.id)
            }
        }
    }
}
