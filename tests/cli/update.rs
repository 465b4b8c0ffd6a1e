//! `webhook update`

use serde_json::json;

use crate::support::documents::failing;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

fn platform() -> Server {
    Server::always(200, failing())
}

fn put(line: &str) -> serde_json::Value {
    let server = platform();
    World::at(&server)
        .run(&format!("webhook update WBH-1234-5678 {line}"))
        .ok();
    assert_eq!(server.methods(), "GET PUT", "{line}");
    server.requests()[1].json()
}

#[test]
fn only_given_members_are_sent() {
    assert_eq!(
        put("--url https://b.example"),
        json!({"url": "https://b.example"})
    );
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
    world
        .run("webhook update WBH-1234-5678 --from w.yaml --criteria status=New")
        .ok();
    assert_eq!(
        server.requests()[1].json(),
        json!({"url": "https://b.example", "criteria": {"product.id": "P", "status": "New"}})
    );
    world.write(
        "other.yaml",
        "type: ValidateAnswer\nurl: https://b.example\n",
    );
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
        "",
        "--url nonsense",
        "--clear url",
        "--clear description --description x",
        "--clear secret --secret-env S",
        "--type ValidateAnswer",
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
    let server = Server::new(|request, _| match request.method.as_str() {
        "PUT" => Reply::Full(204, vec![], vec![]),
        _ => Reply::Json(200, failing()),
    });
    let shown = World::at(&server)
        .run("webhook update WBH-1 --description x -o json")
        .json();
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
