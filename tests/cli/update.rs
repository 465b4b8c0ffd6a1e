//! `webhook update`

use serde_json::json;

use crate::support::documents::{failing, updated};
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

fn platform() -> Server {
    Server::new(|request, _| Reply::Json(200, updated(request, failing())))
}

fn put(line: &str) -> serde_json::Value {
    let server = platform();
    World::at(&server).run(&format!("webhook update WBH-1234-5678 {line}")).ok();
    assert_eq!(server.methods(), "GET PUT", "{line}");
    server.requests()[1].json()
}

#[test]
fn only_given_members_are_sent() {
    assert_eq!(put("--url https://b.example"), json!({"url": "https://b.example"}));
    assert_eq!(
        put("--clear description --clear secret"),
        json!({"description": null, "secret": null})
    );
}

#[test]
fn criteria_change_the_named_keys_and_keep_the_rest() {
    assert_eq!(
        put("--criteria status=Quoted --criteria type=Purchase"),
        json!({"criteria": {"product.id": "PRD-1111-1111", "status": "Quoted", "type": "Purchase"}})
    );
    assert_eq!(
        put("--product PRD-2"),
        json!({"criteria": {"product.id": "PRD-2", "status": "Draft"}})
    );
}

#[test]
fn an_update_that_changes_nothing_sends_nothing() {
    let server = platform();
    let run = World::at(&server).run(
        "webhook update WBH-1234-5678 --url https://hooks.example.com/validate --criteria status=Draft -o id",
    );
    assert_run!(run, @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    WBH-1234-5678 already matches; nothing was sent
    ");
    assert_eq!(server.methods(), "GET");
}

#[test]
fn a_file_is_the_body_and_may_name_the_same_type() {
    let server = platform();
    let world = World::at(&server);
    world.write(
        "w.yaml",
        "type: validatePurchaseOrderDraft\nurl: https://b.example\ncriteria: {product.id: P}\n",
    );
    world.run("webhook update WBH-1234-5678 --from w.yaml --criteria status=New").ok();
    assert_eq!(
        server.requests()[1].json(),
        json!({"url": "https://b.example", "criteria": {"product.id": "P", "status": "New"}})
    );
    world.write("other.yaml", "type: ValidateAnswer\nurl: https://b.example\n");
    assert_run!(world.run("webhook update WBH-1234-5678 --from other.yaml"), @"
    exit 2
    --- stderr
    error: type ValidateAnswer: the webhook has the type ValidatePurchaseOrderDraft, and a type cannot be changed
    hint: create a new webhook and delete this one
    ");
}

#[test]
fn wrong_command_lines_send_nothing() {
    let server = platform();
    let world = World::at(&server).with("S", "x");
    for line in [
        "", "--url nonsense", "--clear url", "--clear description --description x",
        "--clear secret --secret-env S", "--type ValidateAnswer",
    ] {
        let run = world.run(&format!("webhook update WBH-1 {line}"));
        assert_eq!(run.code, 2, "{line}: {}", run.snapshot());
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_dry_run_sends_nothing() {
    assert_run!(World::new().run("webhook update WBH-1 --criteria status=Draft --dry-run"), @r#"
    exit 0
    --- stdout
    PUT https://api.platform.softwareone.com/public/v1/notifications/webhooks/WBH-1?select=audit,criteria,statistics,lastCall,lastSuccess,lastFailure,-secret

    {
      "criteria": {
        "status": "Draft"
      }
    }
    --- stderr
    Nothing was sent
    The webhook's other criteria would be read first and sent as well
    "#);
}

#[test]
fn an_answer_without_a_body_is_read_back() {
    let server = Server::new(|request, number| match (request.method.as_str(), number) {
        ("PUT", _) => Reply::Full(204, vec![], vec![]),
        (_, 0) => Reply::Json(200, failing()),
        _ => {
            let mut webhook = failing();
            webhook["description"] = "x".into();
            Reply::Json(200, webhook)
        }
    });
    let shown =
        World::at(&server).run("webhook update WBH-1234-5678 --description x -o json").json();
    assert_eq!(shown["id"], "WBH-1234-5678");
    assert_eq!(server.methods(), "GET PUT GET");
}

#[test]
fn old_and_new_values_are_shown() {
    let world = World::new().with("S", "s3cret-s3cret");
    let create = "-p sandbox webhook create --type validate-answer --form FRM-1111-1111 -q --url https://a.example/";
    world.run(create).ok();
    let update = "-p sandbox webhook update WBH-0000-0001 -o id";
    let changes = "--url https://b.example/ --description New --criteria status=Draft";
    assert_run!(world.run(&format!("{update} {changes} --secret-env S")), @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    Updated WBH-0000-0001 (ValidateAnswer for FRM-1111-1111)
     url            - https://a.example/
                    + https://b.example/
     description    + New
     criteria       + status = Draft
     secret         + set
    ");
    assert_run!(world.run(&format!("{update} {changes} --clear description")), @"
    exit 2
    --- stderr
    error: --clear description and --description cannot be used together
    ");
    assert_run!(world.run(&format!("{update} --url https://b.example/ --clear description")), @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    Updated WBH-0000-0001 (ValidateAnswer for FRM-1111-1111)
     description    - New
    ");
    assert_run!(world.run(&format!("{update} --url https://b.example/")), @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    WBH-0000-0001 already matches; nothing was sent
    ");
}

#[test]
fn criteria_that_are_not_understood_are_not_replaced() {
    for criteria in [
        json!({"product.id": "PRD-1111-1111", "limits": {"max": 5}}),
        json!([{"key": "product.id", "value": "PRD-1111-1111"}, {"value": "Draft"}]),
        json!("product.id"),
    ] {
        let server = Server::new(move |_, _| {
            let mut webhook = failing();
            webhook["criteria"] = criteria.clone();
            Reply::Json(200, webhook)
        });
        let run = World::at(&server).run("webhook update WBH-1234-5678 --criteria status=New");
        assert_eq!(run.code, 8, "{}", run.snapshot());
        assert!(run.stderr.contains("cannot be read"), "{}", run.stderr);
        assert_eq!(server.methods(), "GET");
    }
}

#[test]
fn an_update_that_is_repeated_reads_again_and_what_is_stored_is_compared() {
    let server = Server::new(|request, number| {
        let mut webhook = failing();
        // Someone else adds a criterion after the first attempt.
        if number > 1 {
            webhook["criteria"]["type"] = "Purchase".into();
        }
        match (request.method.as_str(), number) {
            ("PUT", 1) => Reply::Json(503, json!({})),
            _ => Reply::Json(200, updated(request, webhook)),
        }
    });
    let run = World::at(&server).run("webhook update WBH-1234-5678 --criteria status=New -o id");
    assert_eq!(run.code, 0, "{}", run.snapshot());
    assert_eq!(server.methods(), "GET PUT GET PUT");
    assert_eq!(
        server.requests()[3].json(),
        json!({"criteria": {"product.id": "PRD-1111-1111", "status": "New", "type": "Purchase"}})
    );
    // A success that stores something else, and an answer about another webhook.
    for (answer, message) in [
        (failing(), "url is https://hooks.example.com/validate, not https://b.example"),
        (json!({"id": "WBH-9"}), "it describes WBH-9, not WBH-1234-5678"),
    ] {
        let server = Server::new(move |request, _| match request.method.as_str() {
            "PUT" => Reply::Json(200, answer.clone()),
            _ => Reply::Json(200, failing()),
        });
        let run = World::at(&server).run("webhook update WBH-1234-5678 --url https://b.example");
        assert_eq!(run.code, 8, "{}", run.snapshot());
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn an_object_can_be_given_by_its_name() {
    let world = World::new();
    let line = "-p sandbox webhook create --type validate-change-order-draft --product PRD-1111-1111 \
                --url https://hooks.example.com/ --no-secret -q";
    world.run(line).ok();
    let named = |name: &str, is_dry: bool| {
        let words = ["-p", "sandbox", "webhook", "update", "WBH-0000-0001", "--product", name];
        match is_dry {
            true => world.args(&[&words[..], &["--dry-run"]].concat()),
            false => world.args(&words),
        }
    };
    assert_run!(named("cloud storage", true), @r#"
    exit 0
    --- stdout
    PUT http://localhost/public/v1/notifications/webhooks/WBH-0000-0001?select=audit,criteria,statistics,lastCall,lastSuccess,lastFailure,-secret

    {
      "criteria": {
        "product.id": "PRD-2222-2222"
      }
    }
    --- stderr
    Nothing was sent
    The webhook's other criteria would be read first and sent as well
    "#);
    assert_run!(named("cloud storage", false), @"
    exit 0
    --- stderr
    Updated WBH-0000-0001 (ValidateChangeOrderDraft for PRD-2222-2222)
     criteria       - product.id = PRD-1111-1111
                    + product.id = PRD-2222-2222
    ");
    assert_run!(named("Cloud", false), @"
    exit 2
    --- stderr
    error: --product: no product is named `Cloud`
      PRD-1111-1111  Cloud Editor
      PRD-2222-2222  Cloud Storage
      PRD-3333-3333  Cloud Backup (in preparation)
    hint: give the ID; see all with mpt -p sandbox status --all
    ");
    // A flag overrides the name in a file.
    let file = "criteria: { product.id: Old Name }\n";
    let line = "-p sandbox webhook update WBH-0000-0001 --from - --product PRD-1111-1111 -o id";
    let run = world.run_with_stdin(line, file);
    assert_run!(run, @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    Updated WBH-0000-0001 (ValidateChangeOrderDraft for PRD-1111-1111)
     criteria       - product.id = PRD-2222-2222
                    + product.id = PRD-1111-1111
    ");
}
