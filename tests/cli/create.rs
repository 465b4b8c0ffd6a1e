//! `webhook create`: the request, usage errors and the output.

use serde_json::json;

use crate::support::documents::{self, healthy};
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

const ANSWER: &str =
    "--type validate-answer --form FRM-1111-1111 --url https://hooks.example.com/a";

fn created() -> Server {
    Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Json(201, documents::created(&request.json())),
        _ => Reply::Json(404, json!({})),
    })
}

#[test]
fn sends_only_given_members_and_selects_all_except_the_secret() {
    let server = created();
    let world = World::at(&server);
    world.run(&format!("webhook create {ANSWER}")).ok();
    let requests = server.requests();
    // The object is read once, to say whether the platform will call the webhook.
    assert_eq!(server.methods(), "POST GET");
    assert_eq!(requests[1].target, "/public/v1/helpdesk/forms/FRM-1111-1111");
    assert_eq!(
        requests[0].target,
        "/public/v1/notifications/webhooks?select=audit,criteria,statistics,lastCall,lastSuccess,\
         lastFailure,-secret"
    );
    assert_eq!(
        requests[0].body,
        r#"{"type":"ValidateAnswer","url":"https://hooks.example.com/a","criteria":{"form.id":"FRM-1111-1111"}}"#
    );
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert_eq!(requests[0].header("authorization"), Some("Bearer idt:TKN-1234-5678:hush-hush"));
    let agent = format!("mpt/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(requests[0].header("user-agent"), Some(agent.as_str()));
}

#[test]
fn shows_the_webhook() {
    let server = created();
    assert_run!(World::at(&server).run(&format!("webhook create {ANSWER}")), @"
    exit 0
    --- stdout
    WBH-1234-5678   ValidateAnswer   ● Enabled   ✓ ok
    https://hooks.example.com/a
    Checks draft orders

     Object         FRM-1111-1111 · Cloud Editor (Order)
     Account        ACC-1000-0001 · Northwind Software · Vendor, Active
     Criteria       form.id  FRM-1111-1111
     Created        2026-05-01T09:00:00.000Z by Zoë Okafor
     Updated        2026-05-04T07:00:00.000Z by ci-bot

     Calls          7   ✓ 4   ✗ 3
     Success rate   ━━━━━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  57 %

     Call          Result    HTTP                     When                      Took    Error
     Last          ✓ ok      200 OK                   2026-05-03T08:00:00.000Z  0.31 s
     Last success  ✓ ok      200 OK                   2026-05-03T08:00:00.000Z  0.31 s
     Last failure  ✗ failed  503 Service Unavailable  2026-05-04T09:00:00.000Z  1.20 s  boom
    --- stderr
    Created WBH-1234-5678 (ValidateAnswer for FRM-1111-1111)
    ");
}

#[test]
fn select_is_sent_unchanged() {
    let server = created();
    World::at(&server).run(&format!("webhook create {ANSWER} --select -audit,+secret")).ok();
    assert!(server.requests()[0].target.ends_with("?select=-audit,+secret"));
}

#[test]
fn a_body_comes_from_json_yaml_or_toml_and_flags_win() {
    let server = created();
    let world = World::at(&server);
    world.write(
        "w.json",
        r#"{"type": "ValidateAnswer", "url": "https://a.example", "criteria": {"form.id": "FRM-1"}}"#,
    );
    world.write(
        "w.yaml",
        "type: validateAnswer\nurl: https://a.example\ncriteria:\n  form.id: FRM-1\n",
    );
    world.write("w.toml", "type = \"VALIDATE_ANSWER\"\nurl = \"https://a.example\"\ncriteria = { \"form.id\" = \"FRM-1\" }\n");
    for file in ["w.json", "w.yaml", "w.toml"] {
        world.run(&format!("webhook create --from {file} --url https://b.example --criteria status=Draft --description D")).ok();
    }
    let text = std::fs::read_to_string(world.path("w.toml")).unwrap();
    world.run_with_stdin("webhook create --from - --url https://b.example --criteria status=Draft --description D", &text).ok();
    let requests = server.requests().into_iter();
    for request in requests.filter(|request| request.method == "POST") {
        assert_eq!(
            request.json(),
            json!({
                "type": "ValidateAnswer", "description": "D", "url": "https://b.example",
                "criteria": {"form.id": "FRM-1", "status": "Draft"}
            })
        );
    }
    assert_eq!(server.requests().len(), 8);
}

#[test]
fn a_body_of_another_program_may_have_a_status() {
    let server = created();
    let world = World::at(&server);
    let body = |status: &str| {
        json!({"$schema": "x.json", "type": "ValidateAnswer", "url": "https://a.example",
            "criteria": {"form.id": "FRM-1"}, "status": status})
        .to_string()
    };
    world.write("enabled.json", &body("Enabled"));
    world.write("disabled.json", &body("Disabled"));
    world.run("webhook create --from enabled.json").ok();
    let sent = server.requests().into_iter().find(|request| request.method == "POST").unwrap();
    let names: Vec<_> = sent.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["type", "url", "criteria"]);
    let count = server.requests().len();
    assert_run!(world.run("webhook create --from disabled.json"), @"
    exit 2
    --- stderr
    error: status: a webhook is created Enabled, not Disabled
    hint: use --disabled
    ");
    assert_run!(world.run("webhook update WBH-1234-5678 --from enabled.json"), @"
    exit 2
    --- stderr
    error: status: it cannot be changed by update
    hint: use mpt webhook enable or mpt webhook disable
    ");
    assert_eq!(server.requests().len(), count);
}

#[test]
fn usage_errors_are_reported_before_anything_is_sent() {
    let server = created();
    let world = World::at(&server);
    world.write("unknown.json", r#"{"url": "https://a.example", "uri": "x"}"#);
    world.write(
        "number.yaml",
        "url: https://a.example\ntype: ValidateAnswer\ncriteria:\n  form.id: 5\n",
    );
    world.write("nested.toml", "url = \"https://a.example\"\n[criteria]\nproduct.id = \"PRD-1\"\n");
    world.write("twice.json", r#"{"url": "https://a.example", "criteria": {"a": "1", "a": "2"}}"#);
    world.write("list.json", "[]");
    world.write("broken.json", r#"{"url": "#);
    let mut told = String::new();
    for line in [
        "--type ValidateAnswer --form FRM-1",
        "--url https://a.example --form FRM-1",
        "--type ValidateAnswer --form FRM-1 --url hooks.example.com",
        "--type ValidateAnswer --form FRM-1 --url ftp://hooks.example.com",
        "--type ValidateAnswer --form FRM-1 --url https:hooks.example.com",
        "--type ValidateAnswer --form FRM-1 --url http://hooks.example.com/",
        "--type ValidateAnswer --url https://a.example",
        "--type ValidateAnswer --url https://a.example --product PRD-1",
        "--type ValidateAnswer --url https://a.example --criteria form.id=",
        "--type ValidateAnswer --url https://a.example --criteria form.id",
        "--type ValidateAnswer --url https://a.example --criteria =x",
        "--type ValidateAnswer --url https://a.example --form=",
        "--type ValidateAnswer --url https://a.example --form F --criteria form.id=G",
        "--type ValidateAnswer --url https://a.example --form F --criteria status=Draft --criteria status=Quoted",
        "--from unknown.json",
        "--from number.yaml",
        "--from nested.toml",
        "--from twice.json",
        "--from list.json",
        "--from broken.json",
        "--from absent.json",
        "--from - --secret-file -",
        "--type ValidateAnswer --form F --url https://a.example --secret-env ABSENT",
        "--type ValidateAnswer --form F --url https://a.example --generate-secret",
        "--type ValidateAnswer --form F --url https://a.example --secret-file a --secret-env b",
    ] {
        let run = world.run(&format!("webhook create {line}"));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{line}\n{}", run.stderr);
        told.push_str(&format!("$ mpt webhook create {line}\n{}\n", run.stderr));
    }
    assert_eq!(server.requests().len(), 0);
    // The text of a system error is the system's.
    let system_error = regex::Regex::new(r"[^:\n]+ \(os error \d+\)").unwrap();
    insta::assert_snapshot!(system_error.replace_all(&told, " [system error]"));
}

#[test]
fn an_unknown_type_is_sent_as_typed_with_a_warning() {
    let server = created();
    let world = World::at(&server);
    let run = world.run("webhook create --type ValidateAnswers --url https://a.example -o id");
    assert_run!(run, @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    warning: unknown type `ValidateAnswers` (did you mean `ValidateAnswer`?); it is sent unchanged
    Created WBH-1234-5678 (ValidateAnswers)
    ");
    assert_eq!(server.requests()[0].json()["type"], "ValidateAnswers");
}

#[test]
fn a_dry_run_sends_nothing_and_needs_no_token() {
    let world = World::new().with("HOOK_SECRET", "s3cret-s3cret");
    let run = world.run(&format!("webhook create {ANSWER} --secret-env HOOK_SECRET --dry-run"));
    assert_run!(run, @r#"
    exit 0
    --- stdout
    POST https://api.platform.softwareone.com/public/v1/notifications/webhooks?select=audit,criteria,statistics,lastCall,lastSuccess,lastFailure,-secret

    {
      "type": "ValidateAnswer",
      "url": "https://hooks.example.com/a",
      "criteria": {
        "form.id": "FRM-1111-1111"
      },
      "secret": "********"
    }
    --- stderr
    Nothing was sent
    "#);
    let json = world.run(&format!("webhook create {ANSWER} --dry-run -o json")).json();
    assert_eq!(json["method"], "POST");
    let run =
        world.run(&format!("webhook create {ANSWER} --generate-secret --secret-out s --dry-run"));
    assert_eq!(run.code, 0);
    assert!(!world.path("s").exists());
}

#[test]
fn created_disabled_is_two_requests() {
    let server = Server::new(|request, _| match request.line().as_str() {
        line if line.ends_with("/disable") => Reply::Full(204, vec![], vec![]),
        _ if request.method == "POST" => Reply::Json(201, documents::created(&request.json())),
        _ => {
            let mut disabled = healthy();
            disabled["status"] = "Disabled".into();
            Reply::Json(200, disabled)
        }
    });
    let shown =
        World::at(&server).run(&format!("webhook create {ANSWER} --disabled -o json")).json();
    assert_eq!(shown["status"], "Disabled");
    assert_eq!(server.methods(), "POST POST GET");
}

#[test]
fn a_failed_disable_after_create_is_reported() {
    let server = Server::new(|request, _| match request.line().as_str() {
        line if line.ends_with("/disable") => Reply::Json(403, json!({"title": "Forbidden"})),
        _ => Reply::Json(201, documents::created(&request.json())),
    });
    assert_run!(World::at(&server).run(&format!("webhook create {ANSWER} --disabled -o id")), @"
    exit 4
    --- stdout
    WBH-1234-5678
    --- stderr
    Created WBH-1234-5678 (ValidateAnswer for FRM-1111-1111)
    error: cannot disable WBH-1234-5678, which was created and is enabled: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    hint: mpt webhook disable WBH-1234-5678
    ");
}

/// Answers 409 to POST, and finds the existing webhook.
fn taken() -> Server {
    let body = json!({"type": "ValidateAnswer", "criteria": {"form.id": "FRM-1111-1111"}});
    let mut existing = documents::created(&body);
    existing["criteria"]["status"] = "Draft".into();
    Server::new(move |request, _| match request.method.as_str() {
        "POST" => Reply::Json(409, json!({"title": "Conflict", "detail": "exists already"})),
        "GET" if request.target.contains("?eq(") => {
            Reply::Json(200, documents::page(std::slice::from_ref(&existing), 0, Some(1)))
        }
        _ => Reply::Json(200, documents::updated(request, existing.clone())),
    })
}

#[test]
fn a_conflict_names_the_webhook_and_the_way_on() {
    assert_run!(World::at(&taken()).run(&format!("webhook create {ANSWER}")), @"
    exit 6
    --- stderr
    error: cannot create the webhook: 409 Conflict from [host] (token from MPT_API_TOKEN)
      exists already
    hint: it is WBH-1234-5678 (ValidateAnswer for FRM-1111-1111); use --if-exists keep to keep it, or --if-exists update to change it
    ");
}

#[test]
fn if_exists_keep_changes_nothing() {
    let server = taken();
    assert_run!(World::at(&server).run(&format!("webhook create {ANSWER} --if-exists keep -o id")), @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    Kept WBH-1234-5678 (ValidateAnswer for FRM-1111-1111), which already exists
    It differs from the given values; use --if-exists update to change it
    ");
    assert_eq!(server.methods(), "POST GET GET GET");
    let lookup = &server.requests()[1].target;
    assert!(
        lookup.contains("?eq(type,%22ValidateAnswer%22)&eq(object.id,%22FRM-1111-1111%22)&"),
        "{lookup}"
    );
}

#[test]
fn if_exists_update_sends_what_was_given_but_the_type() {
    let server = taken();
    assert_run!(World::at(&server).run(&format!("webhook create {ANSWER} --if-exists update -o id")), @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    Updated WBH-1234-5678 (ValidateAnswer for FRM-1111-1111), which already existed
     url            - https://hooks.example.com/validate
                    + https://hooks.example.com/a
    ");
    assert_eq!(server.methods(), "POST GET GET PUT GET");
    // The criteria that were not given stay.
    assert_eq!(
        server.requests()[3].json(),
        json!({"url": "https://hooks.example.com/a", "criteria": {"form.id": "FRM-1111-1111", "status": "Draft"}})
    );
}

#[test]
fn an_object_can_be_given_by_its_name() {
    let world = World::new();
    let create = |name: &str| {
        let options =
            ["-p", "sandbox", "webhook", "create", "--type", "validate-purchase-order-draft"];
        let more = [
            "--product", name, "--url", "https://a.example/", "--dry-run", "-o", "json", "--jq",
            ".body.criteria",
        ];
        world.args(&[&options[..], &more[..]].concat())
    };
    assert_eq!(create("cloud editor").ok(), "{\n  \"product.id\": \"PRD-1111-1111\"\n}\n");
    // A part of a name is not enough, even if it is that of one product only.
    for (name, message) in [
        ("storage", "--product: no product is named `storage`"),
        ("Cloud Edit", "--product: no product is named `Cloud Edit`"),
        ("editor", "--product: no product is named `editor`"),
        ("nothing like it", "--product: no product is named `nothing like it`"),
    ] {
        let run = create(name);
        assert_eq!((run.code, run.error()["message"].as_str()), (2, Some(message)));
    }
    let stderr = create("editor").stderr;
    assert!(stderr.contains("PRD-1111-1111") && stderr.contains("PRD-4444-4444"), "{stderr}");
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let missing = |line: &str| {
        let run = World::new().run(&format!("webhook create -o json {line}"));
        assert_eq!(run.code, 2);
        run.error()["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(missing(""), "--type, one of --product, --program and --form and --url are missing");
    assert_eq!(missing("--type validate-answer"), "--form and --url are missing");
    assert_eq!(missing("--type validate-answer --form FRM-1111-1111"), "--url is missing");
}

#[test]
fn without_a_secret_none_is_sent() {
    let world = World::new();
    world.write(
        "w.yaml",
        "type: ValidateAnswer\nurl: https://a.example/\nsecret: s3cret-s3cret\ncriteria: {form.id: FRM-1111-1111}\n",
    );
    let line = "-p sandbox webhook create --from w.yaml --no-secret --dry-run -o json";
    let request = world.run(line).json();
    assert!(request["body"].get("secret").is_none(), "{request}");
}

#[test]
fn what_is_selected_does_not_change_what_is_checked() {
    let world = World::new();
    let create = format!("-p sandbox webhook create {ANSWER} --disabled --select=-status");
    world.run(&create).ok();
    let status = world.run("-p sandbox webhook list --columns status -o csv").ok();
    assert_eq!(status, "status\nDisabled\n");
}

#[test]
fn if_exists_update_keeps_the_other_criteria_and_says_what_changed() {
    let world = World::new();
    let create =
        "-p sandbox webhook create --type validate-change-order-draft --product PRD-1111-1111";
    world
        .run(&format!(
            "{create} --criteria status=in(status,(Draft,Quoted)) --url http://localhost:4000/ --disabled -q"
        ))
        .ok();
    let run = world.run(&format!(
        "{create} --url http://localhost:4001/ --if-exists update --jq .criteria -o jsonl"
    ));
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "{\"status\":\"in(status,(Draft,Quoted))\",\"product.id\":\"PRD-1111-1111\"}\n"),
        "{}",
        run.snapshot()
    );
    assert_run!(world.run(&format!("{create} --url http://localhost:4002/ --if-exists update -o id")), @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    Updated WBH-0000-0001 (ValidateChangeOrderDraft for PRD-1111-1111), which already existed
    It is disabled, and stays so; enable it with mpt -p sandbox webhook enable WBH-0000-0001
     url            - http://localhost:4001/
                    + http://localhost:4002/
    ");
    // A file names all criteria.
    world.write(
        "w.json",
        r#"{"type": "ValidateChangeOrderDraft", "url": "http://localhost:4002/", "criteria": {"product.id": "PRD-1111-1111"}}"#,
    );
    let run = world
        .run("-p sandbox webhook create --from w.json --if-exists update --jq .criteria -o jsonl");
    assert_eq!(run.ok(), "{\"product.id\":\"PRD-1111-1111\"}\n");
    assert_run!(world.run("-p sandbox webhook create --from w.json --if-exists keep -o id"), @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    Kept WBH-0000-0001 (ValidateChangeOrderDraft for PRD-1111-1111), which already exists
    It is disabled, and stays so; enable it with mpt -p sandbox webhook enable WBH-0000-0001
    ");
}

#[test]
fn a_name_is_compared_with_each_answer() {
    // A platform that ignores the filter and answers with its only product.
    let server = Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Json(500, json!({})),
        _ => Reply::Json(
            200,
            documents::page(&[json!({"id": "PRD-1", "name": "Cloud Editor"})], 0, Some(1)),
        ),
    });
    let create = |name: &str| {
        let words = [
            "webhook", "create", "--type", "validate-terminate-order", "--product", name, "--url",
            "https://a.example/", "--retries", "0",
        ];
        World::at(&server).args(&words)
    };
    assert_eq!(create("Cloud Storage").code, 2);
    assert!(!server.methods().contains("POST"));
    assert_eq!(create("cloud EDITOR").code, 8);
    assert!(server.methods().contains("POST"));
}
