//! `endpoint call`: calls an endpoint as the platform would.

use serde_json::json;

use crate::support::documents::page;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

fn trigger(server: &Server, more: &str) -> String {
    format!("endpoint call --type validate-answer --to {}/answers {more}", server.url())
}

/// An endpoint that changes a value and hides a parameter.
fn changing() -> Server {
    Server::new(|request, _| {
        let mut answer = request.json();
        answer["parameters"]["ordering"][0]["value"] = "40".into();
        answer["parameters"]["ordering"][0]["constraints"]["hidden"] = true.into();
        answer["note"] = "counted".into();
        answer["form"].as_object_mut().unwrap().shift_remove("name");
        Reply::Json(200, answer)
    })
}

#[test]
fn changes_of_the_endpoint_are_shown_by_path() {
    let server = changing();
    let run = World::new().run(&trigger(&server, "--expect success"));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[\d.]+ m?s\b", "[took]");
    settings.bind(|| {
        assert_run!(run, @r#"
        exit 0
        --- stdout
         Called         http://[host]/answers
         Verdict        ✓ success
         HTTP           200 OK
         Took           [took]

         Changed        ~ parameters.ordering[seats].value: "forty" → "40"
                        ~ parameters.ordering[seats].constraints.hidden: false → true
                        + note: "counted"
        --- stderr
        No secret was given: the call is not signed
        The platform was not contacted
        "#)
    });
    let json = World::new().run(&trigger(&server, "-o json")).json();
    assert_eq!((&json["verdict"], &json["signed"]), (&json!("success"), &json!(false)));
    assert_eq!(
        json["changes"][0],
        json!({"path": "parameters.ordering[seats].value", "before": "forty", "after": "40"})
    );
}

#[test]
fn a_refusal_comes_first_and_can_fail_ci() {
    let server = Server::new(|request, _| {
        let mut answer = request.json();
        answer["parameters"]["ordering"][0]["error"] = json!({"message": "not a number"});
        Reply::Json(200, answer)
    });
    let run = World::new().run(&trigger(&server, ""));
    assert!(run.stdout.contains("parameters.ordering[seats]: not a number"), "{}", run.stdout);
    for (expected, code) in [("refusal", 0), ("success", 10), ("failure", 10)] {
        let run = World::new().run(&trigger(&server, &format!("--expect {expected} -o json")));
        assert_eq!(run.code, code, "{}", run.snapshot());
    }
}

#[test]
fn a_failure_that_was_not_expected_is_10() {
    let server = Server::new(|_, _| Reply::text(500, "text/plain", "oops"));
    let run = World::new().run(&trigger(&server, ""));
    assert_eq!(run.code, 10);
    assert!(run.stdout.contains("✗ failure") && run.stdout.contains("oops"), "{}", run.stdout);
    assert_eq!(World::new().run(&trigger(&server, "--expect failure")).code, 0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn the_payload_is_a_file_byte_for_byte_or_changed_by_set() {
    let server = Server::always(200, json!({}));
    let world = World::new();
    let text = "{ \"form\" : {\"id\":\"FRM-9\"}, \"n\": 1.10 }";
    world.write("p.json", text);
    world.run(&trigger(&server, "--payload p.json")).ok();
    world.run_with_stdin(&trigger(&server, "--payload -"), text).ok();
    world
        .run(&trigger(&server, "--payload p.json --set form.id=FRM-1 --set n=2 --set new.deep=[1]"))
        .ok();
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies[..2], [text, text]);
    assert_eq!(bodies[2], r#"{"form":{"id":"FRM-1"},"n":2,"new":{"deep":[1]}}"#);
    for wrong in ["--set n", "--set form.id.x=1", "--payload absent.json", "--set =1"] {
        assert_eq!(world.run(&trigger(&server, wrong)).code, 2, "{wrong}");
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_sample_is_printed_and_nothing_sent() {
    let world = World::new();
    let sample = world
        .run("endpoint call --type ValidateTerminateOrder --sample --set status=Quoted")
        .json();
    assert_eq!((&sample["type"], &sample["status"]), (&json!("Termination"), &json!("Quoted")));
}

#[test]
fn another_host_needs_to_be_asked_for() {
    let world = World::new();
    let line = "endpoint call --type validate-answer --to";
    assert_run!(world.run(&format!("{line} https://hooks.example.com/")), @"
    exit 2
    --- stderr
    error: https://hooks.example.com/ is not on this machine
    hint: use --remote to call other machines
    ");
    assert_eq!(world.run(&format!("{line} http://192.0.2.1/ --remote")).code, 2);
    assert_eq!(world.run("endpoint call --type validate-answer").code, 2);
    assert_eq!(world.run("endpoint call").code, 2);
    assert_run!(world.run("endpoint call --type Nope --to http://localhost:1/"), @"
    exit 2
    --- stderr
    warning: unknown type `Nope`; it is sent unchanged
    error: no sample object is known for the type `Nope`
    hint: give the object to send with --payload FILE
    ");
}

/// A platform with one webhook, whose secret it returns or masks.
fn platform(endpoint: &Server, secret: Option<&str>) -> Server {
    let document = json!({
        "id": "WBH-1234-5678", "type": "ValidateAnswer", "secret": secret,
        "url": format!("{}/hook", endpoint.url())
    });
    Server::new(move |_, _| Reply::Json(200, document.clone()))
}

#[test]
fn a_registered_webhook_gives_url_type_and_secret() {
    let endpoint = Server::always(200, json!({}));
    let readable = platform(&endpoint, Some("s3cret"));
    World::at(&readable).run("endpoint call WBH-1234-5678").ok();
    let call = &endpoint.requests()[0];
    assert_eq!(call.line(), "POST /hook");
    assert!(call.header("authorization").is_some_and(|value| value.starts_with("Bearer eyJ")));
    assert!(readable.requests()[0].target.contains("lastFailure,secret"));

    let none = platform(&endpoint, None);
    World::at(&none).run("endpoint call WBH-1234-5678").ok();
    assert_eq!(endpoint.requests()[1].header("authorization"), None);

    let masked = platform(&endpoint, Some("*******"));
    assert_run!(World::at(&masked).run("endpoint call WBH-1234-5678"), @"
    exit 2
    --- stderr
    error: the platform does not return the secret
    hint: give it with --secret-env VAR or --secret-file FILE
    ");
    World::at(&masked).with("S", "s").run("endpoint call WBH-1234-5678 --secret-env S").ok();
    assert_eq!(endpoint.requests().len(), 3);
    // A list is not a webhook.
    assert_run!(World::at(&Server::always(200, page(&[], 0, None))).run("endpoint call W"), @"
    exit 8
    --- stderr
    error: cannot call the endpoint of W: cannot understand the response of [host] (token from MPT_API_TOKEN): it has no ID, so it may not describe W
    hint: the address may be wrong; try mpt config check, or see the response with -vv
    ");
}
