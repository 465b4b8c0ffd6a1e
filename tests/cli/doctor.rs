//! `webhook doctor`: why a webhook is not called, and the switch that is turned on.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::documents::{failing, page};
use crate::support::sandbox::Served;
use crate::support::world::{assert_run, closed_port};
use crate::support::{Reply, Server, World};

/// Registers a webhook in the sandbox of a world and returns its ID.
fn create(world: &World, options: &str) -> String {
    let options = options.replace("CLOSED", &closed_port());
    let line = format!("-p sandbox webhook create -q -o id {options}");
    world.run(&line).ok().trim().to_owned()
}

const SILENT: &str = "--type validate-purchase-order-draft --product PRD-2222-2222";

#[test]
fn a_silent_webhook_is_found_mended_and_called() {
    let answers = Arc::new(Mutex::new(json!({"notes": "checked"})));
    let current = Arc::clone(&answers);
    let endpoint = Server::new(move |request, _| {
        let mut object = request.json();
        let answer = current.lock().unwrap().clone();
        for (name, value) in answer.as_object().unwrap() {
            object[name] = value.clone();
        }
        Reply::Json(200, object)
    });
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    let create = format!("webhook create -q -o id {SILENT} --url {}/", endpoint.url());
    let id = world.run(&create).ok().trim().to_owned();
    let validate = |order: &str| {
        let path = format!("POST /public/v1/commerce/orders/{order}/validate");
        let (status, _, body) = served.send(&path, "content-type: application/json\r\n", "{}");
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let (status, order) = validate("ORD-1000-0000-0005");
    assert_eq!((status, order["notes"] == "checked"), (200, false));
    assert!(endpoint.requests().is_empty(), "the platform stays silent");
    let listed = |sign: &str| {
        let table = world.run("status").stdout;
        let row = table.lines().find(|line| line.starts_with("PRD-2222-2222"));
        assert!(row.unwrap().contains(sign), "{table}");
    };
    listed("○");

    let found = world.run("webhook doctor -o json");
    assert_eq!(found.code, 10, "{}", found.snapshot());
    let diagnoses: Value = serde_json::from_str(&found.stdout).unwrap();
    let check = |name: &str| {
        let checks = diagnoses[0]["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == name).unwrap().clone()
    };
    assert_eq!(
        check("switch"),
        json!({
            "check": "switch", "result": "problem",
            "detail": "settings.preValidation.purchaseOrderDraft of PRD-2222-2222 is off: the platform does not call webhooks of this type",
            "hint": format!("turn it on with mpt webhook doctor {id} --fix")
        })
    );
    let settings = || {
        let (_, _, body) =
            served.send("GET /public/v1/catalog/products/PRD-2222-2222?select=settings", "", "");
        serde_json::from_str::<Value>(&body).unwrap()["settings"].clone()
    };
    let mut expected = settings();
    assert_eq!(world.run(&format!("webhook doctor {id} --fix")).code, 2, "it must ask");
    assert_eq!(settings(), expected);
    assert_eq!(world.run(&format!("webhook doctor {id} --fix --yes")).code, 0);
    expected["preValidation"]["purchaseOrderDraft"] = true.into();
    assert_eq!(settings(), expected, "nothing else changed");
    listed("·");

    let (status, order) = validate("ORD-1000-0000-0005");
    assert_eq!((status, &order["notes"]), (200, &json!("checked")));
    let (_, _, stored) = served.send("GET /public/v1/commerce/orders/ORD-1000-0000-0005", "", "");
    assert!(stored.contains("\"notes\":\"checked\""), "{stored}");
    *answers.lock().unwrap() =
        json!({"error": {"id": "E1", "message": "More than 100 seats are refused"}});
    let (status, refusal) = validate("ORD-1000-0000-0005");
    assert_eq!((status, &refusal["detail"]), (400, &json!("More than 100 seats are refused")));
    drop(endpoint);
}

#[test]
fn the_worst_comes_first_and_every_check_is_explained() {
    let world = World::new();
    let id = create(
        &world,
        "--type validate-purchase-order-draft --product PRD-3333-3333 --url CLOSED/ --disabled --criteria status=Quoted",
    );
    create(&world, "--type validate-answer --form FRM-1111-1111 --url CLOSED/");
    create(&world, "--type select-order-lines --product PRD-2222-2222 --url CLOSED/");
    assert_run!(world.run("-p sandbox webhook doctor"), @"
    exit 10
    --- stdout
    the sandbox: 3 webhooks checked
    ✓ 1 webhook without a problem, 1 never called
    ? 1 webhook cannot be checked completely: WBH-0000-0002
    · not reachable from this machine: cannot connect to [host]: connection refused (WBH-0000-0001)
    · not reachable from this machine: cannot connect to [host]: connection refused (WBH-0000-0002)
    · not reachable from this machine: cannot connect to [host]: connection refused (WBH-0000-0003)

    ✗ WBH-0000-0001  ValidatePurchaseOrderDraft for PRD-3333-3333
      the webhook is disabled; events are lost
      → enable it with mpt -p sandbox webhook enable WBH-0000-0001
      PRD-3333-3333 (Cloud Backup (in preparation)) is Draft; orders are created for published products only
      → publish the product, or register the webhook for another one
      it can never match: for this type, status is Draft, not Quoted
      → change it with mpt -p sandbox webhook update WBH-0000-0001 --criteria status=Draft
    --- stderr
    error: 1 problem; see mpt -p sandbox webhook doctor WBH-0000-0001
    ");
    assert_run!(world.run(&format!("-p sandbox webhook doctor {id}")), @"
    exit 10
    --- stdout
    WBH-0000-0001   ValidatePurchaseOrderDraft for PRD-3333-3333
    http://[host]/
     ✗ problem  enabled   the webhook is disabled; events are lost
                          → enable it with mpt -p sandbox webhook enable WBH-0000-0001
     ✗ problem  object    PRD-3333-3333 (Cloud Backup (in preparation)) is Draft; orders are created for published products only
                          → publish the product, or register the webhook for another one
     ✓ ok       switch    settings.preValidation.purchaseOrderDraft is on
     ✗ problem  criteria  it can never match: for this type, status is Draft, not Quoted
                          → change it with mpt -p sandbox webhook update WBH-0000-0001 --criteria status=Draft
     · note     endpoint  not reachable from this machine: cannot connect to [host]: connection refused
     · note     calls     it was never called; an order or enrollment has to be validated first
    --- stderr
    error: 1 webhook has a problem
    ");
    assert_run!(world.run("-p sandbox webhook doctor WBH-0000-0003 -o csv"), @"
    exit 0
    --- stdout
    webhook,check,result,detail,hint
    WBH-0000-0003,enabled,ok,the webhook is enabled,
    WBH-0000-0003,object,ok,PRD-2222-2222 (Cloud Storage) is Published,
    WBH-0000-0003,switch,note,settings.itemSelection is off; the platform's documentation does not agree on what it does,
    WBH-0000-0003,criteria,ok,an object can match,
    WBH-0000-0003,endpoint,note,not reachable from this machine: cannot connect to [host]: connection refused,
    WBH-0000-0003,calls,note,it was never called; an order or enrollment has to be validated first,
    ");
    assert_eq!(world.run("-p sandbox webhook doctor WBH-0000-0003 --strict").code, 0);
    assert_eq!(world.run("-p sandbox webhook doctor WBH-0000-0002 --strict").code, 10);
    assert_run!(world.run("-p sandbox webhook doctor WBH-9999-9999"), @"
    exit 5
    --- stderr
    error: cannot check WBH-9999-9999: it was not found
    hint: list the webhooks of this account with mpt -p sandbox webhook list
    No webhook was checked
    ");
}

#[test]
fn what_may_not_be_read_is_unknown() {
    let server = Server::new(|request, _| match request.target.as_str() {
        target if target.contains("/notifications/") => {
            Reply::Json(200, page(&[failing()], 0, Some(1)))
        }
        target if target.contains("/catalog/") => Reply::Json(403, json!({"title": "Forbidden"})),
        _ => Reply::Json(404, json!({})),
    });
    let run = World::at(&server).run("webhook doctor WBH-1234-5678 -o json --timeout 2s");
    assert_eq!(run.code, 10);
    let diagnoses: Value = serde_json::from_str(&run.stdout).unwrap();
    let results: Vec<_> = diagnoses[0]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| format!("{} {}", check["check"], check["result"]).replace('"', ""))
        .collect();
    assert_eq!(results[..4], ["enabled ok", "object unknown", "switch unknown", "criteria ok"]);
    assert!(results.contains(&"calls problem".to_owned()), "{results:?}");
}

#[test]
fn each_object_is_read_once_and_other_webhooks_are_mentioned() {
    let server = Server::new(|request, _| {
        let webhook = |id: &str| {
            let mut document = failing();
            document["id"] = id.into();
            document["url"] = "http://127.0.0.1:1/".into();
            document
        };
        match request.target.as_str() {
            target if target.contains("/notifications/") => {
                Reply::Json(200, page(&[webhook("WBH-1"), webhook("WBH-2")], 0, Some(2)))
            }
            _ => Reply::Json(
                200,
                json!({"id": "PRD-1111-1111", "status": "Published", "settings": {"preValidation": {"purchaseOrderDraft": true}}}),
            ),
        }
    });
    let run = World::at(&server).run("webhook doctor -o csv");
    let others = run.stdout.lines().filter(|line| line.contains(",others,note,")).count();
    assert_eq!(others, 2, "{}", run.stdout);
    let read = server.lines().iter().filter(|line| line.contains("/catalog/")).count();
    assert_eq!(read, 1, "{:?}", server.lines());
}

#[test]
fn only_a_vendor_turns_switches_on_and_other_changes_are_reported() {
    let data = World::new();
    let served = Served::new(&data, "");
    let id = served
        .world()
        .run(&format!("webhook create -q -o id {SILENT} --url https://a.example/"))
        .ok();
    let operations = data.run("sandbox token --account operations").ok();
    let world =
        World::new().with("MPT_API_BASE_URL", &served.url).with("MPT_API_TOKEN", operations.trim());
    assert_run!(world.run(&format!("webhook doctor {} --fix --yes", id.trim())), @"
    exit 4
    --- stderr
    error: only a vendor can turn on switches; the token belongs to SoftwareOne (ACC-0000-0001, Operations)
    ");

    // A platform that changes another setting too.
    let reads = Mutex::new(0);
    let server = Server::new(move |request, _| {
        let mut webhook = failing();
        webhook["lastCall"] = Value::Null;
        webhook["url"] = "http://127.0.0.1:1/".into();
        match (request.method.as_str(), request.target.as_str()) {
            (_, target) if target.contains("/notifications/") => {
                Reply::Json(200, page(&[webhook], 0, Some(1)))
            }
            ("PUT", _) => Reply::Json(200, json!({})),
            (_, target) if target.contains("/catalog/") => {
                let mut reads = reads.lock().unwrap();
                *reads += 1;
                // Before, just before the PUT, and after it.
                let is_after = *reads > 2;
                Reply::Json(
                    200,
                    json!({"id": "PRD-1111-1111", "status": "Published", "settings": {
                        "itemSelection": is_after, "preValidation": {"purchaseOrderDraft": is_after, "changeOrderDraft": true}
                    }}),
                )
            }
            _ => Reply::Json(403, json!({})),
        }
    });
    assert_run!(World::at(&server).run("webhook doctor WBH-1234-5678 --fix --yes"), @r#"
    exit 8
    --- stdout
    WBH-1234-5678   ValidatePurchaseOrderDraft for PRD-1111-1111
    http://[host]/
     ✓ ok       enabled   the webhook is enabled
     ✓ ok       object    PRD-1111-1111 (unnamed) is Published
     ✓ ok       switch    settings.preValidation.purchaseOrderDraft is on
     ✓ ok       criteria  an object can match
     · note     endpoint  not reachable from this machine: cannot connect to [host]: connection refused
     ? unknown  calls     there is no record of calls
    --- stderr
    error: the settings of PRD-1111-1111 are not as expected after the change
      ~ settings.itemSelection: false → true
      settings before: {"itemSelection":false,"preValidation":{"purchaseOrderDraft":false,"changeOrderDraft":true}}
    hint: someone else may have changed them at the same time; run the command again to see what is on
    "#);
    let put = server.requests().into_iter().find(|request| request.method == "PUT").unwrap();
    assert_eq!(
        put.json(),
        json!({"preValidation": {"purchaseOrderDraft": true, "changeOrderDraft": true}})
    );
}

#[test]
fn probe_calls_the_endpoint_with_a_signed_sample() {
    let endpoint = Server::new(|request, _| match request.header("authorization") {
        Some(_) => Reply::text(200, "application/json", &request.body),
        None => Reply::Json(401, json!({})),
    });
    let world = World::new().with("S", "s3cret");
    let url = endpoint.url();
    let id = create(
        &world,
        &format!("--type validate-answer --form FRM-1111-1111 --url {url}/ --secret-env S"),
    );
    let run = world.run(&format!("-p sandbox webhook doctor {id} --probe -o csv"));
    assert!(
        run.stdout.contains(",probe,ok,the endpoint answers; the verdict is success,"),
        "{}",
        run.snapshot()
    );
    assert_eq!(world.run("-p sandbox webhook doctor --probe").code, 2, "it needs IDs");
}

/// The `preValidation` of a product in the sandbox.
fn pre_validation(world: &World, product: &str) -> Value {
    let path = format!("/catalog/products/{product}?select=settings");
    let line = format!("-p sandbox api GET {path} --jq .settings.preValidation");
    world.run(&line).json()
}

#[test]
fn two_switches_of_one_product_are_one_change() {
    let world = World::new();
    let product = "--product PRD-2222-2222 --url CLOSED/";
    let draft = create(&world, &format!("--type validate-purchase-order-draft {product}"));
    let querying = create(&world, &format!("--type validate-purchase-order-querying {product}"));
    let mut expected = pre_validation(&world, "PRD-2222-2222");
    let run = world.run(&format!("-p sandbox webhook doctor {draft} {querying} --fix --yes -vv"));
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let puts = run.stderr.lines().filter(|line| line.starts_with("> PUT "));
    assert_eq!(puts.count(), 1, "{}", run.stderr);
    expected["purchaseOrderDraft"] = true.into();
    expected["purchaseOrderQuerying"] = true.into();
    assert_eq!(pre_validation(&world, "PRD-2222-2222"), expected);
}

/// A platform with one webhook whose switch is off, and the settings that each reading of the product gets.
fn with_settings(settings: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
    let reads = Mutex::new(0);
    Server::new(move |request, _| {
        let mut webhook = failing();
        webhook["lastCall"] = Value::Null;
        webhook["url"] = "http://127.0.0.1:1/".into();
        match (request.method.as_str(), request.target.as_str()) {
            (_, target) if target.contains("/notifications/") => {
                Reply::Json(200, page(&[webhook], 0, Some(1)))
            }
            ("PUT", _) => Reply::Json(200, json!({})),
            (_, target) if target.contains("/catalog/") => {
                let mut reads = reads.lock().unwrap();
                *reads += 1;
                settings(*reads)
            }
            _ => Reply::Json(403, json!({})),
        }
    })
}

fn product(settings: Value) -> Reply {
    Reply::Json(200, json!({"id": "PRD-1111-1111", "status": "Published", "settings": settings}))
}

const FIX: &str = "webhook doctor WBH-1234-5678 --fix --yes -q";

#[test]
fn what_someone_else_has_switched_meanwhile_is_not_undone() {
    let server = with_settings(|read| {
        product(json!({"preValidation": {
            "purchaseOrderDraft": read > 2, "changeOrderDraft": read > 1
        }}))
    });
    let run = World::at(&server).run(FIX);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let requests = server.requests();
    let put = requests.iter().find(|request| request.method == "PUT");
    assert_eq!(
        put.unwrap().json(),
        json!({"preValidation": {"purchaseOrderDraft": true, "changeOrderDraft": true}}),
        "as read just before the PUT"
    );
}

#[test]
fn settings_that_are_incomplete_or_of_another_product_are_not_sent() {
    let off = || json!({"preValidation": {"purchaseOrderDraft": false}});
    type Spoil = fn(Value) -> Value;
    let answers: [(Spoil, i32, &str); 5] = [
        (|off| json!({"id": "PRD-9", "settings": off}), 8, "it describes PRD-9"),
        (|off| json!({"settings": off}), 8, "it has no ID"),
        (
            |off| json!({"id": "PRD-1111-1111", "$meta": {"omitted": ["audit"]}, "settings": off}),
            10,
            "leaves out audit",
        ),
        (
            |mut off| {
                off["preValidation"]["$meta"] = json!({"omitted": ["changeOrderDraft"]});
                json!({"id": "PRD-1111-1111", "settings": off})
            },
            10,
            "leaves out settings.preValidation.changeOrderDraft",
        ),
        (|_| json!({"id": "PRD-1111-1111", "settings": {}}), 8, "cannot be read"),
    ];
    for (second, code, message) in answers {
        let server = with_settings(move |read| match read {
            1 => product(off()),
            _ => Reply::Json(200, second(off())),
        });
        let run = World::at(&server).run(FIX);
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert!(run.stderr.contains(message), "{message}: {}", run.stderr);
        assert!(!server.methods().contains("PUT"), "{message}");
    }
}

#[test]
fn settings_that_json_cannot_repeat_are_not_sent() {
    let body = r#"{"id": "PRD-1111-1111", "status": "Published",
        "settings": {"preValidation": {"purchaseOrderDraft": false, "note": "a\ud83d"}}}"#;
    let server = with_settings(move |_| Reply::text(200, "application/json", body));
    let run = World::at(&server).run(FIX);
    assert_eq!(run.code, 10, "{}", run.snapshot());
    assert!(run.stderr.contains("a lone surrogate"), "{}", run.stderr);
    assert!(!server.methods().contains("PUT"));
}

#[test]
fn a_put_that_is_repeated_is_based_on_settings_that_are_read_again() {
    let puts = Mutex::new(0);
    let inner = with_settings(|read| {
        product(json!({"preValidation": {
            "purchaseOrderDraft": read > 3, "changeOrderDraft": read > 2
        }}))
    });
    let url = inner.url();
    let server = Server::new(move |request, _| {
        if request.method == "PUT" {
            let mut puts = puts.lock().unwrap();
            *puts += 1;
            if *puts == 1 {
                return Reply::Json(503, json!({}));
            }
        }
        let (status, body) = crate::support::server::relay(&url, request);
        Reply::Json(status, body)
    });
    let run = World::at(&server).run(&format!("{FIX} --timeout 5s"));
    let sent: Vec<_> = server
        .requests()
        .iter()
        .filter(|request| request.method == "PUT")
        .map(|request| request.json()["preValidation"]["changeOrderDraft"].clone())
        .collect();
    assert_eq!(sent, [false, true], "{}", run.snapshot());
    // Someone else has changed the other one between the two attempts, of which the first may have taken effect.
    assert_eq!(run.code, 0, "{}", run.snapshot());
}

#[test]
fn what_a_first_put_has_changed_is_named_after_a_second_look() {
    // The first reading after the PUT is of a replica that is late.
    let server = with_settings(|read| {
        product(json!({"itemSelection": read > 3, "preValidation": {
            "purchaseOrderDraft": read > 3
        }}))
    });
    let run = World::at(&server).run(&format!("{FIX} --timeout 5s"));
    assert_eq!(run.code, 8, "{}", run.snapshot());
    assert!(run.stderr.contains("~ settings.itemSelection: false → true"), "{}", run.stderr);
    assert_eq!(server.methods().matches("PUT").count(), 1);
}

#[test]
fn a_put_that_cannot_be_read_back_is_not_hidden() {
    let server = with_settings(|read| match read {
        1 | 2 => product(json!({"preValidation": {"purchaseOrderDraft": false}})),
        _ => Reply::Json(403, json!({"title": "Forbidden"})),
    });
    let run = World::at(&server).run(FIX);
    assert_eq!(run.code, 4, "{}", run.snapshot());
    for part in [
        "cannot read back PRD-1111-1111: 403 Forbidden",
        "settings.preValidation.purchaseOrderDraft of PRD-1111-1111 may be on now",
        r#"settings before: {"preValidation":{"purchaseOrderDraft":false}}"#,
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

#[test]
fn an_absent_webhook_is_reported_once() {
    let world = World::new();
    let id = create(
        &world,
        "--type validate-purchase-order-draft --product PRD-2222-2222 --url CLOSED/",
    );
    let run = world.run(&format!("-p sandbox webhook doctor {id} WBH-9999-9999 --fix --yes"));
    assert_eq!(run.code, 5, "{}", run.snapshot());
    assert_eq!(run.stderr.matches("cannot check WBH-9999-9999").count(), 1);
}
