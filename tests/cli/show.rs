//! `webhook show`

use serde_json::json;

use crate::support::documents::{failing, healthy, with_id};
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

#[test]
fn a_failing_webhook_says_why() {
    let server = Server::always(200, failing());
    assert_run!(World::at(&server).run("webhook show WBH-1234-5678"), @"
    exit 0
    --- stdout
    WBH-1234-5678   ValidatePurchaseOrderDraft   ● Enabled   ✗ failing ×2
    https://hooks.example.com/validate
    Checks draft orders

     Object         PRD-1111-1111 · Cloud Editor (Order)
     Account        ACC-1000-0001 · Northwind Software · Vendor, Active
     Criteria       product.id  PRD-1111-1111
                    status      Draft
     Created        2026-05-01T09:00:00.000Z by Zoë Okafor
     Updated        2026-05-04T07:00:00.000Z by ci-bot

     Calls          7   ✓ 4   ✗ 3   2 failed since the last success
     Success rate   ━━━━━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  57 %

     Call          Result    HTTP                     When                      Took    Error
     Last          ✗ failed  503 Service Unavailable  2026-05-04T09:00:00.000Z  1.20 s  boom
     Last success  ✓ ok      200 OK                   2026-05-03T08:00:00.000Z  0.31 s
     Last failure  ✗ failed  503 Service Unavailable  2026-05-04T09:00:00.000Z  1.20 s  boom

     Endpoint said  down for repair
    ");
    assert_eq!(
        server.requests()[0].target,
        "/public/v1/notifications/webhooks/WBH-1234-5678?select=audit,criteria,statistics,lastCall,\
         lastSuccess,lastFailure,-secret"
    );
}

#[test]
fn one_that_was_never_called_says_so_in_a_line() {
    let document = json!({
        "id": "WBH-1", "statistics": {"total": 0, "successes": 0, "failures": 0}, "lastCall": null
    });
    assert_run!(World::at(&Server::always(200, document)).run("webhook show WBH-1"), @"
    exit 0
    --- stdout
    WBH-1   never called

     Calls          none yet
    ");
}

#[test]
fn an_answer_may_lack_anything() {
    assert_run!(World::at(&Server::always(200, json!({}))).run("webhook show WBH-1"), @"
    exit 0
    --- stdout
    ");
}

#[test]
fn every_accepted_form_reads_the_same() {
    for (name, value) in [
        ("httpStatusCode", json!("ServiceUnavailable")),
        ("httpStatusCode", json!(503)),
        ("httpStatusCode", json!("503")),
        ("status", json!(503)),
    ] {
        let mut document = failing();
        document["criteria"] = json!([{"key": "product.id", "value": "PRD-1111-1111"}]);
        document["audit"]["created"]["at"] = "2026-05-01T09:00:00".into();
        let call = json!({"success": false, "callTime": "2026-05-04T09:00:00", name: value});
        document["lastCall"] = call;
        let shown =
            World::at(&Server::always(200, document)).run("webhook show WBH-1234-5678").ok();
        for part in
            ["503 Service Unavailable", "product.id  PRD-1111-1111", "2026-05-01T09:00:00.000Z"]
        {
            assert!(shown.contains(part), "{shown}");
        }
    }
}

#[test]
fn the_secret_shows_only_when_asked_for() {
    let mut document = healthy();
    document["secret"] = "s3cret-s3cret".into();
    let server = Server::always(200, document);
    let world = World::at(&server);
    let masked = world.run("webhook show WBH-1234-5678 --select secret").ok();
    assert!(masked.contains("********") && !masked.contains("s3cret"), "{masked}");
    assert!(world.run("webhook show WBH-1234-5678 --secret").ok().contains("s3cret-s3cret"));
    assert!(server.requests()[1].target.ends_with("lastFailure,secret"));
}

#[test]
fn several_are_an_array_and_the_worst_failure_decides() {
    let server = Server::new(|request, _| {
        let id = request.target.split(['/', '?']).nth(5).unwrap();
        match id {
            "absent" => Reply::Json(404, json!({"title": "Not Found"})),
            "denied" => Reply::Json(403, json!({"title": "Forbidden"})),
            id => Reply::Json(200, with_id(id)),
        }
    });
    let world = World::at(&server);
    let run = world.run("webhook show WBH-1 absent denied WBH-2 -o id");
    assert_run!(run, @"
    exit 5
    --- stdout
    WBH-1
    WBH-2
    --- stderr
    error: cannot show absent: 404 Not Found from [host] (token from MPT_API_TOKEN)
    hint: webhook IDs look like WBH-1234-5678, in capital letters; list them with mpt webhook list -o id
    error: cannot show denied: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    hint: the account of the token idt:TKN-1234-5678:******** from MPT_API_TOKEN is not allowed to do this; see whose it is with mpt config check
    ");
    let one_left = world.run("webhook show WBH-1 absent -o json");
    assert_eq!(one_left.error()["kind"], "not-found");
    let documents: serde_json::Value = serde_json::from_str(&one_left.stdout).unwrap();
    assert_eq!(documents.as_array().map(Vec::len), Some(1));
    let piped = world.run_with_stdin("webhook show - -o json", "WBH-7\n").json();
    assert_eq!(piped[0]["id"], "WBH-7");
    assert_eq!(world.run_with_stdin("webhook show - -o json", "\n").json(), json!([]));
}

#[test]
fn a_failing_webhook_can_fail_a_script() {
    let world = World::at(&Server::always(200, failing()));
    assert_run!(world.run("webhook show WBH-1234-5678 --fail-if-failing -o id"), @"
    exit 10
    --- stdout
    WBH-1234-5678
    --- stderr
    error: the last call failed: WBH-1234-5678
    ");
    let world = World::at(&Server::always(200, healthy()));
    assert_eq!(world.run("webhook show WBH-1234-5678 --fail-if-failing").code, 0);
}

#[test]
fn an_id_never_becomes_another_path() {
    let server = Server::always(200, json!({"url": "u"}));
    let world = World::at(&server);
    for id in ["", ".", "..", "../..", "a/../b", "a\\..\\b"] {
        let run = world.args(&["webhook", "show", id]);
        assert_eq!(run.code, 2, "{id}: {}", run.snapshot());
    }
    assert_eq!(server.requests().len(), 0);
    for (id, path) in [
        ("a b", "a%20b"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("%2e", "%252e"),
        ("%2e%2e", "%252e%252e"),
        ("a/b", "a%2Fb"),
        ("a\tb", "a%09b"),
        (".\t.", ".%09."),
        ("\n", "%0A"),
        ("ä", "%C3%A4"),
    ] {
        world.args(&["webhook", "show", id, "--select", "id"]).ok();
        let target = server.requests().last().unwrap().target.clone();
        assert_eq!(target, format!("/public/v1/notifications/webhooks/{path}?select=id"));
    }
}

#[test]
fn the_last_call_is_asked_for_where_it_decides() {
    let server = Server::always(200, failing());
    let run = World::at(&server).run("webhook show WBH-1234-5678 --select url --fail-if-failing");
    assert_eq!(run.code, 10);
    assert!(server.requests()[0].target.ends_with("?select=url,lastCall"));
}

#[test]
fn for_programs_the_errors_are_the_last_lines() {
    let server = Server::new(|request, _| {
        if request.target.contains("bad") {
            Reply::Json(404, json!({}))
        } else {
            Reply::Json(200, healthy())
        }
    });
    let run = World::at(&server).run("webhook show bad WBH-1234-5678 -o json -v");
    assert_eq!(run.error()["kind"], "not-found");
}
