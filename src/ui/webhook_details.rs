//! The detailed view of a webhook: whether it is healthy, and if not, why.

use unicode_width::UnicodeWidthStr;

use super::style::{Style, Tone};
use super::table::{self, Cell};
use super::time;
use super::webhook_columns as columns;
use crate::model::secret::MASK;
use crate::model::url::without_userinfo;
use crate::model::webhook::{Event, Health, Reference, Statistics};
use crate::model::{Call, Webhook};
use crate::text::escape;

/// Renders the view. The secret is only shown with `reveal`.
pub fn render(webhook: &Webhook, reveal: bool, style: &Style) -> String {
    let mut text = head(webhook, style);
    for section in [
        table::pairs(&facts(webhook, reveal, style), style),
        statistics(webhook, style),
        calls(webhook, style),
        answer(webhook, style),
    ] {
        if !section.is_empty() {
            text.push('\n');
            text.push_str(&section);
        }
    }
    text
}

fn head(webhook: &Webhook, style: &Style) -> String {
    let text = |value: &Option<String>| escape::line(value.as_deref().unwrap_or("")).into_owned();
    let mut first =
        vec![style.paint(Tone::Strong, &text(&webhook.id)), text(&webhook.webhook_type)];
    let status = columns::status(webhook);
    if !status.text.is_empty() {
        let dot = if status.tone == Tone::Good { "●" } else { "○" };
        first.push(style.paint(status.tone, &format!("{dot} {}", escape::line(&status.text))));
    }
    let health = columns::health(webhook);
    let mark = match webhook.health() {
        Health::Ok => "✓ ",
        Health::Failing(_) => "✗ ",
        Health::NeverCalled | Health::Unknown => "",
    };
    first.push(style.paint(health.tone, &format!("{mark}{}", health.text)));
    first.retain(|part| !part.is_empty());

    let mut text = format!("{}\n", first.join("   "));
    let url = webhook.url.as_deref().map(without_userinfo);
    for line in [&url, &webhook.description].into_iter().flatten().filter(|l| !l.is_empty()) {
        text.push_str(&table::paragraph(line, style));
    }
    text
}

fn facts(webhook: &Webhook, reveal: bool, style: &Style) -> Vec<(&'static str, Cell)> {
    let mut facts = Vec::new();
    let object = match (&webhook.object, &webhook.object_type) {
        (Some(object), Some(object_type)) => format!("{} ({object_type})", described(object)),
        (Some(object), None) => described(object),
        (None, Some(object_type)) => object_type.clone(),
        (None, None) => String::new(),
    };
    facts.push(("Object", Cell::from(object)));
    facts.push(("Account", webhook.account.as_ref().map(described).into()));

    let widest = webhook.criteria.iter().map(|(key, _)| escape::line(key).width()).max();
    for (index, (key, value)) in webhook.criteria.iter().enumerate() {
        let name = if index == 0 { "Criteria" } else { "" };
        let gap = widest.unwrap_or(0) - escape::line(key).width() + 2;
        facts.push((name, format!("{key}{}{value}", " ".repeat(gap)).into()));
    }
    if let Some(secret) = &webhook.secret {
        let shown = if reveal { secret.clone() } else { MASK.to_owned() };
        facts.push(("Secret", shown.into()));
    }
    if let Some(audit) = &webhook.audit {
        facts.push(("Created", event(audit.created.as_ref(), style)));
        facts.push(("Updated", event(audit.updated.as_ref(), style)));
    }
    facts.retain(|(_, cell)| !cell.text.is_empty());
    facts
}

/// `ACC-1000-0001 · Northwind Software · Vendor, Active`
fn described(reference: &Reference) -> String {
    let kind: Vec<_> =
        [&reference.reference_type, &reference.status].into_iter().flatten().cloned().collect();
    let kind = (!kind.is_empty()).then(|| kind.join(", "));
    let parts: Vec<_> =
        [&reference.id, &reference.name, &kind].into_iter().flatten().cloned().collect();
    parts.join(" · ")
}

fn event(event: Option<&Event>, style: &Style) -> Cell {
    let Some(event) = event else {
        return Cell::default();
    };
    let at = event.at.as_deref().map(|at| time::when(at, style)).unwrap_or_default();
    match event.by_whom() {
        Some(who) => format!("{at} by {who}").trim_start().into(),
        None => at.into(),
    }
}

const BAR: usize = 40;

fn statistics(webhook: &Webhook, style: &Style) -> String {
    let Some(statistics) = &webhook.statistics else {
        return String::new();
    };
    if !statistics.was_called() {
        return table::pairs(&[("Calls", Cell::new("none yet", Tone::Dim))], style);
    }
    let mut rows = vec![("Calls", counts(statistics))];
    if let Some(rate) = statistics.success_rate() {
        let filled = (rate * BAR as f64).round() as usize;
        let bar = format!(
            "{}{}  {}",
            "━".repeat(filled),
            "╌".repeat(BAR - filled),
            columns::percent(rate)
        );
        let tone = match rate {
            rate if rate >= 0.95 => Tone::Good,
            rate if rate >= 0.5 => Tone::Caution,
            _ => Tone::Bad,
        };
        rows.push(("Success rate", Cell::new(bar, tone)));
    }
    table::pairs(&rows, style)
}

fn counts(statistics: &Statistics) -> Cell {
    let mut parts = Vec::new();
    for (label, count) in
        [("", &statistics.total), ("✓ ", &statistics.successes), ("✗ ", &statistics.failures)]
    {
        parts.extend(count.as_ref().map(|count| format!("{label}{count}")));
    }
    if let Some(count) = &statistics.failures_since_last_success
        && count != "0"
    {
        parts.push(match statistics.was_ever_successful() {
            true => format!("{count} failed since the last success"),
            false => format!("{count} failed, never succeeded"),
        });
    }
    parts.join("   ").into()
}

/// From this width on, errors are shown in the table of calls; below, that of the last call follows it.
const WIDE: usize = 120;

fn shows_errors_beside_calls(style: &Style) -> bool {
    style.width.is_none_or(|width| width >= WIDE)
}

fn calls(webhook: &Webhook, style: &Style) -> String {
    let rows: Vec<(&str, &Call)> = [
        ("Last", &webhook.last_call),
        ("Last success", &webhook.last_success),
        ("Last failure", &webhook.last_failure),
    ]
    .into_iter()
    .filter_map(|(name, call)| Some((name, call.as_ref()?)))
    .collect();
    if rows.is_empty() {
        return String::new();
    }
    let with_errors =
        shows_errors_beside_calls(style) && rows.iter().any(|(_, call)| call.error.is_some());
    let mut headings = vec!["Call", "Result", "HTTP", "When", "Took"];
    if with_errors {
        headings.push("Error");
    }
    let cells: Vec<_> = rows
        .iter()
        .map(|(name, call)| {
            let mut row = vec![
                Cell::from(*name),
                outcome(call),
                call.http_status().into(),
                call.call_time.as_deref().map(|at| time::when(at, style)).into(),
                call.took().map(time::took).into(),
            ];
            if with_errors {
                row.push(call.error.clone().into());
            }
            row
        })
        .collect();
    table::grid(&headings, &cells, style)
}

fn outcome(call: &Call) -> Cell {
    call.success.map(Cell::outcome).unwrap_or_default()
}

/// The endpoint's answer to the last call, if it failed.
fn answer(webhook: &Webhook, style: &Style) -> String {
    let Some(call) = webhook.last_call.as_ref().filter(|call| call.success == Some(false)) else {
        return String::new();
    };
    let mut rows = Vec::new();
    if let Some(error) = call.error.as_ref().filter(|_| !shows_errors_beside_calls(style)) {
        rows.push(("Error", Cell::new(error.clone(), Tone::Bad)));
    }
    match call.response.as_deref() {
        Some("") | None => {}
        Some(response) => rows.push(("Endpoint said", response.into())),
    }
    table::pairs(&rows, style)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::render;
    use crate::model::Webhook;
    use crate::ui::style::{Clock, Style};

    fn webhook() -> Value {
        let call = json!({
            "success": false, "callTime": "2026-05-04T10:00:00Z",
            "responseTime": "2026-05-04T10:00:01.200Z", "error": "boom",
            "response": "down for repair", "httpStatusCode": "ServiceUnavailable"
        });
        json!({
            "id": "WBH-1234-5678", "url": "https://hooks.example.com/validate",
            "description": "Checks draft orders of the finance team, and all that is bought with them",
            "status": "Enabled", "type": "ValidatePurchaseOrderDraft", "objectType": "Order",
            "object": {"id": "PRD-1111-1111", "name": "Cloud Editor 東京"},
            "account": {
                "id": "ACC-1000-0001", "name": "Northwind Software", "type": "Vendor", "status": "Active"
            },
            "criteria": {"product.id": "PRD-1111-1111", "status": "Draft"},
            "audit": {
                "created": {"at": "2026-05-01T12:00:00Z", "by": {"name": "Zoë Okafor"}},
                "updated": {"at": "2026-05-04T10:00:00Z", "by": {"id": "TKN-1"}}
            },
            "statistics": {"total": 7, "successes": 4, "failures": 3, "failuresSinceLastSuccess": 2},
            "lastCall": call, "lastFailure": call,
            "lastSuccess": {
                "success": true, "callTime": "2026-05-03T12:00:00Z",
                "responseTime": "2026-05-03T12:00:00.310Z", "httpStatusCode": 200
            }
        })
    }

    fn at_width(width: usize) -> String {
        let clock = Clock { now: || "2026-05-04T12:00:00Z".parse().unwrap(), zone: TimeZone::UTC };
        let style = Style { color: false, width: Some(width), clock: Some(clock) };
        let text = render(&Webhook::of(&webhook()), false, &style);
        for line in text.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) < width, "{line}");
        }
        text
    }

    #[test]
    fn it_fits_80_columns() {
        insta::assert_snapshot!(at_width(80), @"
        WBH-1234-5678   ValidatePurchaseOrderDraft   ● Enabled   ✗ failing ×2
        https://hooks.example.com/validate
        Checks draft orders of the finance team, and all that is bought with them

         Object         PRD-1111-1111 · Cloud Editor 東京 (Order)
         Account        ACC-1000-0001 · Northwind Software · Vendor, Active
         Criteria       product.id  PRD-1111-1111
                        status      Draft
         Created        3 days ago by Zoë Okafor
         Updated        2 hours ago by TKN-1

         Calls          7   ✓ 4   ✗ 3   2 failed since the last success
         Success rate   ━━━━━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  57 %

         Call          Result    HTTP                     When         Took
         Last          ✗ failed  503 Service Unavailable  2 hours ago  1.20 s
         Last success  ✓ ok      200 OK                   1 day ago    0.31 s
         Last failure  ✗ failed  503 Service Unavailable  2 hours ago  1.20 s

         Error          boom
         Endpoint said  down for repair
        ");
    }

    #[test]
    fn it_uses_160_columns() {
        insta::assert_snapshot!(at_width(160), @"
        WBH-1234-5678   ValidatePurchaseOrderDraft   ● Enabled   ✗ failing ×2
        https://hooks.example.com/validate
        Checks draft orders of the finance team, and all that is bought with them

         Object         PRD-1111-1111 · Cloud Editor 東京 (Order)
         Account        ACC-1000-0001 · Northwind Software · Vendor, Active
         Criteria       product.id  PRD-1111-1111
                        status      Draft
         Created        3 days ago by Zoë Okafor
         Updated        2 hours ago by TKN-1

         Calls          7   ✓ 4   ✗ 3   2 failed since the last success
         Success rate   ━━━━━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  57 %

         Call          Result    HTTP                     When         Took    Error
         Last          ✗ failed  503 Service Unavailable  2 hours ago  1.20 s  boom
         Last success  ✓ ok      200 OK                   1 day ago    0.31 s
         Last failure  ✗ failed  503 Service Unavailable  2 hours ago  1.20 s  boom

         Endpoint said  down for repair
        ");
    }

    #[test]
    fn colours_match_the_words() {
        let style = Style { color: true, ..Style::default() };
        let text = render(&Webhook::of(&webhook()), false, &style);
        assert!(text.contains("\u{1b}[32m● Enabled\u{1b}[0m   \u{1b}[31m✗ failing ×2\u{1b}[0m"));
    }
}
