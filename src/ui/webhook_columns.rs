//! The columns of webhooks.

use super::column::Column;
use super::style::{Style, Tone};
use super::table::{Cell, Fit};
use super::time;
use crate::model::url::without_userinfo;
use crate::model::webhook::{Audit, Event, Health, Reference, Statistics};
use crate::model::{Call, Document, Webhook};

/// The default columns of a list.
pub const DEFAULT: [&str; 6] = ["id", "status", "type", "object", "url", "health"];

/// The columns of a list on a narrow terminal, where status and health are one sign.
const NARROW: [&Column<Document<Webhook>>; 6] =
    [&SIGN, &WEBHOOK[0], &WEBHOOK[2], &WEBHOOK[3], &WEBHOOK[4], &OBJECT_NAME];

/// A URL of which only a few letters would be left gives way to the name of the object.
const OBJECT_NAME: Column<Document<Webhook>> = Column {
    fit: Fit::Instead,
    ..Column::flexible("name", |w, _| reference_name(w.object.as_ref()))
};

const SIGN: Column<Document<Webhook>> = Column::whole("", |w, _| sign(w));

/// From this width on, a list has room for status and health as words.
const WIDE: usize = 120;

/// All columns of webhooks.
pub const WEBHOOK: &[Column<Document<Webhook>>] = &[
    Column::whole("id", |w, _| w.id.clone().into()),
    Column::whole("status", |w, _| status(w)),
    Column::whole("type", |w, _| w.webhook_type.clone().into()),
    Column::whole("object", |w, _| reference_id(w.object.as_ref())),
    Column::url("url", |w, _| url(w)),
    Column::whole("health", |w, _| health(w)),
    Column::flexible("description", |w, _| w.description.clone().into()),
    Column::whole("object-type", |w, _| w.object_type.clone().into()),
    Column::flexible("object-name", |w, _| reference_name(w.object.as_ref())),
    Column::whole("account", |w, _| reference_id(w.account.as_ref())),
    Column::flexible("account-name", |w, _| reference_name(w.account.as_ref())),
    Column::flexible("criteria", |w, _| criteria(w)),
    Column::whole("calls", |w, _| count(w, |counts| &counts.total)),
    Column::whole("successes", |w, _| count(w, |counts| &counts.successes)),
    Column::whole("failures", |w, _| count(w, |counts| &counts.failures)),
    Column::whole("success-rate", |w, _| success_rate(w)),
    Column::whole("last-call", |w, style| called_at(w.last_call.as_ref(), style)),
    Column::whole("last-status", |w, _| w.last_call.as_ref().and_then(Call::http_status).into()),
    Column::whole("last-success", |w, style| called_at(w.last_success.as_ref(), style)),
    Column::whole("last-failure", |w, style| called_at(w.last_failure.as_ref(), style)),
    Column::whole("created", |w, style| at(w, |audit| &audit.created, style)),
    Column::whole("updated", |w, style| at(w, |audit| &audit.updated, style)),
];

/// A password in the URL is for programs only.
fn url(webhook: &Webhook) -> Cell {
    let url = webhook.url.as_deref().unwrap_or_default();
    Cell::from(without_userinfo(url)).with_value(url)
}

/// The names of all columns.
pub fn names() -> impl Iterator<Item = &'static str> {
    WEBHOOK.iter().map(|column| column.name)
}

/// The columns of [`DEFAULT`].
pub fn default_columns() -> Vec<&'static Column<Document<Webhook>>> {
    let is_default = |column: &&Column<_>| DEFAULT.contains(&column.name);
    WEBHOOK.iter().filter(is_default).collect()
}

/// The columns with these names; `Err` is the first unknown name.
pub fn select<'n>(names: &[&'n str]) -> Result<Vec<&'static Column<Document<Webhook>>>, &'n str> {
    names
        .iter()
        .map(|name| {
            WEBHOOK.iter().find(|column| column.name.eq_ignore_ascii_case(name)).ok_or(*name)
        })
        .collect()
}

/// The columns of a list that fit a terminal.
pub fn fitting_columns(style: &Style) -> Vec<&'static Column<Document<Webhook>>> {
    match is_narrow(style) {
        true => NARROW.to_vec(),
        false => default_columns(),
    }
}

/// Whether a table has no room for status and health as words.
pub fn is_narrow(style: &Style) -> bool {
    style.width.is_some_and(|width| width < WIDE)
}

/// Status and health as one sign.
pub fn sign(webhook: &Webhook) -> Cell {
    match (webhook.enabled(), webhook.health()) {
        (Some(false), Health::Failing(_)) => Cell::new("○", Tone::Bad),
        (Some(false), _) => Cell::new("○", Tone::Dim),
        (_, Health::Failing(_)) => Cell::new("✗", Tone::Bad),
        (_, Health::Ok) => Cell::new("✓", Tone::Good),
        (_, Health::NeverCalled) => Cell::new("·", Tone::Dim),
        (_, Health::Unknown) => Cell::default(),
    }
}

pub fn status(webhook: &Webhook) -> Cell {
    match webhook.status.as_deref() {
        Some(status) if status.eq_ignore_ascii_case("enabled") => Cell::new(status, Tone::Good),
        Some(status) => Cell::new(status, Tone::Dim),
        None => Cell::default(),
    }
}

pub fn health(webhook: &Webhook) -> Cell {
    match webhook.health() {
        Health::Ok => Cell::new("ok", Tone::Good),
        Health::Failing(Some(count)) => {
            Cell::new(format!("failing ×{count}"), Tone::Bad).with_value("failing")
        }
        Health::Failing(None) => Cell::new("failing", Tone::Bad),
        Health::NeverCalled => Cell::new("never called", Tone::Dim),
        Health::Unknown => Cell::default(),
    }
}

fn criteria(webhook: &Webhook) -> Cell {
    let pairs: Vec<_> =
        webhook.criteria.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(" ").into()
}

fn success_rate(webhook: &Webhook) -> Cell {
    let rate = webhook.statistics.as_ref().and_then(|statistics| statistics.success_rate());
    match rate {
        Some(rate) => Cell::from(percent(rate)).with_value(format!("{rate:.4}")),
        None => Cell::default(),
    }
}

/// Whole percent; only all is 100 and only none is 0.
pub fn percent(rate: f64) -> String {
    let rounded = (rate * 100.0).round();
    let shown = if rate < 1.0 { rounded.min(99.0) } else { rounded };
    let shown = if rate > 0.0 { shown.max(1.0) } else { shown };
    format!("{shown} %")
}

fn reference_id(reference: Option<&Reference>) -> Cell {
    reference.and_then(|reference| reference.id.clone()).into()
}

fn reference_name(reference: Option<&Reference>) -> Cell {
    reference.and_then(|reference| reference.name.clone()).into()
}

fn called_at(call: Option<&Call>, style: &Style) -> Cell {
    call.and_then(|call| call.call_time.as_deref()).map(|text| time::when(text, style)).into()
}

fn count(webhook: &Webhook, of: fn(&Statistics) -> &Option<String>) -> Cell {
    webhook.statistics.as_ref().and_then(|counts| of(counts).clone()).into()
}

fn at(webhook: &Webhook, of: fn(&Audit) -> &Option<Event>, style: &Style) -> Cell {
    let event = webhook.audit.as_ref().and_then(|audit| of(audit).as_ref());
    event.and_then(|event| event.at.as_deref()).map(|text| time::when(text, style)).into()
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, percent, select};

    #[test]
    fn the_default_columns_exist() {
        assert_eq!(select(&DEFAULT).map(|columns| columns.len()).ok(), Some(DEFAULT.len()));
        assert_eq!(select(&["id", "uri"]).err(), Some("uri"));
    }

    #[test]
    fn only_all_is_a_hundred_percent() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(0.001), "1 %");
        assert_eq!(percent(0.0), "0 %");
    }
}
