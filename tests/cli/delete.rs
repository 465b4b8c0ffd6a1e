//! `webhook delete`

use insta::assert_snapshot;
use serde_json::json;

use crate::support::documents::{failing, page};
use crate::support::world::assert_run;
use crate::support::{Reply, Server, Terminal, World};

#[test]
fn confirmation_without_a_terminal_is_a_usage_error() {
    let server = Server::always(204, json!(null));
    assert_run!(World::at(&server).run("webhook delete WBH-1"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn each_that_is_deleted_is_a_row() {
    let server = Server::new(|request, _| {
        if request.target.ends_with("WBH-2") {
            Reply::Json(404, json!({"title": "Not Found"}))
        } else {
            Reply::Full(204, vec![], vec![])
        }
    });
    let world = World::at(&server);
    assert_run!(world.run("webhook rm WBH-1 WBH-2 WBH-3 --yes -o jsonl"), @r#"
    exit 5
    --- stdout
    {"id":"WBH-1","deleted":true}
    {"id":"WBH-3","deleted":true}
    --- stderr
    {"note":"Deleted WBH-1"}
    {"note":"Deleted WBH-3"}
    {"error":{"kind":"not-found","message":"cannot delete WBH-2: 404 Not Found from [host] (token from MPT_API_TOKEN)","status":404,"detail":null,"errors":null,"traceId":null,"hint":"webhook IDs look like WBH-1234-5678, in capital letters; list them with mpt webhook list -o id","exitCode":5}}
    "#);
    assert_eq!(
        world.run("webhook delete WBH-1 -y -o json").json(),
        json!({"id": "WBH-1", "deleted": true})
    );
}

#[test]
fn a_404_to_a_retried_delete_is_success() {
    let server = Server::new(|_, number| match number {
        0 => Reply::Drop,
        _ => Reply::Json(404, json!({"title": "Not Found"})),
    });
    assert_eq!(World::at(&server).run("webhook delete WBH-1 --yes -o id -q").ok(), "WBH-1\n");
    assert_eq!(server.methods(), "DELETE DELETE");
}

#[test]
fn a_404_after_a_429_is_no_success() {
    let server = Server::new(|_, number| match number {
        0 => Reply::Full(429, vec![("retry-after", "0".to_owned())], vec![]),
        _ => Reply::Json(404, json!({})),
    });
    let run = World::at(&server).run("webhook delete WBH-1 --yes -q");
    assert_eq!(run.code, 5, "{}", run.snapshot());
}

#[test]
fn messages_name_where_the_token_and_the_address_come_from() {
    let server = Server::always(200, crate::support::documents::page(&[], 0, Some(0)));
    let world = World::at(&server);
    world.config(
        "default_profile = \"staging\"\n[profiles.staging]\nbase_url = \"https://a.example\"\ntoken = \"t\"\n",
    );
    let run = world.run("webhook watch --for 20ms --interval 10ms");
    assert!(
        run.stderr.contains("token from MPT_API_TOKEN") && !run.stderr.contains("staging"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_question_shows_what_is_lost() {
    let server = Server::new(|request, _| match request.method.as_str() {
        "GET" => Reply::Json(200, page(&[failing()], 0, Some(1))),
        _ => Reply::Full(204, vec![], vec![]),
    });
    let world = World::at(&server);
    let mut terminal = Terminal::run(&world, "webhook delete WBH-1234-5678");
    terminal.answer("permanently", "n\r");
    assert_snapshot!(screen(terminal), @"
    exit 130
    WBH-1234-5678 (ValidatePurchaseOrderDraft for PRD-1111-1111)
      https://hooks.example.com/validate  last call ✗ failed 12 minutes ago
    ? Delete it permanently ([host], token from MPT_API_TOKEN)? (y/N) n
    error: nothing was changed
    ");
    assert_eq!(server.methods(), "GET");
    let mut terminal = Terminal::run(&world, "webhook delete WBH-1234-5678 WBH-1");
    terminal.answer("Continue?", "y\r");
    assert_snapshot!(screen(terminal), @"
    exit 0
    WBH-1234-5678 (ValidatePurchaseOrderDraft for PRD-1111-1111)
      https://hooks.example.com/validate  last call ✗ failed 12 minutes ago
    WBH-1  cannot be read
    Delete 2 webhooks permanently ([host], token from MPT_API_TOKEN)?
    ? Continue? (y/N) y
    Deleted WBH-1234-5678 (ValidatePurchaseOrderDraft for PRD-1111-1111)
    Deleted WBH-1
    ");
}

/// The screen at the end, without the port of the server.
fn screen(terminal: Terminal) -> String {
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    port.replace_all(&terminal.end(), "[host]").into_owned()
}
