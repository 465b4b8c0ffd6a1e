//! One description of a webhook's columns: tables, CSV and `--columns` all use it.

use super::style::{Style, Tone};
use super::table::Cell;
use super::time;
use crate::model::webhook::{Event, Health, Reference};
use crate::model::{Call, Webhook};

/// A column over rows of `T`.
pub struct Column<T> {
    /// Its name in `--columns`, in CSV, and (in capitals) in tables.
    pub name: &'static str,
    /// Whether its cells are never shortened: part of an id is no id.
    pub whole: bool,
    pub cell: fn(&T, &Style) -> Cell,
}

/// The columns of a list unless `--columns` names others.
pub const DEFAULT: [&str; 6] = ["id", "status", "type", "object", "url", "health"];

/// Every column that a webhook can be shown by.
pub const WEBHOOK: &[Column<Webhook>] = &[
    Column {
        name: "id",
        whole: true,
        cell: |w, _| w.id.clone().into(),
    },
    Column {
        name: "status",
        whole: true,
        cell: |w, _| status(w),
    },
    Column {
        name: "type",
        whole: false,
        cell: |w, _| w.webhook_type.clone().into(),
    },
    Column {
        name: "object",
        whole: true,
        cell: |w, _| reference_id(w.object.as_ref()),
    },
    Column {
        name: "url",
        whole: false,
        cell: |w, _| w.url.clone().into(),
    },
    Column {
        name: "health",
        whole: true,
        cell: |w, _| health(w),
    },
    Column {
        name: "description",
        whole: false,
        cell: |w, _| w.description.clone().into(),
    },
    Column {
        name: "object-type",
        whole: true,
        cell: |w, _| w.object_type.clone().into(),
    },
    Column {
        name: "object-name",
        whole: false,
        cell: |w, _| reference_name(w.object.as_ref()),
    },
    Column {
        name: "account",
        whole: true,
        cell: |w, _| reference_id(w.account.as_ref()),
    },
    Column {
        name: "account-name",
        whole: false,
        cell: |w, _| reference_name(w.account.as_ref()),
    },
    Column {
        name: "criteria",
        whole: false,
        cell: |w, _| criteria(w),
    },
    Column {
        name: "calls",
        whole: true,
        cell: |w, _| w.statistics.as_ref().and_then(|s| s.total.clone()).into(),
    },
    Column {
        name: "successes",
        whole: true,
        cell: |w, _| {
            w.statistics
                .as_ref()
                .and_then(|s| s.successes.clone())
                .into()
        },
    },
    Column {
        name: "failures",
        whole: true,
        cell: |w, _| {
            w.statistics
                .as_ref()
                .and_then(|s| s.failures.clone())
                .into()
        },
    },
    Column {
        name: "success-rate",
        whole: true,
        cell: |w, _| success_rate(w),
    },
    Column {
        name: "last-call",
        whole: true,
        cell: |w, style| called_at(w.last_call.as_ref(), style),
    },
    Column {
        name: "last-status",
        whole: true,
        cell: |w, _| w.last_call.as_ref().and_then(Call::http_status).into(),
    },
    Column {
        name: "last-success",
        whole: true,
        cell: |w, style| called_at(w.last_success.as_ref(), style),
    },
    Column {
        name: "last-failure",
        whole: true,
        cell: |w, style| called_at(w.last_failure.as_ref(), style),
    },
    Column {
        name: "created",
        whole: true,
        cell: |w, style| {
            at(
                w.audit.as_ref().and_then(|audit| audit.created.as_ref()),
                style,
            )
        },
    },
    Column {
        name: "updated",
        whole: true,
        cell: |w, style| {
            at(
                w.audit.as_ref().and_then(|audit| audit.updated.as_ref()),
                style,
            )
        },
    },
];

/// The columns of these names; `Err` is the first name that none has.
pub fn select<'n>(names: &[&'n str]) -> Result<Vec<&'static Column<Webhook>>, &'n str> {
    names
        .iter()
        .map(|name| {
            WEBHOOK
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name))
                .ok_or(*name)
        })
        .collect()
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
        Health::Failing(Some(count)) => Cell::new(format!("failing ×{count}"), Tone::Bad),
        Health::Failing(None) => Cell::new("failing", Tone::Bad),
        Health::NeverCalled => Cell::new("never called", Tone::Dim),
        Health::Unknown => Cell::default(),
    }
}

fn criteria(webhook: &Webhook) -> Cell {
    let pairs: Vec<_> = webhook
        .criteria
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(" ").into()
}

fn success_rate(webhook: &Webhook) -> Cell {
    let rate = webhook
        .statistics
        .as_ref()
        .and_then(|statistics| statistics.success_rate());
    rate.map(percent).into()
}

/// Whole percent, where only all is 100 and only none is 0.
pub fn percent(rate: f64) -> String {
    let rounded = (rate * 100.0).round();
    let shown = if rate < 1.0 {
        rounded.min(99.0)
    } else {
        rounded
    };
    let shown = if rate > 0.0 { shown.max(1.0) } else { shown };
    format!("{shown} %")
}

fn reference_id(reference: Option<&Reference>) -> Cell {
    reference.and_then(|reference| reference.id.clone()).into()
}

fn reference_name(reference: Option<&Reference>) -> Cell {
    reference
        .and_then(|reference| reference.name.clone())
        .into()
}

fn called_at(call: Option<&Call>, style: &Style) -> Cell {
    call.and_then(|call| call.call_time.as_deref())
        .map(|text| time::when(text, style))
        .into()
}

fn at(event: Option<&Event>, style: &Style) -> Cell {
    event
        .and_then(|event| event.at.as_deref())
        .map(|text| time::when(text, style))
        .into()
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, percent, select};

    #[test]
    fn the_default_columns_exist() {
        assert_eq!(
            select(&DEFAULT).map(|columns| columns.len()).ok(),
            Some(DEFAULT.len())
        );
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
