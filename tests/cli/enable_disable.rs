//! `webhook enable` and `webhook disable`

use serde_json::json;

use crate::support::documents::{failing, healthy, page, switched, with_id};
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

#[test]
fn either_form_of_the_answer_will_do() {
    let observed = Server::new(|request, _| Reply::Json(200, switched(request, failing())));
    assert_run!(World::at(&observed).run("webhook disable WBH-1234-5678"), @"
    exit 0
    --- stdout
    ID             STATUS    TYPE                        OBJECT         URL                                 HEALTH
    WBH-1234-5678  Disabled  ValidatePurchaseOrderDraft  PRD-1111-1111  https://hooks.example.com/validate  failing ×2
    --- stderr
    Disabled WBH-1234-5678 (ValidatePurchaseOrderDraft for PRD-1111-1111)
    ");
    let lines = observed.lines();
    let disable = "POST /public/v1/notifications/webhooks/WBH-1234-5678/disable";
    assert_eq!(lines.last().map(String::as_str), Some(disable));

    let published = Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Full(204, vec![], vec![]),
        _ => Reply::Json(200, failing()),
    });
    let shown = World::at(&published).run("webhook enable WBH-1234-5678 -o json").json();
    assert_eq!(shown, failing());
    assert_eq!(published.methods(), "GET POST GET");
}

#[test]
fn one_failure_does_not_stop_the_others() {
    let server = Server::new(|request, _| {
        let id = request.target.split('/').nth(5).unwrap();
        if id == "WBH-2" { Reply::Json(404, json!({})) } else { Reply::Json(200, with_id(id)) }
    });
    let run =
        World::at(&server).run_with_stdin("webhook enable - -o id -q", "WBH-1 WBH-2\nWBH-3\n");
    assert_run!(run, @"
    exit 5
    --- stdout
    WBH-1
    WBH-3
    --- stderr
    error: cannot enable WBH-2: 404 Not Found from [host] (token from MPT_API_TOKEN)
    hint: webhook IDs look like WBH-1234-5678, in capital letters; list them with mpt webhook list -o id
    ");
}

#[test]
fn an_answer_about_another_webhook_is_none() {
    let server = Server::always(200, json!({"id": 7, "status": "Disabled"}));
    let run = World::at(&server).run("webhook disable WBH-1234-5678 -o id");
    assert_eq!((run.code, run.stdout.as_str()), (8, ""), "{}", run.snapshot());
    assert!(run.stderr.contains("it describes 7, not WBH-1234-5678"), "{}", run.stderr);
}

#[test]
fn changes_are_finished_if_the_reader_goes_away() {
    let server = Server::new(|request, _| {
        let mut webhook = crate::support::documents::healthy();
        webhook["id"] = request.target.split('/').nth(5).unwrap().into();
        webhook["status"] = "Disabled".into();
        Reply::Json(200, webhook)
    });
    let world = World::at(&server);
    let ids: Vec<_> = (0..30).map(|number| format!("WBH-{number}")).collect();
    let mut words = vec!["webhook", "disable", "-q", "-o", "id"];
    words.extend(ids.iter().map(String::as_str));
    let mut child = crate::support::world::spawn(&mut world.command(&words));
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(server.requests().len(), 30);
}

#[test]
fn each_change_is_confirmed() {
    let world = World::new();
    let create = "-p sandbox webhook create --type validate-answer --url https://a.example/ -q";
    for form in ["FRM-1111-1111", "FRM-2222-2222"] {
        world.run(&format!("{create} --form {form}")).ok();
    }
    world.run("-p sandbox webhook disable WBH-0000-0001 -q").ok();
    assert_run!(world.run("-p sandbox webhook disable WBH-0000-0001 WBH-0000-0002 WBH-0000-0009"), @"
    exit 5
    --- stdout
    ID             STATUS    TYPE            OBJECT         URL                 HEALTH
    WBH-0000-0001  Disabled  ValidateAnswer  FRM-1111-1111  https://a.example/  never called
    WBH-0000-0002  Disabled  ValidateAnswer  FRM-2222-2222  https://a.example/  never called
    --- stderr
    WBH-0000-0001 (ValidateAnswer for FRM-1111-1111) was already disabled
    Disabled WBH-0000-0002 (ValidateAnswer for FRM-2222-2222)
    error: cannot disable WBH-0000-0009: 404 Not Found from the sandbox
      The webhook 'WBH-0000-0009' was not found.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    hint: list the webhooks of this account with mpt -p sandbox webhook list; an account of type Client sees none
    ");
    assert_run!(world.run("-p sandbox webhook delete WBH-0000-0001 WBH-0000-0002 --yes -o id"), @"
    exit 0
    --- stdout
    WBH-0000-0001
    WBH-0000-0002
    --- stderr
    Deleted WBH-0000-0001 (ValidateAnswer for FRM-1111-1111)
    Deleted WBH-0000-0002 (ValidateAnswer for FRM-2222-2222)
    ");
}

#[test]
fn what_did_not_happen_is_not_confirmed() {
    let server = Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Json(200, healthy()),
        _ => Reply::Json(200, page(&[healthy()], 0, Some(1))),
    });
    let world = World::at(&server);
    assert_run!(world.run("webhook disable WBH-1234-5678 -o id"), @"
    exit 8
    --- stderr
    error: cannot disable WBH-1234-5678: after the request, the webhook is Enabled
    hint: someone else may have changed it; look at it with mpt webhook show
    ");
}

#[test]
fn another_status_is_not_confirmed_either() {
    for status in [json!("Paused"), json!(null)] {
        let mut webhook = healthy();
        webhook["status"] = status;
        let world = World::at(&Server::always(200, webhook));
        for verb in ["enable", "disable"] {
            let run = world.run(&format!("webhook {verb} WBH-1234-5678 -o id"));
            assert_eq!((run.code, run.stdout.as_str()), (8, ""), "{}", run.snapshot());
        }
    }
}
