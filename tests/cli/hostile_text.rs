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
            assert!(!steers(&run.stdout) && !steers(&run.stderr), "{format}: {}", run.snapshot());
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
    for line in ["webhook show WBH-1", "webhook show WBH-1 -o json", "webhook show WBH-1 -vv"] {
        let run = world.run(line);
        assert!(!steers(&run.stderr), "{}", run.snapshot());
    }
    let run = world.args(&["webhook", "show", HOSTILE]);
    assert!(!steers(&run.stderr), "{}", run.snapshot());
    // An error is one line, even if the ID contains line breaks.
    assert!(
        run.stderr.lines().next().unwrap().ends_with("(token from MPT_API_TOKEN)"),
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
    world.write("w.json", &json!({"version": 1, "webhooks": [webhook]}).to_string());
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
        assert!(!lines.any(|line| line.starts_with("::")), "{}", run.snapshot());
    }
}

#[test]
fn a_lone_surrogate_in_one_webhook_hides_no_other() {
    let rows = r#"{"$meta": {"pagination": {"offset": 0, "limit": 100, "total": 2}}, "data": [
        {"id": "WBH-1", "url": "https://a.example", "type": "ValidateAnswer", "object": {"id": "FRM-1"},
         "criteria": {"form.id": "FRM-1"}, "description": "a\ud83d"},
        {"id": "WBH-2", "url": "https://b.example", "type": "ValidateAnswer", "object": {"id": "FRM-2"},
         "criteria": {"form.id": "FRM-2"}, "description": "\ud83d\ude00"}]}"#;
    let server =
        Server::new(move |_, _| crate::support::Reply::text(200, "application/json", rows));
    let world = World::at(&server);
    let listed = world.run("webhook list --columns id,description -o csv");
    assert_eq!(listed.ok(), "id,description\nWBH-1,a\\ud83d\nWBH-2,😀\n");
    assert_eq!(world.run("webhook list --jq .[].description").ok(), "a\\ud83d\n😀\n");
    assert!(world.run("webhook export").ok().contains("FRM-2"));
    assert_eq!(world.run("webhook doctor -o id").stdout, "WBH-1\nWBH-2\n");
    let problem = Server::new(|_, _| {
        crate::support::Reply::text(400, "application/json", r#"{"detail": "bad \udc00"}"#)
    });
    let run = World::at(&problem).run("webhook list");
    assert!(run.stderr.contains("bad \\udc00"), "{}", run.stderr);
}

#[test]
fn nothing_is_a_command_of_github() {
    const COMMAND: &str = "::error::x";
    let mut webhook = failing();
    webhook["id"] = "WBH-1".into();
    webhook["description"] = COMMAND.into();
    webhook["object"]["name"] = "##[error]y".into();
    webhook["lastCall"]["response"] = format!("{COMMAND}\n ##[group]").into();
    let one = World::at(&Server::always(200, webhook.clone())).with("GITHUB_ACTIONS", "true");
    let many = World::at(&Server::always(200, page(&[webhook.clone()], 0, Some(1))))
        .with("GITHUB_ACTIONS", "true");
    let is_quiet = |run: &crate::support::world::Run| {
        let text = format!("{}{}", run.stdout, run.stderr);
        let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
        assert!(!text.lines().any(is_command), "{text}");
    };
    for format in ["table", "json", "jsonl", "yaml"] {
        let shown = one.run(&format!("webhook show WBH-1 -o {format}"));
        is_quiet(&shown);
        is_quiet(&many.run(&format!("webhook list -o {format} --columns description").replace(
            " --columns description",
            if format == "table" { " --columns description" } else { "" },
        )));
        if format == "json" {
            assert_eq!(shown.json(), webhook, "the value is the same");
        }
    }
    is_quiet(&many.run("webhook export"));
    is_quiet(&many.run("webhook export -o yaml"));
    is_quiet(&many.run("webhook export -o json"));
    let problem = json!({"title": "a", "errors": {COMMAND: ["##[error]z"]}});
    is_quiet(
        &World::at(&Server::always(400, problem))
            .with("GITHUB_ACTIONS", "true")
            .run("webhook list"),
    );
    one.write("::error::y.toml", "version = 2\n");
    is_quiet(&one.args(&["webhook", "diff", "::error::y.toml"]));
    is_quiet(&one.args(&["webhook", "list", "--timeout", "a\n::error::x"]));
    is_quiet(&one.args(&["webhook", "##[error]x"]));
    // What scripts read is not changed.
    let raw = one.run("webhook show WBH-1 --jq .description").ok();
    assert_eq!(raw, format!("{COMMAND}\n"));
    let csv = many.run("webhook list --columns description -o csv").ok();
    assert_eq!(csv, format!("description\n{COMMAND}\n"));
}
