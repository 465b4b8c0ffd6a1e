//! Errors as text, as JSON, and as exit codes.

use serde_json::{Value, json};

use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

const SHOW: &str = "webhook show WBH-1234-5678 --retries 0";

fn answering(status: u16, body: Value) -> World {
    World::at(&Server::always(status, body))
}

#[test]
fn every_status_has_its_exit_code() {
    for (status, code, kind) in [
        (400, 7, "rejected"),
        (401, 4, "denied"),
        (403, 4, "denied"),
        (404, 5, "not-found"),
        (405, 7, "rejected"),
        (409, 6, "conflict"),
        (415, 7, "rejected"),
        (418, 7, "rejected"),
        (422, 7, "rejected"),
        (429, 8, "service"),
        (500, 8, "service"),
        (503, 8, "service"),
    ] {
        let run = answering(status, json!({"title": "T", "status": status}))
            .run(&format!("{SHOW} -o json"));
        let error = run.error();
        assert_eq!((run.code, error["kind"].as_str()), (code, Some(kind)), "{status}");
        assert_eq!(error["status"], status);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn field_errors_read_in_both_shapes() {
    let object = json!({
        "title": "Bad Request", "status": 400, "detail": "See errors.", "traceId": "00-abc-1",
        "errors": {"url": ["must be https", "is too long"], "type": ["is unknown"]}
    });
    assert_run!(answering(400, object.clone()).run(SHOW), @"
    exit 7
    --- stderr
    error: cannot show WBH-1234-5678: 400 Bad Request from [host] (token from MPT_API_TOKEN)
      url: must be https
      url: is too long
      type: is unknown
      See errors.
      trace id: 00-abc-1
    ");
    assert_run!(answering(400, object).run(&format!("{SHOW} -o json")), @r#"
    exit 7
    --- stderr
    {"error":{"kind":"rejected","message":"cannot show WBH-1234-5678: 400 Bad Request from [host] (token from MPT_API_TOKEN)","status":400,"detail":"See errors.","errors":{"url":["must be https","is too long"],"type":["is unknown"]},"traceId":"00-abc-1","hint":null,"exitCode":7}}
    "#);
    let list = json!({
        "title": "Unprocessable", "status": 422,
        "errors": [{"message": "no such product", "properties": ["criteria", "url"]}, {"message": "alone"}]
    });
    assert_run!(answering(422, list).run(SHOW), @"
    exit 7
    --- stderr
    error: cannot show WBH-1234-5678: 422 Unprocessable Entity from [host] (token from MPT_API_TOKEN)
      criteria, url: no such product
      alone
    ");
    let older = json!({"statusCode": 400, "message": "Wrong", "details": "in an older way"});
    assert_run!(answering(400, older).run(SHOW), @"
    exit 7
    --- stderr
    error: cannot show WBH-1234-5678: 400 Bad Request from [host] (token from MPT_API_TOKEN)
      Wrong: in an older way
    ");
}

#[test]
fn responses_of_proxies_are_errors() {
    let html =
        "<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>";
    let server = |reply: fn(&str) -> Reply| {
        let html = html.to_owned();
        World::at(&Server::new(move |_, _| reply(&html)))
    };
    assert_run!(server(|html| Reply::text(502, "text/html", html)).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: 502 Bad Gateway from [host] (token from MPT_API_TOKEN)
    hint: the platform or a proxy in front of it is failing; try again later
    ");
    assert_run!(server(|html| Reply::text(200, "text/html", html)).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: cannot understand the response of [host] (token from MPT_API_TOKEN): not valid JSON: 502 Bad Gateway
    hint: the address may be wrong; try mpt config check, or see the response with -vv
    ");
    assert_run!(server(|_| Reply::text(200, "application/json", "")).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: cannot understand the response of [host] (token from MPT_API_TOKEN): 200 OK with an empty body
    hint: the address may be wrong; try mpt config check, or see the response with -vv
    ");
    assert_run!(server(|_| Reply::text(503, "application/json", "")).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: 503 Service Unavailable from [host] (token from MPT_API_TOKEN)
    hint: the platform or a proxy in front of it is failing; try again later
    ");
    assert_run!(server(|_| Reply::text(200, "application/json", "{\"id\": \"WBH")).run(SHOW), @r#"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: cannot understand the response of [host] (token from MPT_API_TOKEN): not valid JSON: {"id": "WBH
    hint: the address may be wrong; try mpt config check, or see the response with -vv
    "#);
    assert_run!(server(|_| Reply::text(200, "application/json", "[1, 2]")).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: cannot understand the response of [host] (token from MPT_API_TOKEN): JSON, but not an object
    hint: the address may be wrong; try mpt config check, or see the response with -vv
    ");
    assert_run!(server(|_| Reply::Raw(b"SSH-2.0-OpenSSH\r\n".to_vec())).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: cannot understand the response of [host] (token from MPT_API_TOKEN): not HTTP (the first line is not HTTP)
    hint: the address may be wrong; try mpt config check, or see the response with -vv
    ");
    assert_run!(server(|_| Reply::Drop).run(SHOW), @"
    exit 9
    --- stderr
    error: cannot show WBH-1234-5678: the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer
    hint: see the exchange with -vv
    ");
    assert_run!(
        server(|_| Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"id\"".to_vec())).run(SHOW),
        @"
    exit 9
    --- stderr
    error: cannot show WBH-1234-5678: the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it in the middle of the answer
    hint: see the exchange with -vv
    "
    );
}

#[test]
fn a_wrong_command_line_is_json_too() {
    let world = World::new();
    for line in [
        "-o json webhook show", "webhook list --limit nope -o jsonl", "webhook create -o json",
        "--output=json nonsense", "webhook list --jq .id --nonsense", "webhook show -qo json",
        "webhook list --nonsense -ojson",
    ] {
        let run = world.run(line);
        assert_eq!(run.error()["kind"], "usage", "{line}");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{line}");
    }
    assert_run!(world.run("webhook lst -o json"), @r#"
    exit 2
    --- stderr
    {"error":{"kind":"usage","message":"unrecognized subcommand 'lst'","status":null,"detail":null,"errors":null,"traceId":null,"hint":"see the commands with --help","exitCode":2}}
    "#);
}

#[test]
fn missing_arguments_are_named() {
    assert_run!(World::new().run("webhook show -o json"), @r#"
    exit 2
    --- stderr
    {"error":{"kind":"usage","message":"the ID of a webhook is missing","status":null,"detail":null,"errors":null,"traceId":null,"hint":"list the webhooks with mpt webhook list","exitCode":2}}
    "#);
    assert_run!(World::new().with("MPT_OUTPUT", "json").run("webhook"), @r#"
    exit 2
    --- stderr
    {"error":{"kind":"usage","message":"no command is given","status":null,"detail":null,"errors":null,"traceId":null,"hint":"see the commands with --help","exitCode":2}}
    "#);
}

#[test]
fn warnings_are_json_lines_too() {
    let run =
        World::new().run("webhook create --type Nope --url https://a.example --dry-run -o json");
    let lines: Vec<Value> =
        run.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["warning"].as_str().is_some_and(|text| text.contains("`Nope`")), "{lines:?}");
}

#[test]
fn without_configuration_the_way_to_one_is_named() {
    assert_run!(World::new().run("webhook list"), @"
    exit 3
    --- stderr
    error: no profile is configured and MPT_API_TOKEN is not set
    hint: create a profile with mpt config init, or use -p sandbox, which needs no profile and runs locally
    ");
}

#[test]
fn a_byte_order_mark_is_ignored() {
    let body = format!("\u{feff}{}", crate::support::documents::healthy());
    let server = Server::new(move |_, _| Reply::text(200, "application/json", &body));
    World::at(&server).run("webhook show WBH-1234-5678").ok();
}

/// The next step depends on what was asked for.
#[test]
fn a_404_names_what_was_missing() {
    let world = World::at(&Server::always(404, json!({})));
    for (line, hint) in [
        (
            "webhook show WBH-1234-5678",
            json!(
                "list the webhooks of this account with mpt webhook list; an account of type Client sees none"
            ),
        ),
        ("order validate ORD-4821-7305-1196 --yes", json!("list the orders with mpt order list")),
        (
            "enrollment validate ENR-5512-0904-7731 --yes",
            json!("list the enrollments with mpt api GET /program/enrollments"),
        ),
        ("webhook list", json!("check the base URL with mpt config show")),
        ("api GET /catalog/items/ITM-1", Value::Null),
        (
            "api GET /catalog/products/PRD-1111-1111",
            json!("see the products of this account with mpt status --all"),
        ),
    ] {
        let run = world.run(&format!("{line} -o json"));
        assert_eq!(run.code, 5, "{line}: {}", run.snapshot());
        assert_eq!(run.error()["hint"], hint, "{line}");
    }
}

#[test]
fn messages_without_a_field_are_details() {
    let problem = json!({"title": "Bad Request", "errors": [
        {"message": "no"}, {"message": "not so", "properties": ["url"]}
    ]});
    let run = World::at(&Server::always(400, problem)).run("webhook show WBH-1 -o json");
    let error = run.error();
    assert_eq!(error["details"], json!(["no"]));
    assert_eq!(error["errors"], json!({"url": ["not so"]}));
}
