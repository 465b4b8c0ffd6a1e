//! `sandbox fire`: real callouts, signed, judged and recorded.

use serde_json::{Value, json};

use crate::support::listening::Listening;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

const FIRE: &str = "sandbox fire --type validate-purchase-order-draft";

/// A sandbox with one webhook for the sample order, called at a server.
fn sandbox(server: &Server, more: &str) -> (World, String) {
    let world = World::new().with("S", "s3cret-s3cret");
    let id = world
        .run(&format!(
            "-p sandbox webhook create --type ValidatePurchaseOrderDraft --product PRD-1111-1111 \
             --url {}/validate -o id {more}",
            server.url()
        ))
        .ok();
    (world, id.trim().to_owned())
}

fn shown(world: &World, id: &str) -> Value {
    world.run(&format!("-p sandbox webhook show {id} -o json")).json()
}

#[test]
fn the_endpoint_is_called_and_the_call_recorded() {
    let server = Server::new(|request, _| Reply::text(200, "application/json", &request.body));
    let (world, id) = sandbox(&server, "");
    let before = shown(&world, &id);
    let run = world.run(&format!("{FIRE} -o json")).json();
    assert_eq!((run["webhook"].as_str(), &run["success"]), (Some(id.as_str()), &json!(true)));
    let sent = &server.requests()[0];
    assert_eq!(sent.line(), "POST /validate");
    assert_eq!(
        (sent.header("content-type"), sent.header("authorization")),
        (Some("application/json"), None)
    );
    assert_eq!(
        (&sent.json()["type"], &sent.json()["status"]),
        (&json!("Purchase"), &json!("Draft"))
    );

    let after = shown(&world, &id);
    assert_eq!(
        after["statistics"],
        json!({"total": 1, "successes": 1, "failures": 0, "failuresSinceLastSuccess": 0})
    );
    assert_eq!(after["lastCall"]["httpStatusCode"], "OK");
    assert_eq!(after["lastCall"], after["lastSuccess"]);
    // Neither revision nor audit changes.
    assert_eq!((&after["revision"], &after["audit"]), (&before["revision"], &before["audit"]));
}

#[test]
fn a_failing_endpoint_shows_in_the_table() {
    let server = Server::new(|_, _| Reply::text(503, "text/plain", "down for repair"));
    let (world, id) = sandbox(&server, "");
    assert_eq!(world.run(FIRE).code, 10);
    assert_eq!(world.run(FIRE).code, 10);
    let after = shown(&world, &id);
    assert_eq!(after["statistics"]["failuresSinceLastSuccess"], 2);
    assert_eq!(after["lastFailure"]["response"], "down for repair");
    let table = world.run(&format!("-p sandbox webhook show {id}")).ok();
    for part in ["✗ failing ×2", "503 Service Unavailable", "Endpoint said  down for repair"] {
        assert!(table.contains(part), "{table}");
    }
    assert_eq!(server.requests().len(), 2, "a failure is not tried again");
    assert_eq!(world.run("-p sandbox webhook list --failing --count").ok(), "1\n");
}

#[test]
fn an_answer_that_does_not_parse_is_asked_for_twice_more() {
    let server = Server::new(|_, number| match number {
        0 | 1 => Reply::text(200, "text/html", "<html>"),
        _ => Reply::text(200, "application/json", "{}"),
    });
    let (world, id) = sandbox(&server, "");
    let run = world.run(&format!("{FIRE} -o json")).json();
    assert_eq!((&run["success"], &run["attempts"]), (&json!(true), &json!(3)));
    assert_eq!(shown(&world, &id)["statistics"]["total"], 1);
}

#[test]
fn a_refusal_is_a_success_and_no_connection_is_a_failure() {
    let refusing = Server::always(200, json!({"error": {"message": "not like this"}}));
    let (world, _) = sandbox(&refusing, "");
    let refused = world.run(&format!("{FIRE} -o json")).json();
    assert_eq!(refused["success"], true);
    assert_eq!(refused["refusals"][0]["message"], "not like this");
    let text = world.run(FIRE).ok();
    assert!(text.contains(" Refused        the object: not like this"), "{text}");

    let (world, id) = sandbox(&refusing, "");
    world
        .run(&format!(
            "-p sandbox webhook update {id} --url {}/",
            crate::support::world::closed_port()
        ))
        .ok();
    let run = world.run(&format!("{FIRE} -o json")).found();
    assert_eq!(run["success"], false);
    assert!(run["call"]["error"].as_str().is_some_and(|error| error.contains("refused")), "{run}");
    assert_eq!(run["call"].get("httpStatusCode"), None);
}

#[test]
fn with_a_secret_the_call_is_signed() {
    let server = Server::always(200, json!({}));
    let (world, id) = sandbox(&server, "--secret-env S");
    world.run(FIRE).ok();
    let requests = server.requests();
    let token = requests[0].header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    let claims = mpt::callout::jwt::decode(token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("mpt"), &json!("127.0.0.1")));
    assert_eq!(claims["webhook_id"], id);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert_eq!(claims["iat"], claims["nbf"]);

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"s3cret-s3cret");
    let expected = ring::hmac::sign(&key, signed.as_bytes());
    assert_eq!(signature, base64_url(expected.as_ref()));
}

fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<bool> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    bits.chunks(6)
        .map(|chunk| {
            let value = chunk.iter().fold(0, |value, bit| value << 1 | usize::from(*bit));
            char::from(ALPHABET[value << (6 - chunk.len())])
        })
        .collect()
}

#[test]
fn the_first_enabled_webhook_that_matches_is_called() {
    let server = Server::always(200, json!({}));
    let (world, id) = sandbox(&server, "--criteria status=in(status,(Draft,Quoted))");
    world.run(FIRE).ok();
    world.write("quoted.json", r#"{"product": {"id": "PRD-1111-1111"}, "status": "Quoted"}"#);
    world.run(&format!("{FIRE} --payload quoted.json")).ok();
    assert_eq!(
        server.requests()[1].body,
        r#"{"product": {"id": "PRD-1111-1111"}, "status": "Quoted"}"#
    );
    world.write("new.json", r#"{"product": {"id": "PRD-1111-1111"}, "status": "New"}"#);
    assert_run!(world.run(&format!("{FIRE} --payload new.json")), @"
    exit 10
    --- stderr
    error: no webhook matched; nothing was called
      WBH-0000-0001: status is New, not in(status,(Draft,Quoted))
    ");
    world.run(&format!("-p sandbox webhook disable {id}")).ok();
    assert_run!(world.run(FIRE), @"
    exit 10
    --- stderr
    error: no webhook matched; nothing was called
      WBH-0000-0001 is disabled
    ");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn an_event_without_a_match_is_reported() {
    let world = World::new();
    assert_run!(world.run(FIRE), @"
    exit 10
    --- stderr
    error: no webhook matched; nothing was called
    hint: the sandbox has no webhook of type ValidatePurchaseOrderDraft
    ");
    assert_run!(world.run("sandbox fire --type ValidateAnswers"), @"
    exit 2
    --- stderr
    error: --type ValidateAnswers: not a type of the sandbox (did you mean `ValidateAnswer`?)
    ");
    world.write("list.json", "[]");
    for payload in ["list.json", "absent.json", "-"] {
        assert_eq!(world.run(&format!("{FIRE} --payload {payload}")).code, 2, "{payload}");
    }
}

#[test]
fn concurrent_calls_are_all_counted() {
    let server = Server::always(200, json!({}));
    let (world, id) = sandbox(&server, "");
    let arguments: Vec<_> = FIRE.split(' ').collect();
    let children: Vec<_> =
        (0..8).map(|_| crate::support::world::spawn(&mut world.command(&arguments))).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert_eq!(shown(&world, &id)["statistics"]["total"], 8);
}

#[test]
fn values_are_set_and_the_verdict_is_expected() {
    let world = World::new();
    let listening = Listening::new(&world, "");
    let create = "-p sandbox webhook create --type validate-answer --form FRM-1111-1111 -q --url";
    world.run(&format!("{create} {}", listening.url)).ok();
    let fire = "sandbox fire --type validate-answer --set form.id=FRM-1111-1111";
    let fired = world.run(&format!("{fire} -o json")).json();
    assert_eq!(fired["verdict"], "success");
    assert_eq!(world.run(&format!("{fire} --expect success")).code, 0);
    let unexpected = world.run(&format!("{fire} --expect refusal -o json"));
    assert_eq!(unexpected.code, 10);
    assert_eq!(unexpected.error()["message"], "the verdict is success, not refusal");
    assert_eq!(world.run(&format!("{fire} --set nothing")).code, 2);
}
