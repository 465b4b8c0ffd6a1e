//! `webhook apply`: what files say becomes so, once, however often and by however many it is run.

use serde_json::{Value, json};

use crate::support::sandbox::Served;
use crate::support::world::{assert_live_run, assert_run, mode};
use crate::support::{Reply, Server, World};

const FILE: &str = r#"
version = 1

[scope]
types = ["ValidateAnswer"]

[[webhooks]]
type = "validate-purchase-order-draft"
product = "PRD-1111-1111"
url = "https://${HOOKS_HOST}/validate"
description = "Checks draft orders"
secret = { env = "HOOK_SECRET" }

[[webhooks]]
type = "ValidateAnswer"
form = "FRM-3333-3333"
url = "https://${HOOKS_HOST}/answers"
enabled = false
"#;

fn world() -> World {
    let world = World::new()
        .with("HOOKS_HOST", "hooks.example.com")
        .with("HOOK_SECRET", "s3cret-s3cret");
    world.write("webhooks.toml", FILE);
    world
}

const APPLY: &str = "-p sandbox webhook apply webhooks.toml --yes";

/// The webhooks of the sandbox, by what a manifest can say of them.
fn state(world: &World) -> Vec<Value> {
    let listed = world
        .run("-p sandbox webhook list --order type,object.id --select secret -o json")
        .json();
    let webhooks = listed.as_array().unwrap().iter();
    webhooks
        .map(|webhook| {
            json!([
                webhook["type"],
                webhook["object"]["id"],
                webhook["url"],
                webhook["description"],
                webhook["status"],
                webhook["secret"]
            ])
        })
        .collect()
}

#[test]
fn files_become_so_and_then_nothing_changes() {
    let world = world();
    assert_live_run!(world.run(APPLY), @"
    exit 0
    --- stdout
    + create  ValidatePurchaseOrderDraft for PRD-1111-1111
     url            https://hooks.example.com/validate
     description    Checks draft orders
     criteria       product.id = PRD-1111-1111
     secret         is set

    + create  ValidateAnswer for FRM-3333-3333
     url            https://hooks.example.com/answers
     criteria       form.id = FRM-3333-3333
     status         Disabled

    2 to create
    2 created
    --- stderr
    created ValidatePurchaseOrderDraft for PRD-1111-1111 ([WBH])
    created ValidateAnswer for FRM-3333-3333 ([WBH])
    ");
    assert_eq!(
        state(&world),
        [
            json!([
                "ValidateAnswer",
                "FRM-3333-3333",
                "https://hooks.example.com/answers",
                null,
                "Disabled",
                null
            ]),
            json!([
                "ValidatePurchaseOrderDraft",
                "PRD-1111-1111",
                "https://hooks.example.com/validate",
                "Checks draft orders",
                "Enabled",
                "s3cret-s3cret"
            ]),
        ]
    );
    assert_live_run!(world.run(APPLY), @"
    exit 0
    --- stdout
    2 unchanged
    ");
}

#[test]
fn every_kind_of_change_is_made_and_told() {
    let world = world();
    world.run(APPLY).ok();
    world
        .run("-p sandbox webhook create --type validate-answer --form FRM-1111-1111 --url https://old.example")
        .ok();
    world.write(
        "webhooks.toml",
        &FILE
            .replace("/validate\"", "/v2\"\nenabled = false")
            .replace("\"Checks draft orders\"", "\"\"")
            .replace("enabled = false\n", "enabled = true\n")
            .replacen("enabled = true\n", "enabled = false\n", 1),
    );
    assert_live_run!(world.run(&format!("{APPLY} --prune --var HOOKS_HOST=new.example.com")), @"
    exit 0
    --- stdout
    ~ update  ValidatePurchaseOrderDraft for PRD-1111-1111  [WBH]
     url            - https://hooks.example.com/validate
                    + https://new.example.com/v2
     description    - Checks draft orders
     secret         same

    ~ update  ValidateAnswer for FRM-3333-3333  [WBH]
     url            - https://hooks.example.com/answers
                    + https://new.example.com/answers

    ! enable  ValidateAnswer for FRM-3333-3333  [WBH]

    ! disable  ValidatePurchaseOrderDraft for PRD-1111-1111  [WBH]

    - delete  ValidateAnswer for FRM-1111-1111  [WBH]

    2 to update, 1 to enable, 1 to disable, 1 to delete
    2 updated, 1 enabled, 1 disabled, 1 deleted
    --- stderr
    updated ValidatePurchaseOrderDraft for PRD-1111-1111 ([WBH])
    updated ValidateAnswer for FRM-3333-3333 ([WBH])
    enabled ValidateAnswer for FRM-3333-3333 ([WBH])
    disabled ValidatePurchaseOrderDraft for PRD-1111-1111 ([WBH])
    deleted ValidateAnswer for FRM-1111-1111 ([WBH])
    ");
    assert_eq!(
        state(&world),
        [
            json!([
                "ValidateAnswer",
                "FRM-3333-3333",
                "https://new.example.com/answers",
                null,
                "Enabled",
                null
            ]),
            json!([
                "ValidatePurchaseOrderDraft",
                "PRD-1111-1111",
                "https://new.example.com/v2",
                null,
                "Disabled",
                "s3cret-s3cret"
            ]),
        ]
    );
}

#[test]
fn programs_get_plan_and_outcome() {
    let world = world();
    let run = world.run(&format!("{APPLY} -o json"));
    assert_live_run!(run, @r#"
    exit 0
    --- stdout
    {
      "plan": [
        {
          "action": "create",
          "type": "ValidatePurchaseOrderDraft",
          "object": "PRD-1111-1111",
          "id": null,
          "changes": [
            {
              "member": "url",
              "before": null,
              "after": "https://hooks.example.com/validate"
            },
            {
              "member": "description",
              "before": null,
              "after": "Checks draft orders"
            },
            {
              "member": "criteria",
              "before": null,
              "after": {
                "product.id": "PRD-1111-1111"
              }
            }
          ],
          "secret": "changes"
        },
        {
          "action": "create",
          "type": "ValidateAnswer",
          "object": "FRM-3333-3333",
          "id": null,
          "changes": [
            {
              "member": "url",
              "before": null,
              "after": "https://hooks.example.com/answers"
            },
            {
              "member": "criteria",
              "before": null,
              "after": {
                "form.id": "FRM-3333-3333"
              }
            },
            {
              "member": "status",
              "before": null,
              "after": "Disabled"
            }
          ],
          "secret": null
        }
      ],
      "outcome": [
        {
          "action": "create",
          "type": "ValidatePurchaseOrderDraft",
          "object": "PRD-1111-1111",
          "id": "[WBH]",
          "result": "done",
          "error": null
        },
        {
          "action": "create",
          "type": "ValidateAnswer",
          "object": "FRM-3333-3333",
          "id": "[WBH]",
          "result": "done",
          "error": null
        }
      ]
    }
    --- stderr
    {"note":"created ValidatePurchaseOrderDraft for PRD-1111-1111 ([WBH])"}
    {"note":"created ValidateAnswer for FRM-3333-3333 ([WBH])"}
    "#);
}

#[test]
fn secrets_are_compared_sent_and_left_as_it_is_said() {
    let world = world();
    world.run(APPLY).ok();
    let secret = |world: &World| state(world)[1][5].clone();
    let plan = |world: &World, options: &str| {
        let run = world.run(&format!(
            "-p sandbox webhook diff webhooks.toml -o json {options}"
        ));
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        let steps = plan["plan"].as_array().unwrap().clone();
        let of_order = |step: &&Value| step["type"] == "ValidatePurchaseOrderDraft";
        let step = steps.iter().find(of_order).unwrap();
        (step["action"].clone(), step["secret"].clone())
    };
    assert_eq!(plan(&world, ""), (json!("unchanged"), json!("same")));
    assert_eq!(
        plan(&world, "--secrets always"),
        (json!("update"), json!("changes"))
    );
    assert_eq!(
        plan(&world, "--secrets never"),
        (json!("unchanged"), Value::Null)
    );
    world.write(
        "webhooks.toml",
        &FILE.replace("{ env = \"HOOK_SECRET\" }", "{ file = \"s\" }"),
    );
    world.write("s", "another\n");
    assert_eq!(plan(&world, ""), (json!("update"), json!("changes")));
    world.run(APPLY).ok();
    assert_eq!(secret(&world), "another");
    let command = "{ command = [\"printf\", \"third\"] }";
    world.write(
        "webhooks.toml",
        &FILE.replace("{ env = \"HOOK_SECRET\" }", command),
    );
    assert_eq!(plan(&world, ""), (json!("unchanged"), json!("not run")));
    assert_run!(world.run(APPLY), @"
    exit 2
    --- stderr
    error: 1 secret cannot be had; nothing was sent
      ValidatePurchaseOrderDraft for PRD-1111-1111: secret: the command `printf third` is not run without --allow-commands
    hint: --secrets never leaves all secrets alone
    ");
    world.run(&format!("{APPLY} --allow-commands")).ok();
    assert_eq!(secret(&world), "third");
}

#[test]
fn a_secret_that_cannot_be_read_back_is_left_alone() {
    let data = World::new();
    let served = Served::new(&data, "--mask-secrets -v");
    let world = served
        .world()
        .with("HOOKS_HOST", "h.example")
        .with("HOOK_SECRET", "a");
    world.write("webhooks.toml", FILE);
    world.run("webhook apply webhooks.toml --yes").ok();
    let run = served
        .world()
        .with("HOOKS_HOST", "h.example")
        .with("HOOK_SECRET", "b");
    run.write("webhooks.toml", FILE);
    assert_live_run!(run.run("webhook apply webhooks.toml --yes"), @"
    exit 0
    --- stdout
    2 unchanged; 1 of the secrets cannot be compared
    ");
    let always = run.run("webhook apply webhooks.toml --yes --secrets always");
    assert!(
        always.stdout.contains("secret         changes"),
        "{}",
        always.snapshot()
    );
    let shown = data
        .run("-p sandbox webhook list --select secret -o json")
        .json();
    let secrets: Vec<_> = shown
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["secret"].as_str())
        .collect();
    assert_eq!(secrets, ["b"]);
}

/// As many webhooks as `count`, all of different objects.
fn many(count: usize) -> String {
    let entries: Vec<String> = (0..count)
        .map(|number| {
            format!(
                "[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-{:04}-1111\"\n\
                 url = \"https://h.example/{number}\"\n",
                number + 1
            )
        })
        .collect();
    format!("version = 1\n\n{}", entries.join("\n"))
}

fn count(world: &World) -> String {
    world
        .run("-p sandbox webhook list --count")
        .ok()
        .trim()
        .to_owned()
}

#[test]
fn a_bad_day_still_ends_complete() {
    let data = World::new();
    let served = Served::new(&data, "--fail-rate 0.1 --rate-limit 400/s");
    let world = served.world();
    world.write("many.toml", &many(300));
    let run = world.run("webhook apply many.toml --yes --retries 8 -o json");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(count(&data), "300");
    let again = world.run("webhook apply many.toml --yes --retries 8");
    assert_eq!(again.stdout, "300 unchanged\n");
}

#[test]
fn no_more_is_asked_than_pages_and_no_more_sent_than_changes() {
    let page = |offset: usize| {
        let data: Vec<_> = (offset..(offset + 100).min(250))
            .map(|number| {
                json!({"id": format!("WBH-{number}"), "type": "ValidateAnswer", "status": "Enabled",
                    "object": {"id": format!("FRM-{:04}-1111", number + 1)},
                    "criteria": {"form.id": format!("FRM-{:04}-1111", number + 1)},
                    "url": format!("https://h.example/{}", if number == 7 { 0 } else { number })})
            })
            .collect();
        json!({"$meta": {"pagination": {"offset": offset, "limit": 100, "total": 250}}, "data": data})
    };
    let server = Server::new(move |request, _| {
        if request.method == "PUT" {
            return Reply::Json(200, json!({"id": "WBH-7"}));
        }
        let offset = request
            .target
            .split("offset=")
            .nth(1)
            .map_or(0, |rest| rest.split('&').next().unwrap().parse().unwrap());
        Reply::Json(200, page(offset))
    });
    let world = World::at(&server);
    world.write("many.toml", &many(250));
    world.run("webhook apply many.toml --yes").ok();
    assert_eq!(server.methods(), "GET GET GET PUT");
    let requests = server.requests();
    assert!(
        requests[0]
            .target
            .contains("?in(type,(%22ValidateAnswer%22))&limit=100"),
        "{}",
        requests[0].target
    );
    assert_eq!(requests[3].json(), json!({"url": "https://h.example/7"}));
}

#[test]
fn two_that_race_end_with_one_webhook_each() {
    let data = World::new();
    let served = Served::new(&data, "--latency 2ms");
    let worlds = [served.world(), served.world()];
    let children: Vec<_> = worlds
        .iter()
        .map(|world| {
            world.write("many.toml", &many(60));
            let words = ["webhook", "apply", "many.toml", "--yes", "-o", "json"];
            crate::support::world::spawn(&mut world.command(&words))
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(count(&data), "60");
}

#[test]
fn what_somebody_else_created_meanwhile_is_brought_to_it() {
    let form = "FRM-3333-3333";
    let theirs = json!({"id": "WBH-7", "type": "ValidateAnswer", "status": "Enabled",
        "object": {"id": form}, "criteria": {"form.id": form}, "url": "https://theirs.example"});
    let server = Server::new(
        move |request, number| match (request.method.as_str(), number) {
            ("GET", 0) => Reply::Json(200, crate::support::documents::page(&[], 0, Some(0))),
            ("POST", 1) => Reply::Json(409, json!({"title": "Conflict"})),
            ("GET", _) => Reply::Json(
                200,
                crate::support::documents::page(std::slice::from_ref(&theirs), 0, Some(1)),
            ),
            _ => Reply::Json(200, theirs.clone()),
        },
    );
    let world = World::at(&server);
    world.write(
        "w.toml",
        &format!(
            "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"{form}\"\n\
             url = \"https://ours.example\"\nenabled = false\nsecret = {{ env = \"S\" }}\n"
        ),
    );
    let world = world.with("S", "s3cret-s3cret");
    assert_run!(world.run("webhook apply w.toml --yes"), @"
    exit 0
    --- stdout
    + create  ValidateAnswer for FRM-3333-3333
     url            https://ours.example
     criteria       form.id = FRM-3333-3333
     status         Disabled
     secret         is set

    1 to create
    1 created by somebody else and brought to it
    --- stderr
    brought ValidateAnswer for FRM-3333-3333 (WBH-7) to it, which somebody else created meanwhile
    ");
    assert_eq!(server.methods(), "GET POST GET PUT POST");
    assert_eq!(
        server.requests()[3].json(),
        json!({"url": "https://ours.example", "secret": "s3cret-s3cret"})
    );
    assert_eq!(
        server.lines()[4],
        "POST /public/v1/notifications/webhooks/WBH-7/disable"
    );
}

#[test]
fn what_is_half_done_or_unknown_is_told_so() {
    let form = "FRM-3333-3333";
    let created = json!({"id": "WBH-7", "type": "ValidateAnswer"});
    for (lost, result) in [(false, "created, not disabled"), (true, "unknown")] {
        let created = created.clone();
        let server = Server::new(
            move |request, number| match (request.method.as_str(), number) {
                ("POST", 1) if lost => Reply::Drop,
                ("POST", 1) => Reply::Json(201, created.clone()),
                ("POST", _) => Reply::Json(403, json!({})),
                ("GET", 0) => Reply::Json(200, crate::support::documents::page(&[], 0, Some(0))),
                _ => Reply::Json(500, json!({})),
            },
        );
        let world = World::at(&server);
        world.write(
            "w.toml",
            &format!(
                "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"{form}\"\n\
                 url = \"https://ours.example\"\nenabled = false\n"
            ),
        );
        let run = world.run("webhook apply w.toml --yes -o json --retries 0");
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            document["outcome"][0]["result"],
            result,
            "{}",
            run.snapshot()
        );
        assert_ne!(run.code, 0);
    }
}

#[test]
fn a_format_of_the_environment_is_kept_to_where_it_can_be() {
    let world = world().with("MPT_OUTPUT", "json");
    let document = world.run("-p sandbox webhook diff webhooks.toml");
    let plan: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(plan["plan"].as_array().unwrap().len(), 2);
    let csv = self::world().with("MPT_OUTPUT", "csv");
    let table = csv.run("-p sandbox webhook diff webhooks.toml");
    assert!(
        table.stdout.ends_with("2 to create\n"),
        "{}",
        table.snapshot()
    );
}

#[test]
fn a_plan_is_no_way_around_the_rules_of_files() {
    let world = world();
    assert_eq!(
        world
            .run("-p sandbox webhook diff webhooks.toml --out w.plan")
            .code,
        10
    );
    let text = std::fs::read_to_string(world.path("w.plan")).unwrap();
    world.write("own.plan", &text.replace("HOOK_SECRET", "MPT_API_TOKEN"));
    assert_run!(world.run("-p sandbox webhook apply own.plan --yes"), @"
    exit 2
    --- stderr
    error: 1 secret cannot be had; nothing was sent
      ValidatePurchaseOrderDraft for PRD-1111-1111: secret: MPT_API_TOKEN is refused: it may hold credentials of mpt, as do all that begin with MPT_
    hint: --secrets never leaves all secrets alone
    ");
    world.write("far.plan", &text.replace("https://hooks", "http://hooks"));
    assert_run!(world.run("-p sandbox webhook apply far.plan --yes"), @"
    exit 2
    --- stderr
    error: far.plan: not a plan that mpt made; nothing was sent
      ValidatePurchaseOrderDraft for PRD-1111-1111: url: http://hooks.example.com/validate: http:// is for this machine only
      ValidateAnswer for FRM-3333-3333: url: http://hooks.example.com/answers: http:// is for this machine only
    ");
    world.write("folder/w.json", &text);
    assert_eq!(world.run("-p sandbox webhook apply folder --yes").code, 2);
    assert_eq!(state(&world), [Value::Null; 0]);
}

#[test]
fn what_mpt_has_its_own_token_from_is_no_ones_secret() {
    let world = world().with("PROD_TOKEN", "idt:TKN-1-1:mine");
    world.config("[profiles.p]\nbase_url = \"https://a.example\"\ntoken_env = \"PROD_TOKEN\"\n");
    let hidden = |text: &str| {
        world.write("w.toml", text);
        let run = world.run("-p sandbox webhook diff w.toml");
        assert_eq!(run.code, 2, "{}", run.snapshot());
        assert!(!run.snapshot().contains("TKN-1-1"), "{}", run.snapshot());
        run
    };
    hidden(&FILE.replace("HOOKS_HOST", "PROD_TOKEN"));
    hidden(&FILE.replace("HOOK_SECRET", "PROD_TOKEN"));
    for file in [
        "/proc/self/environ",
        "/dev/zero",
        ".config/mpt/config.toml",
        ".",
    ] {
        let run = hidden(&FILE.replace("env = \"HOOK_SECRET\"", &format!("file = \"{file}\"")));
        assert!(
            run.stderr.contains("plain file") || run.stderr.contains("credentials"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_reader_that_goes_away_stops_nothing() {
    let world = world();
    world.write("many.toml", &many(100));
    let words = [
        "-p",
        "sandbox",
        "webhook",
        "apply",
        "many.toml",
        "--yes",
        "-q",
    ];
    let mut child = crate::support::world::spawn(&mut world.command(&words));
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(count(&world), "100");
    let words = ["-p", "sandbox", "webhook", "diff", "webhooks.toml"];
    let mut child = crate::support::world::spawn(&mut world.command(&words));
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(10));
}

#[test]
fn a_webhook_whose_update_failed_is_not_enabled() {
    let form = "FRM-3333-3333";
    let theirs = json!({"id": "WBH-7", "type": "ValidateAnswer", "status": "Disabled",
        "object": {"id": form}, "criteria": {"form.id": form}, "url": "https://old.example"});
    let server = Server::new(move |request, _| match request.method.as_str() {
        "GET" => Reply::Json(
            200,
            crate::support::documents::page(std::slice::from_ref(&theirs), 0, Some(1)),
        ),
        _ => Reply::Json(400, json!({"title": "Bad Request"})),
    });
    let world = World::at(&server);
    world.write(
        "w.toml",
        &format!(
            "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"{form}\"\n\
             url = \"https://new.example\"\nenabled = true\n"
        ),
    );
    let run = world.run("webhook apply w.toml --yes");
    assert!(
        run.stdout
            .ends_with("nothing done; 1 failed, 1 not started\n"),
        "{}",
        run.snapshot()
    );
    assert_eq!((run.code, server.methods().as_str()), (7, "GET PUT"));
}

#[test]
fn a_slow_platform_gets_as_much_as_it_bears() {
    let data = World::new();
    let served = Served::new(&data, "--rate-limit 20/s");
    let world = served.world();
    world.write("many.toml", &many(60));
    let run = world.run("webhook apply many.toml --yes --jobs 64 -q");
    assert_eq!(run.code, 0, "{}", run.snapshot());
    assert_eq!(count(&data), "60");
}

#[test]
fn one_failure_does_not_stop_the_rest() {
    let world = world();
    world.write(
        "webhooks.toml",
        &FILE.replace("PRD-1111-1111", "PRD-0000-0000"),
    );
    assert_live_run!(world.run(APPLY), @"
    exit 7
    --- stdout
    + create  ValidatePurchaseOrderDraft for PRD-0000-0000
     url            https://hooks.example.com/validate
     description    Checks draft orders
     criteria       product.id = PRD-0000-0000
     secret         is set

    + create  ValidateAnswer for FRM-3333-3333
     url            https://hooks.example.com/answers
     criteria       form.id = FRM-3333-3333
     status         Disabled

    2 to create
    1 created; 1 failed
    --- stderr
    error: cannot create ValidatePurchaseOrderDraft for PRD-0000-0000: 400 Bad Request
      criteria.product.id: The object 'PRD-0000-0000' was not found.
      One or more validation errors occurred.
      trace id: [trace]
    created ValidateAnswer for FRM-3333-3333 ([WBH])
    ");
    let error = world.run(&format!("{APPLY} -o json"));
    let document: Value = serde_json::from_str(&error.stdout).unwrap();
    assert_eq!(document["outcome"][0]["result"], "failed");
    assert_eq!(document["outcome"][0]["error"]["kind"], "rejected");
    assert_eq!(document["outcome"][1]["action"], "unchanged");
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_what_is_in_flight_and_tells_the_truth() {
    use std::io::{BufRead, BufReader};
    let data = World::new();
    let served = Served::new(&data, "--latency 20ms");
    let world = served.world();
    world.write("many.toml", &many(400));
    let words = [
        "webhook",
        "apply",
        "many.toml",
        "--yes",
        "--jobs",
        "4",
        "-o",
        "json",
    ];
    let mut child = crate::support::world::spawn(&mut world.command(&words));
    // A few are done, as the lines for them say.
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    for _ in 0..10 {
        stderr.read_line(&mut line).unwrap();
    }
    let kill = |signal: &str| {
        let status = std::process::Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    };
    kill("INT");
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results: Vec<_> = document["outcome"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["result"])
        .collect();
    let done = results.iter().filter(|result| **result == "done").count();
    let not_started = results
        .iter()
        .filter(|result| **result == "not started")
        .count();
    assert!(
        done >= 10 && not_started > 0 && done + not_started == 400,
        "{done} {not_started}"
    );
    assert_eq!(count(&data), done.to_string());
    world.run("webhook apply many.toml --yes -q").ok();
    assert_eq!(count(&data), "400");
}

#[cfg(unix)]
#[test]
fn a_killed_one_is_completed_by_the_next() {
    use std::io::{BufRead, BufReader};
    let data = World::new();
    let served = Served::new(&data, "--latency 5ms");
    let world = served.world();
    world.write("many.toml", &many(200));
    let mut child = crate::support::world::spawn(&mut world.command(&[
        "webhook",
        "apply",
        "many.toml",
        "--yes",
    ]));
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    for _ in 0..5 {
        stderr.read_line(&mut line).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let summary = world.run("webhook apply many.toml --yes -q").ok();
    assert!(summary.contains(" created, "), "{summary}");
    assert_eq!(count(&data), "200");
}

#[test]
fn a_saved_plan_is_carried_out_exactly_or_not_at_all() {
    let world = world();
    assert_eq!(
        world
            .run("-p sandbox webhook diff webhooks.toml --out webhooks.plan")
            .code,
        10
    );
    let plan = world.path("webhooks.plan");
    assert_eq!(mode(&plan), 0o600);
    let text = std::fs::read_to_string(&plan).unwrap();
    assert!(!text.contains("s3cret-s3cret"), "{text}");
    world
        .run("-p sandbox webhook apply webhooks.plan --yes")
        .ok();
    assert_eq!(state(&world).len(), 2);
    assert_run!(world.run("-p sandbox webhook apply webhooks.plan --yes"), @"
    exit 6
    --- stderr
    error: what exists is no longer what the plan saw; nothing was changed
    hint: mpt webhook diff FILE --out PLAN makes a new one
    ");
    let elsewhere = Served::new(&World::new(), "")
        .world()
        .with("HOOK_SECRET", "x");
    std::fs::copy(&plan, elsewhere.path("webhooks.plan")).unwrap();
    let run = elsewhere.run("webhook apply webhooks.plan --yes");
    assert_eq!(run.code, 6, "{}", run.snapshot());
    assert_run!(world.run("-p sandbox webhook apply webhooks.plan --yes --prune"), @"
    exit 2
    --- stderr
    error: webhooks.plan is a plan, in which --prune, --secrets and --var are settled
    ");
}

#[test]
fn it_asks_and_elsewhere_needs_yes() {
    let world = world();
    assert_run!(world.run("-p sandbox webhook apply webhooks.toml"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: --yes goes on without asking
    ");
    assert_eq!(state(&world), [Value::Null; 0]);
}

#[test]
fn the_schema_is_what_editors_read() {
    let schema = World::new().run("webhook apply --schema").json();
    assert_eq!(
        schema["properties"]["webhooks"]["items"]["$ref"],
        "#/$defs/Entry"
    );
    assert_eq!(schema["$defs"]["Entry"]["required"], json!(["type", "url"]));
    assert_eq!(World::new().run("webhook apply --schema x.toml").code, 2);
}
