//! Benchmarks of hot functions: reading a page, rendering many rows, parsing and evaluating filters, planning.
//! Run them with `cargo bench`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use mpt::manifest::variables::Variables;
use mpt::manifest::{DesiredWebhook, ExistingWebhook, SecretPolicy, plan, read};
use mpt::model::{Document, Webhook};
use mpt::sandbox::rql;
use mpt::source::{FileFormat, Source};
use mpt::text::json;
use mpt::ui::{Style, csv, table, webhook_columns};
use serde_json::{Value, json};

fn webhook(number: usize) -> Value {
    json!({
        "id": format!("WBH-{:04}-{:04}", number / 10_000, number % 10_000),
        "url": "https://hooks.example.com/validate", "status": "Enabled",
        "type": "ValidatePurchaseOrderDraft", "objectType": "Order",
        "object": {"id": "PRD-1111-1111", "name": "Cloud Editor"},
        "criteria": {"product.id": "PRD-1111-1111", "status": "Draft"},
        "statistics": {"total": 7, "successes": 4, "failures": 3, "failuresSinceLastSuccess": 2},
        "lastCall": {"success": false, "callTime": "2026-05-04T09:00:00.000Z", "httpStatusCode": 503}
    })
}

fn pages(criterion: &mut Criterion) {
    let page = json!({"data": (0..100).map(webhook).collect::<Vec<_>>()}).to_string();
    criterion.bench_function("read a page of 100", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(&page)));
    });
    let document = webhook(1);
    criterion.bench_function("write a document as a JSON line", |bencher| {
        bencher.iter(|| json::line(black_box(&document)));
    });
}

fn rows(criterion: &mut Criterion) {
    let webhooks: Vec<_> =
        (0..10_000).map(|number| Document::<Webhook>::new(webhook(number))).collect();
    let columns = webhook_columns::default_columns();
    let style = Style { width: Some(120), ..Style::default() };
    let headings: Vec<_> = columns.iter().map(|column| (column.name, column.fit)).collect();
    let cells: Vec<Vec<_>> = webhooks
        .iter()
        .map(|webhook| columns.iter().map(|column| (column.cell)(webhook, &style)).collect())
        .collect();
    let mut group = criterion.benchmark_group("10,000 rows");
    group.sample_size(10);
    group.bench_function("as a table", |bencher| {
        bencher.iter(|| table::list(black_box(&headings), black_box(&cells), false, &style));
    });
    group.bench_function("as CSV", |bencher| {
        bencher.iter(|| {
            let rows = webhooks.iter().map(|webhook| csv::row(black_box(webhook), &columns).len());
            rows.sum::<usize>()
        });
    });
    group.finish();
}

fn filters(criterion: &mut Criterion) {
    let text =
        "and(eq(type,\"ValidateAnswer\"),or(ilike(url,'*example*'),in(status,(Enabled,Disabled))))";
    criterion.bench_function("parse a filter", |bencher| {
        bencher.iter(|| rql::parse(black_box(text)));
    });
    let filter = rql::compile(text, rql::WEBHOOK);
    let document = webhook(1);
    criterion.bench_function("pass a document through a filter", |bencher| {
        bencher.iter(|| filter.as_ref().map(|filter| filter.passes(black_box(&document))));
    });
}

/// 10,000 webhooks of which every tenth differs, and every hundredth is new.
fn plans(criterion: &mut Criterion) {
    let entry = |number: usize| {
        json!({"type": "ValidatePurchaseOrderDraft", "product": format!("PRD-{number}"),
            "url": format!("https://hooks.example.com/{}", number % 10)})
    };
    let source = Source {
        name: "webhooks.json".to_owned(),
        folder: std::path::PathBuf::new(),
        format: FileFormat::Json,
        text: json!({"version": 1, "webhooks": (0..10_000).map(entry).collect::<Vec<_>>()})
            .to_string(),
    };
    let variables = Variables { value_of: &|_| None, reserved: &[] };
    let mut group = criterion.benchmark_group("10,000 webhooks");
    group.sample_size(10);
    group.bench_function("read as code", |bencher| {
        bencher.iter(|| read(black_box(std::slice::from_ref(&source)), variables));
    });
    let manifest = read(&[source], variables).manifest;
    let desired: Vec<_> =
        manifest.webhooks.iter().map(|webhook| DesiredWebhook { webhook, secret: None }).collect();
    let existing: Vec<_> = (0..10_000)
        .filter(|number| number % 100 != 0)
        .filter_map(|number| {
            let path = if number % 10 == 1 { 0 } else { number % 10 };
            let webhook = Webhook::of(
                &json!({"id": format!("WBH-{number}"), "type": "ValidatePurchaseOrderDraft",
                "status": "Enabled", "url": format!("https://hooks.example.com/{path}"),
                "object": {"id": format!("PRD-{number}")},
                "criteria": {"product.id": format!("PRD-{number}")}}),
            );
            ExistingWebhook::of(&webhook)
        })
        .collect();
    group.bench_function("planned", |bencher| {
        bencher.iter(|| plan(black_box(&desired), &existing, &[], SecretPolicy::Differing));
    });
    group.finish();
}

criterion_group!(benches, pages, rows, filters, plans);
criterion_main!(benches);
