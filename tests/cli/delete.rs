//! `webhook delete`

use serde_json::json;

use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

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
    {"error":{"kind":"not-found","message":"cannot delete WBH-2: 404 Not Found","status":404,"detail":null,"errors":null,"traceId":null,"hint":"list the webhooks of this account with mpt webhook list; an account of type Client sees none","exitCode":5}}
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
    assert_eq!(
        World::at(&server)
            .run("webhook delete WBH-1 --yes -o id")
            .ok(),
        "WBH-1\n"
    );
    assert_eq!(server.methods(), "DELETE DELETE");
}

#[test]
fn a_404_after_a_429_is_no_success() {
    let server = Server::new(|_, number| match number {
        0 => Reply::Full(429, vec![("retry-after", "0".to_owned())], vec![]),
        _ => Reply::Json(404, json!({})),
    });
    let run = World::at(&server).run("webhook delete WBH-1 --yes");
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
