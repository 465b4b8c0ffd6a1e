//! `endpoint replay`: lists received callouts and sends them again.

use serde_json::{Value, json};

use crate::support::listening::Listening;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

const BODIES: [&str; 3] =
    [r#"{"id": "ORD-1",   "odd":  1.50}"#, r#"{"id":"ORD-2"}"#, r#"{"id":"ORD-3", "text":"é"}"#];

/// A journal with three failed callouts and a refused one.
fn journal() -> World {
    let world = World::new().with("S", "s3cret-s3cret");
    let broken = Server::always(500, json!({}));
    let listening = Listening::new(&world, &format!("--forward-to {}", broken.url()));
    for body in BODIES {
        listening.post(None, body.as_bytes());
    }
    drop(listening);
    let strict = Listening::new(&world, "--secret-env S");
    strict.post(None, b"{\"id\":\"ORD-4\"}");
    world
}

fn outcomes(world: &World) -> Vec<Value> {
    let listed = world.run("endpoint replay -o json").json();
    let entries = listed.as_array().unwrap().iter();
    entries.map(|entry| entry["outcome"].clone()).collect()
}

#[test]
fn failures_are_sent_again_in_order_byte_for_byte_and_signed_afresh() {
    let world = journal();
    assert_eq!(outcomes(&world), ["refused", "failure", "failure", "failure"]);
    let mended = Server::new(|request, number| match number {
        1 => Reply::Json(200, json!({"error": {"message": "no"}})),
        _ => Reply::text(200, "application/json", &request.body),
    });
    let line = format!("endpoint replay --failed --since 1h --to {} --secret-env S", mended.url());
    let sent = world.run(&format!("{line} -o json")).json();
    let bodies: Vec<_> = mended.requests().iter().map(|r| r.body.clone()).collect();
    assert_eq!(bodies, BODIES);
    assert_eq!(mended.lines(), ["POST /validate"; 3]);
    for request in mended.requests() {
        let token = request.header("authorization").unwrap().to_owned();
        world.write("token", &token);
        world.run("endpoint verify-token token --secret-env S --host 127.0.0.1").ok();
    }
    let printed: Vec<_> = sent.as_array().unwrap().iter().map(|e| &e["outcome"]).collect();
    assert_eq!(printed, ["success", "refusal", "success"]);
    // The journal has the new outcome, so no failed callout is left.
    assert_eq!(outcomes(&world), ["refused", "success", "refusal", "success"]);
    let again = world.run(&line);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""));
    assert_eq!(mended.requests().len(), 3);
}

#[test]
fn refused_callouts_are_only_sent_by_number() {
    let world = journal();
    let server = Server::always(200, json!({}));
    world.run(&format!("endpoint replay --last --to {}/exact", server.url())).ok();
    world.run(&format!("endpoint replay --id 1 --to {}", server.url())).ok();
    let line = format!("endpoint replay --id 4 --id 2 -q --to {}", server.url());
    let refused = world.run(&line);
    assert_run!(refused, @"
    exit 2
    --- stderr
    error: callout 4 was refused, so its body was not kept; nothing was sent
    hint: see why with mpt endpoint verify-token --id 4, and have it sent again
    ");
    let sent: Vec<_> = server.requests().iter().map(|r| r.json()["id"].clone()).collect();
    assert_eq!(sent, ["ORD-3", "ORD-1"]);
    assert_eq!(server.lines()[0], "POST /exact");
}

#[test]
fn a_verdict_can_be_expected() {
    let world = journal();
    let server = Server::always(200, json!({"error": {"message": "no"}}));
    let line = format!("endpoint replay --failed --to {} --expect success", server.url());
    assert_run!(world.run(&format!("{line} -q -o id")), @"
    exit 10
    --- stdout
    1
    2
    3
    --- stderr
    error: 3 of 3 verdicts are not success
    ");
    let down = world
        .run(&format!(
            "endpoint replay --id 1 --to {} -o json",
            crate::support::world::closed_port()
        ))
        .found();
    assert_eq!((&down[0]["outcome"], &down[0]["status"]), (&json!("forward-failed"), &Value::Null));
}

#[test]
fn without_to_nothing_is_sent() {
    let world = journal();
    assert_run!(world.run("endpoint replay --failed"), @"
    exit 0
    --- stdout
    ID  RECEIVED                  OBJECT  TYPE  PATH        OUTCOME    MESSAGE
    3   2026-05-04T09:12:33.000Z  ORD-3         /validate   ✗ failure  the endpoint answered 500
    2   2026-05-04T09:12:33.000Z  ORD-2         /validate   ✗ failure  the endpoint answered 500
    1   2026-05-04T09:12:33.000Z  ORD-1         /validate   ✗ failure  the endpoint answered 500
    --- stderr
    Nothing was sent; send these callouts with --to URL
    ");
    assert_run!(World::new().run("endpoint replay"), @"
    exit 0
    --- stderr
    No callout without a profile in the journal matches; receive callouts with mpt endpoint listen, or include other profiles with --every-profile
    ");
    assert_run!(world.run("endpoint replay --to http://localhost:1"), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--last|--id <N>|--failed|--since <DURATION>>

    Usage: mpt endpoint replay --to <URL> <--last|--id <N>|--failed|--since <DURATION>>

    For more information, try '--help'.
    ");
    assert_run!(world.run("endpoint replay --id 77 --to http://localhost:1"), @"
    exit 5
    --- stderr
    error: --id 77: no such callout in the journal
    hint: list callouts with mpt endpoint replay; --every-profile includes those of other profiles
    ");
    assert_run!(world.run("endpoint replay --last --to https://hooks.example.com"), @"
    exit 2
    --- stderr
    error: https://hooks.example.com is not on this machine
    hint: use --remote to call other machines
    ");
}

#[test]
fn callouts_are_saved_as_cases() {
    let world = journal();
    let run = world.run("endpoint replay --since 1h --save cases");
    assert_run!(run, @"
    exit 0
    --- stdout
    ID  CASE                        PAYLOAD
    1   cases/callout-1-ord-1.toml  cases/callout-1-ord-1.json
    2   cases/callout-2-ord-2.toml  cases/callout-2-ord-2.json
    3   cases/callout-3-ord-3.toml  cases/callout-3-ord-3.json
    --- stderr
    Run them with mpt endpoint test cases --to URL
    ");
    let case = std::fs::read_to_string(world.path("cases/callout-1-ord-1.toml")).unwrap();
    insta::assert_snapshot!(case, @r#"
    [[cases]]
    name = "callout 1: ORD-1"
    payload = "callout-1-ord-1.json"
    expect = "failure"
    "#);
    let payload = std::fs::read_to_string(world.path("cases/callout-1-ord-1.json")).unwrap();
    assert_eq!(payload, BODIES[0]);
    // Nothing is overwritten.
    let again = world.run("endpoint replay --id 1 --save cases");
    assert_run!(again, @"
    exit 10
    --- stderr
    warning: callout 1 is not saved: cases/callout-1-ord-1.toml already exists
    error: nothing was saved
    ");
}

#[test]
fn a_saved_case_expects_what_happened() {
    let world = World::new();
    let endpoint = Server::new(|request, _| {
        let mut order: Value = serde_json::from_str(&request.body).unwrap();
        order["lines"][0]["quantity"] = json!(100);
        order["notes"] = json!("at most\n\"100\"");
        order["error"] = json!({"id": "E1", "message": "At most 100 seats."});
        Reply::Json(200, order)
    });
    let listening = Listening::new(&world, &format!("--forward-to {}", endpoint.url()));
    listening.post(
        None,
        br#"{"id":"ORD-1","price":{"PPx1":12345678901234567890.10},"lines":[{"id":"ALI-1","quantity":101}]}"#,
    );
    drop(listening);
    world.run("endpoint replay --last --save cases").ok();
    let case = std::fs::read_to_string(world.path("cases/callout-1-ord-1.toml")).unwrap();
    insta::assert_snapshot!(case, @r#"
    [[cases]]
    name = "callout 1: ORD-1"
    payload = "callout-1-ord-1.json"
    expect = "refusal"
    message = "At most 100 seats."
    changes = { "lines[ALI-1].quantity" = 100, notes = "at most\n\"100\"" }
    "#);
    let line = format!("endpoint test cases --to {}", endpoint.url());
    world.run(&line).ok();
    // The same case finds another answer.
    let other = Server::new(|request, _| Reply::text(200, "application/json", &request.body));
    let run = world.run(&format!("endpoint test cases --to {}", other.url()));
    assert_eq!(run.code, 10, "{}", run.snapshot());
}

#[test]
fn a_callout_that_cannot_be_saved_is_no_success() {
    let world = World::new().with("S", "s3cret-s3cret-s3cret");
    let listening = Listening::new(&world, "--secret-env S");
    listening.post(None, b"{\"id\":\"ORD-1\"}");
    drop(listening);
    let run = world.run("endpoint replay --id 1 --save cases");
    assert_eq!(run.code, 10, "{}", run.snapshot());
    assert!(run.stderr.contains("callout 1 is not saved: its token was refused"), "{}", run.stderr);
    assert!(!world.path("cases").exists());
}

#[test]
fn the_journal_is_cleared_after_a_question() {
    let world = journal();
    assert_run!(world.run("endpoint replay --clear"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    assert_eq!(outcomes(&world).len(), 4);
    assert_run!(world.run("endpoint replay --clear --yes"), @"
    exit 0
    --- stderr
    Deleted 4 callouts
    ");
    assert_eq!(outcomes(&world), [""; 0]);
}

#[test]
fn callouts_belong_to_the_profile_that_received_them() {
    let world = World::new();
    for (options, body) in [("-p sandbox", r#"{"id":"ORD-1"}"#), ("", r#"{"id":"ORD-2"}"#)] {
        let mut listening = Listening::new(&world, options);
        listening.post(None, body.as_bytes());
        listening.event();
    }
    let ids = |line: &str| world.run(line).ok();
    assert_eq!(ids("endpoint replay -o id"), "2\n");
    assert_eq!(ids("endpoint replay -o id -p sandbox"), "1\n");
    assert_run!(world.run("endpoint replay --every-profile"), @"
    exit 0
    --- stdout
    PROFILE  ID  RECEIVED                  OBJECT  TYPE  PATH        OUTCOME    MESSAGE
             2   2026-05-04T09:12:33.000Z  ORD-2         /validate   ✓ success
    sandbox  1   2026-05-04T09:12:33.000Z  ORD-1         /validate   ✓ success
    ");
    assert_run!(world.run("endpoint replay --id 1 --body"), @"
    exit 5
    --- stderr
    error: --id 1: no such callout in the journal
    hint: list callouts with mpt endpoint replay; --every-profile includes those of other profiles
    ");
    assert_run!(world.run("endpoint replay -p sandbox --clear"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    assert_run!(world.run("endpoint replay -p sandbox --clear --yes"), @"
    exit 0
    --- stderr
    Deleted 1 callout
    ");
    assert_run!(world.run("endpoint replay -p sandbox"), @"
    exit 0
    --- stderr
    No callout of profile sandbox in the journal matches; receive callouts with mpt -p sandbox endpoint listen, or include other profiles with --every-profile
    ");
    assert_eq!(ids("endpoint replay --every-profile --jq .[].profile"), "null\n");
    assert_run!(world.run("endpoint replay -p nosuch"), @"
    exit 3
    --- stderr
    error: profile `nosuch` does not exist
    hint: list profiles with mpt config list, or create one with mpt config init -p NAME
    ");
}

#[test]
fn a_check_of_nothing_fails() {
    let line = "endpoint replay --last --to http://localhost:1 --expect success";
    assert_run!(World::new().run(line), @"
    exit 10
    --- stderr
    No secret was given: the calls are not signed
    No callout without a profile in the journal matches; receive callouts with mpt endpoint listen, or include other profiles with --every-profile
    error: no callout was sent, so no verdict is known
    ");
}
