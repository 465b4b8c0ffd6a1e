//! Text from the network cannot control the terminal.

use serde_json::{Value, json};

use crate::support::documents::{failing, page};
use crate::support::{Server, World};

/// Terminal escapes, bidirectional controls and line breaks.
const HOSTILE: &str =
    "a\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}b\u{2066}\r\n\u{7f}\u{85}\u{2028}c";

/// Replaces every string of a document, keys aside.
fn poison(value: &mut Value, with: &str) {
    match value {
        Value::String(text) => *text = with.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, with)),
        Value::Object(members) => members.values_mut().for_each(|member| poison(member, with)),
        _ => {}
    }
}

fn steers(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn no_format_lets_it_through() {
    let mut document = failing();
    poison(&mut document, HOSTILE);
    document["criteria"][HOSTILE] = HOSTILE.into();
    // The ID in the answer must be the one that was asked for.
    let mut own = document.clone();
    own["id"] = "WBH-1".into();
    let one = World::at(&Server::always(200, own.clone()));
    let many = World::at(&Server::always(200, page(&[document.clone()], 0, Some(1))));
    for format in ["table", "json", "jsonl", "yaml", "csv", "id"] {
        for run in [
            one.run(&format!("webhook show WBH-1 -o {format}")),
            many.run(&format!("webhook list -o {format}")),
            one.run(&format!("webhook enable WBH-1 -o {format}")),
        ] {
            assert!(
                !steers(&run.stdout) && !steers(&run.stderr),
                "{format}: {}",
                run.snapshot()
            );
        }
    }
    assert_eq!(one.run("webhook show WBH-1 -o json").json(), own);
    assert_eq!(one.run("webhook show WBH-1 -o jsonl").json(), own);
    let yaml = one.run("webhook show WBH-1 -o yaml").ok();
    assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap(), own);
    let other = World::at(&Server::always(200, document)).run("webhook show WBH-1");
    assert!(!steers(&other.stderr), "{}", other.snapshot());
}

#[test]
fn errors_do_not_let_it_through_either() {
    let problem = json!({
        "title": HOSTILE, "detail": HOSTILE, "traceId": HOSTILE,
        "errors": {HOSTILE: [HOSTILE], "list": [{"message": HOSTILE}]}
    });
    let world = World::at(&Server::always(400, problem));
    for line in [
        "webhook show WBH-1",
        "webhook show WBH-1 -o json",
        "webhook show WBH-1 -vv",
    ] {
        let run = world.run(line);
        assert!(!steers(&run.stderr), "{}", run.snapshot());
    }
    let run = world.args(&["webhook", "show", HOSTILE]);
    assert!(!steers(&run.stderr), "{}", run.snapshot());
    // An error is one line, even if the ID contains line breaks.
    assert!(
        run.stderr
            .lines()
            .next()
            .unwrap()
            .ends_with("400 Bad Request"),
        "{}",
        run.snapshot()
    );
}

#[test]
fn ten_thousand_characters_are_no_trouble() {
    let long = "x".repeat(10_000);
    let mut document = failing();
    poison(&mut document, &long);
    document["id"] = "WBH-1".into();
    let world = World::at(&Server::always(200, document.clone()));
    assert!(world.run("webhook show WBH-1").ok().contains(&long));
    assert_eq!(world.run("webhook show WBH-1 -o json").json(), document);
}

#[test]
fn wide_characters_stay_aligned() {
    let mut documents = [failing(), failing(), failing()];
    documents[1]["object"]["id"] = "東京".into();
    documents[2]["object"]["id"] = "🎉".into();
    let world = World::at(&Server::always(200, page(&documents, 0, Some(3))));
    insta::assert_snapshot!(world.run("webhook list --columns id,object,health").ok(), @"
    ID             OBJECT         HEALTH
    WBH-1234-5678  PRD-1111-1111  failing ×2
    WBH-1234-5678  東京           failing ×2
    WBH-1234-5678  🎉             failing ×2
    ");
}

#[test]
fn a_warning_is_one_line() {
    // A line that begins with `::` is a command for the log of GitHub Actions.
    let world = World::new();
    let webhook =
        json!({"type": "X\n::error::owned", "form": "FRM-1111-1111", "url": "https://a.example/"});
    world.write(
        "w.json",
        &json!({"version": 1, "webhooks": [webhook]}).to_string(),
    );
    world.write(
        "body.json",
        &json!({"type": "X\n::error::owned", "url": "https://a.example/"}).to_string(),
    );
    for line in [
        "diff w.json",
        "diff w.json -o markdown",
        "create --from body.json --form FRM-1111-1111 --dry-run",
    ] {
        let run = world.run(&format!("-p sandbox webhook {line}"));
        assert!(run.stderr.contains("unknown type"), "{}", run.snapshot());
        let mut lines = run.stdout.lines().chain(run.stderr.lines());
        assert!(
            !lines.any(|line| line.starts_with("::")),
            "{}",
            run.snapshot()
        );
    }
}
