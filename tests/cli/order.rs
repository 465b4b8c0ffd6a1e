//! `order list`, `order validate` and `enrollment validate`: what is sent is stored by the platform.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::sandbox::Served;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

fn order() -> Value {
    json!({"$meta": {"omitted": []}, "id": "ORD-1", "type": "Purchase", "status": "Draft", "notes": "a", "product": {"id": "PRD-1"}, "n": 1.10})
}

const VALIDATE: &str = "order validate ORD-1 --yes";

#[test]
fn an_order_is_validated_for_real() {
    let answer = Arc::new(Mutex::new(json!({})));
    let current = Arc::clone(&answer);
    let endpoint = Server::new(move |request, _| {
        let mut object = request.json();
        for (name, value) in current.lock().unwrap().as_object().unwrap() {
            object[name] = value.clone();
        }
        Reply::Json(200, object)
    });
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    assert_run!(world.run("order list --product PRD-1111-1111 --status Draft --limit 2"), @"
    exit 0
    --- stdout
    ID                  TYPE           STATUS  PRODUCT        NAME
    ORD-1000-0000-0002  Change         Draft   PRD-1111-1111  Cloud Editor
    ORD-1000-0000-0003  Configuration  Draft   PRD-1111-1111  Cloud Editor
    ");
    let id =
        world.run("order list --type Purchase --status Draft --product PRD-1111-1111 -o id").ok();
    let typed = [
        "order", "list", "--type", "purchase", "--status", "draft", "--product", "cloud editor",
        "-o", "id",
    ];
    assert_eq!(world.args(&typed).ok(), id, "in any letter case, and by name");
    for text in ["", "é", "∆x"] {
        assert_eq!(
            world.args(&["order", "list", "--status", text, "-o", "json"]).json(),
            json!([])
        );
    }
    let validate = format!("order validate {} --yes", id.trim());
    assert_run!(world.run(&validate), @"
    exit 0
    --- stdout
     Validated      ORD-4821-7305-1196
     Outcome        · unchanged
    --- stderr
    Nothing was changed: no webhook of the type ValidatePurchaseOrderDraft or SelectOrderLines exists for PRD-1111-1111
    ");
    let create = format!(
        "webhook create -q -o id --type validate-purchase-order-draft --product PRD-1111-1111 --url {}/",
        endpoint.url()
    );
    world.run(&create).ok();
    *answer.lock().unwrap() = json!({"notes": "checked by the endpoint"});
    assert_run!(world.run(&validate), @r#"
    exit 0
    --- stdout
     Validated      ORD-4821-7305-1196
     Outcome        ✓ changed

     Changed        ~ notes: "Seats for the finance team" → "checked by the endpoint"
    "#);
    *answer.lock().unwrap() =
        json!({"error": {"id": "E1", "message": "More than 100 seats are refused"}});
    assert_run!(world.run(&validate), @"
    exit 7
    --- stdout
     Validated      ORD-4821-7305-1196
     Outcome        ⊘ refused by the endpoint
     Message        More than 100 seats are refused
    --- stderr
    error: ORD-4821-7305-1196 was refused by the endpoint
    ");
    *answer.lock().unwrap() = json!({"parameters": {"ordering": [
        {"externalId": "seats", "error": {"id": "E2", "message": "At most 100"}},
    ]}});
    assert_run!(world.run(&validate), @"
    exit 7
    --- stdout
     Validated      ORD-4821-7305-1196
     Outcome        ⊘ refused by the endpoint
     Message        At most 100
     Refused        parameters.ordering[seats]: At most 100
    --- stderr
    error: ORD-4821-7305-1196 was refused by the endpoint
    ");
    *answer.lock().unwrap() = json!({"notes": "checked by the endpoint"});
    assert_run!(world.run(&validate), @"
    exit 0
    --- stdout
     Validated      ORD-4821-7305-1196
     Outcome        · unchanged
    --- stderr
    Nothing was changed, and the platform does not say why. WBH-0000-0001 (ValidatePurchaseOrderDraft for PRD-1111-1111): last call ✓ ok 2026-05-04T09:12:33.000Z. See more with mpt webhook doctor WBH-0000-0001
    ");
    *answer.lock().unwrap() =
        json!({"error": {"id": "E1", "message": "More than 100 seats are refused"}});
    let refused = world.run(&format!("{validate} -o json"));
    assert_eq!(refused.code, 7);
    let printed: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!(printed["outcome"], "refused");
    let enrollment = world.run("enrollment validate ENR-5512-0904-7731 --yes -o json").json();
    assert_eq!(enrollment["outcome"], "unchanged");
}

#[test]
fn what_was_read_is_sent_once_and_nothing_else() {
    let server = Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Json(
            200,
            json!({"id": "ORD-1", "type": "Purchase", "status": "Draft", "notes": "b", "product": {"id": "PRD-1"}, "n": 1.10}),
        ),
        _ => Reply::Json(200, order()),
    });
    let run = World::at(&server).run(VALIDATE);
    assert_run!(run, @r#"
    exit 0
    --- stdout
     Validated      ORD-1
     Outcome        ✓ changed

     Changed        ~ notes: "a" → "b"
    "#);
    // The order, the calls of its webhooks so far, and the order again just before it is sent.
    assert_eq!(server.methods(), "GET GET GET POST");
    assert!(server.requests()[0].target.ends_with("/commerce/orders/ORD-1?select=*"));
    let sent = &server.requests()[3];
    assert_eq!(sent.target, "/public/v1/commerce/orders/ORD-1/validate");
    let mut expected = order();
    expected.as_object_mut().unwrap().shift_remove("$meta");
    assert_eq!(sent.body, expected.to_string(), "the numbers too are as they were read");
}

#[test]
fn an_order_that_is_not_complete_or_not_a_draft_is_not_sent() {
    let cases = [
        (
            json!({"$meta": {"omitted": ["price"]}, "id": "ORD-1", "status": "Draft"}),
            8,
            "leaves out price",
        ),
        (json!({"id": "ORD-1", "status": "Completed"}), 7, "its status is Completed"),
        (json!({"id": "ORD-1"}), 8, "did not return the status"),
        (json!({"id": "ORD-2", "status": "Draft"}), 8, "another order"),
    ];
    for (document, code, message) in cases {
        let server = Server::always(200, document);
        let run = World::at(&server).run(VALIDATE);
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert_eq!(server.methods(), "GET");
    }
    let server = Server::always(200, order());
    assert_eq!(World::at(&server).run("order validate ORD-1").code, 2, "it must ask");
    assert!(server.requests().is_empty());
}

#[test]
fn a_change_in_the_meantime_is_a_conflict() {
    let server = Server::new(|_, number| {
        let mut document = order();
        document["notes"] = number.to_string().into();
        Reply::Json(200, document)
    });
    let run = World::at(&server).run(VALIDATE);
    assert_run!(run, @"
    exit 6
    --- stderr
    error: ORD-1 was changed in the meantime; nothing was sent
    hint: run the command again
    ");
    assert_eq!(server.methods(), "GET GET GET");
}

#[test]
fn after_a_lost_answer_the_outcome_is_unknown() {
    for fault in ["drop", "504", "silence"] {
        let server = Server::new(move |request, _| match (request.method.as_str(), fault) {
            ("POST", "drop") => Reply::Drop,
            ("POST", "504") => Reply::Json(504, json!({"title": "Gateway Timeout"})),
            ("POST", _) => Reply::Silence,
            _ => Reply::Json(200, order()),
        });
        let run = World::at(&server).run(&format!("{VALIDATE} --timeout 1s"));
        assert_eq!(server.methods(), "GET GET GET POST", "{fault}: it is sent once");
        assert!(matches!(run.code, 8 | 9), "{fault}: {}", run.snapshot());
        assert!(run.stderr.contains("the outcome is unknown"), "{fault}: {}", run.stderr);
        let hint = "look at it with mpt api GET /commerce/orders/ORD-1 before you try again";
        assert!(run.stderr.contains(hint), "{fault}: {}", run.stderr);
    }
}

#[test]
fn an_answer_that_is_a_refusal_or_about_something_else_is_no_success() {
    for (answer, code, expected) in [
        (json!({"id": "ORD-1", "error": {"message": "too many"}}), 7, "the object: too many"),
        (
            json!({"id": "ORD-1", "parameters": {"ordering": [{"externalId": "seats", "error": {"message": "no"}}]}}),
            7,
            "parameters.ordering[seats]: no",
        ),
        (json!({"id": "ORD-2"}), 8, "the outcome is unknown"),
        (json!({}), 8, "the outcome is unknown"),
    ] {
        let server = Server::new(move |request, _| match request.method.as_str() {
            "POST" => Reply::Json(200, answer.clone()),
            _ => Reply::Json(200, order()),
        });
        let run = World::at(&server).run(VALIDATE);
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert!(run.snapshot().contains(expected), "{}", run.snapshot());
    }
}

#[test]
fn nothing_about_the_response_is_sent_back() {
    let document = || {
        json!({"$meta": {"omitted": []}, "id": "ORD-1", "type": "Purchase", "status": "Draft",
            "product": {"id": "PRD-1", "$meta": {"omitted": ["settings"], "revision": 3}},
            "lines": [{"id": "ALI-1", "$meta": {"revision": 1}, "price": {"PPx1": 1.10, "$meta": {}}}]})
    };
    let server = Server::new(move |_, _| Reply::Json(200, document()));
    let run = World::at(&server).run(VALIDATE);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let requests = server.requests();
    let post = requests.iter().find(|request| request.method == "POST");
    assert!(!post.unwrap().body.contains("$meta"), "{}", post.unwrap().body);
    // A part of the order that is not complete would be lost.
    let part = json!({"id": "ORD-1", "status": "Draft", "lines": [{"id": "ALI-1", "$meta": {"omitted": ["price"]}}]});
    let server = Server::always(200, part);
    let run = World::at(&server).run(VALIDATE);
    assert_eq!(run.code, 8, "{}", run.snapshot());
    assert!(run.stderr.contains("leaves out lines.price"), "{}", run.stderr);
    // Text that JSON cannot repeat.
    let text = r#"{"id": "ORD-1", "status": "Draft", "notes": "a\ud83d"}"#;
    let server = Server::new(move |_, _| Reply::text(200, "application/json", text));
    let run = World::at(&server).run(VALIDATE);
    assert_eq!(run.code, 8, "{}", run.snapshot());
    assert!(!server.methods().contains("POST"));
}

#[test]
fn a_400_is_the_endpoints_only_if_it_was_called_and_refused() {
    // What the webhook shows after the 400: whether it was called, and what it answered.
    let refusal = r#"{"id": "ORD-1", "error": {"message": "At most 100"}}"#;
    for (called, response, is_refusal) in [
        (true, refusal, true),
        (false, refusal, false),
        (true, r#"{"id": "ORD-1", "error": null}"#, false),
        (true, "<html>", false),
    ] {
        let server = Server::new(move |request, number| {
            if request.method == "POST" {
                return Reply::text(400, "text/html", "<html><title>Bad Gateway Rule</title>");
            }
            if !request.target.contains("/notifications/") {
                return Reply::Json(200, order());
            }
            let mut webhook = crate::support::documents::healthy();
            if called && number > 2 {
                webhook["statistics"]["total"] = 8.into();
            }
            webhook["lastCall"]["response"] = response.into();
            Reply::Json(200, crate::support::documents::page(&[webhook], 0, Some(1)))
        });
        let run = World::at(&server).run(VALIDATE);
        assert_eq!(run.code, 7, "{}", run.snapshot());
        assert_eq!(
            run.stderr.contains("refused by the endpoint"),
            is_refusal,
            "{}",
            run.snapshot()
        );
        assert!(run.stdout.contains("Bad Gateway Rule"), "{}", run.stdout);
    }
}
