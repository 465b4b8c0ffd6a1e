//! `endpoint listen`: authentication, answers, and the journal.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use mpt::callout::jwt::Claims;
use mpt::model::Secret;
use serde_json::{Value, json};

use crate::support::listening::{Listening, parts};
use crate::support::world::{CHANGING, NOW, assert_private, assert_run};
use crate::support::{Reply, Server, Terminal, World};

const SECRET: &str = "s3cret-s3cret";
const DRAFT: &str =
    r#"{"id": "ORD-1",  "type":"Purchase","status":"Draft","product":{"id":"PRD-1111-1111"}}"#;

fn world() -> World {
    World::new().with("S", SECRET)
}

fn token(secret: &str, host: &str, seconds: i64) -> String {
    let at = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds);
    Claims::new(host, "WBH-1234-5678", at).sign(&Secret::new(secret)).expose().to_owned()
}

fn journal(world: &World) -> Vec<Value> {
    let listed = world.run("endpoint replay -o json").json();
    listed.as_array().unwrap().clone()
}

#[test]
fn a_callout_is_echoed_reported_and_stored() {
    let world = world();
    let mut listening = Listening::new(&world, "--secret-env S --host hooks.example.com");
    let good = token(SECRET, "hooks.example.com", 0);
    let answer = listening.post(Some(&good), DRAFT.as_bytes());
    assert_eq!(parts(&answer), (200, DRAFT.as_bytes()));
    let event = listening.event();
    for (member, value) in [
        ("event", json!("callout")),
        ("id", json!(1)),
        ("webhook", json!("WBH-1234-5678")),
        ("object", json!("ORD-1")),
        ("path", json!("/validate")),
        ("size", json!(DRAFT.len())),
        ("outcome", json!("success")),
        ("status", json!(200)),
    ] {
        assert_eq!(event[member], value, "{member} of {event}");
    }
    let kept = journal(&world);
    assert_eq!((kept.len(), &kept[0]["outcome"]), (1, &json!("success")));
    let file = world.path("mpt/data/journal.db");
    assert_private(&file);
    for name in ["journal.db", "journal.db-wal"] {
        let bytes = std::fs::read(file.with_file_name(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(SECRET) && !text.contains(&good), "{name}");
    }
}

#[test]
fn a_token_that_does_not_pass_is_refused_with_the_reason() {
    let world = world();
    let mut listening = Listening::new(&world, "--secret-env S --host hooks.example.com");
    let good = token(SECRET, "hooks.example.com", 0);
    let (_, rest) = good.split_once('.').unwrap();
    let cases = [
        (None, "form"),
        (Some(token(SECRET, "hooks.example.com", -400)), "expiry"),
        (Some(token(SECRET, "hooks.example.com", 400)), "not before"),
        (Some(token(SECRET, "elsewhere.example", 0)), "audience"),
        (Some(token("other", "hooks.example.com", 0)), "signature"),
        (Some(format!("eyJhbGciOiJub25lIn0.{rest}")), "algorithm"),
        (Some(good[..good.len() - 9].to_owned()), "signature"),
        (Some(good[..good.len() / 2].to_owned()), "form"),
    ];
    for (number, (token, failing)) in cases.iter().enumerate() {
        let answer = listening.post(token.as_deref(), DRAFT.as_bytes());
        let (status, body) = parts(&answer);
        assert_eq!(status, 401, "{failing}");
        let problem: Value = serde_json::from_slice(body).unwrap();
        let event = listening.event();
        assert_eq!(event["event"], "refused");
        for text in [&problem["detail"], &event["error"]] {
            let text = text.as_str().unwrap();
            assert!(text.starts_with(&format!("{failing}: ")), "{text}");
            assert!(!text.contains(SECRET));
        }
        let checked = world.run(&format!("endpoint verify-token --id {} -o json", number + 1));
        assert_eq!(checked.code, 10, "{}", checked.snapshot());
        assert_eq!(checked.error()["message"], format!("the token is refused: {failing}"));
    }
}

#[test]
fn the_webhook_of_a_token_must_be_the_one_expected() {
    let document = json!({"id": "WBH-9", "type": "ValidateAnswer", "secret": SECRET});
    let world = World::at(&Server::always(200, document));
    let mut listening = Listening::new(&world, "--webhook WBH-9");
    listening.post(Some(&token(SECRET, "h", 0)), DRAFT.as_bytes());
    let event = listening.event();
    assert_eq!(event["error"], "webhook id: it is WBH-1234-5678, not WBH-9");
}

#[test]
fn answers_come_from_a_file_or_are_a_refusal() {
    let world = world();
    world.write("answer.json", r#"{"a":1}"#);
    let mut listening = Listening::new(&world, "--respond answer.json");
    assert_eq!(parts(&listening.post(None, DRAFT.as_bytes())), (200, &br#"{"a":1}"#[..]));
    world.write("answer.json", "no JSON");
    listening.post(None, DRAFT.as_bytes());
    let outcomes = [listening.event(), listening.event()].map(|event| event["outcome"].clone());
    assert_eq!(outcomes, ["success", "failure"]);

    let mut command = world.command(&[
        "endpoint", "listen", "--port", "0", "-o", "jsonl", "--refuse", "not like this",
    ]);
    let mut listening = Listening::of(&mut command);
    let answer = listening.post(None, DRAFT.as_bytes());
    let object: Value = serde_json::from_slice(parts(&answer).1).unwrap();
    assert_eq!(object["error"], json!({"message": "not like this"}));
    assert_eq!(object["product"]["id"], "PRD-1111-1111");
    assert_eq!(listening.event()["outcome"], "refusal");
}

#[test]
fn an_answer_is_handed_back_byte_for_byte() {
    let raw = b"HTTP/1.1 299 Quite Fine\r\nX-Own: a\r\nset-cookie: one\r\nset-cookie: two\r\n\
                content-type: text/plain; charset=latin1\r\ncontent-encoding: gzip\r\n\
                content-length: 4\r\n\r\n\xff\x00\r\n";
    let server = Server::new(move |_, _| Reply::Raw(raw.to_vec()));
    let world = world();
    let mut listening =
        Listening::new(&world, &format!("--secret-env S --forward-to {}", server.url()));
    let good = token(SECRET, "h", 0);
    let answer = listening.post(Some(&good), DRAFT.as_bytes());
    assert_eq!(parts(&answer), (299, &b"\xff\x00\r\n"[..]));
    let head = String::from_utf8_lossy(&answer).into_owned();
    assert!(head.starts_with("HTTP/1.1 299 Quite Fine\r\n"), "{head}");
    for line in [
        "x-own: a",
        "set-cookie: one",
        "set-cookie: two",
        "content-type: text/plain; charset=latin1",
        "content-encoding: gzip",
    ] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{head}");
    }
    let sent = &server.requests()[0];
    assert_eq!((sent.line().as_str(), &*sent.body), ("POST /validate", DRAFT));
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {good}").as_str()));
    let event = listening.event();
    assert_eq!(event["outcome"], "failure", "it is no JSON: {event}");
    assert_eq!(event["to"], format!("{}/validate", server.url()));
}

#[test]
fn routes_are_taken_in_order() {
    let answers = Server::always(200, json!({"from": "answers"}));
    let orders = Server::always(200, json!({"from": "orders"}));
    let world = world();
    world.write(
        "routes.toml",
        &format!(
            "[[routes]]\ntype = \"validate-answer\"\nto = \"{}/fixed\"\n\n\
             [[routes]]\nobject = \"PRD-1111-1111\"\nto = \"{}\"\n",
            answers.url(),
            orders.url()
        ),
    );
    let mut listening = Listening::new(&world, "--routes routes.toml");
    listening.post(None, br#"{"form": {"id": "FRM-1"}}"#);
    listening.post(None, DRAFT.as_bytes());
    let unrouted = listening.post(None, b"{}");
    assert_eq!(parts(&unrouted).0, 502);
    assert_eq!(answers.lines(), ["POST /fixed"]);
    assert_eq!(orders.lines(), ["POST /validate"]);
    let events = [listening.event(), listening.event(), listening.event()];
    assert_eq!(events[2]["event"], "forward-failed");
    assert_eq!(events[2]["error"], "no route matches this callout");
}

#[test]
fn a_failed_forward_is_reported_and_the_callout_is_stored() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec();
    let dying = Server::new(move |_, _| Reply::Raw(half.clone()));
    for url in [&crate::support::world::closed_port(), &dying.url()] {
        let world = world();
        let mut listening = Listening::new(&world, &format!("--forward-to {url}"));
        let answer = listening.post(None, DRAFT.as_bytes());
        let (status, body) = parts(&answer);
        assert_eq!(status, 502);
        let problem: Value = serde_json::from_slice(body).unwrap();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with("http://127.0.0.1:"), "{detail}");
        assert_eq!(listening.event()["event"], "forward-failed");
        let kept = &journal(&world)[0];
        assert_eq!(kept["outcome"], "forward-failed");
        assert_eq!(kept["size"], DRAFT.len());
    }
}

#[test]
fn five_megabytes_and_twenty_at_once_all_arrive() {
    let server = Server::new(|request, _| Reply::text(200, "application/json", &request.body));
    let world = world();
    let mut listening = Listening::new(&world, &format!("--forward-to {}", server.url()));
    let long = json!({"id": "ORD-LONG", "text": "x".repeat(5 * 1024 * 1024)}).to_string();
    let answer = listening.post(None, long.as_bytes());
    assert!(parts(&answer) == (200, long.as_bytes()));
    assert_eq!(listening.event()["size"], long.len());

    let callers: Vec<_> = (0..20)
        .map(|number| {
            let stream = listening.connect();
            std::thread::spawn(move || {
                let body = format!(r#"{{"id": "ORD-{number}"}}"#);
                let answer = crate::support::listening::post(stream, None, body.as_bytes());
                assert_eq!(parts(&answer), (200, body.as_bytes()));
            })
        })
        .collect();
    for caller in callers {
        caller.join().unwrap();
    }
    let mut events: Vec<_> =
        (0..20).map(|_| listening.event()["object"].as_str().unwrap().to_owned()).collect();
    events.sort();
    events.dedup();
    assert_eq!(events.len(), 20);
    assert_eq!(journal(&world).len(), 21);
}

#[test]
fn a_caller_that_goes_away_loses_nothing() {
    let (begin, begun) = std::sync::mpsc::channel();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let begin = std::sync::Mutex::new(begin);
    let wait = std::sync::Mutex::new(wait);
    let server = Server::new(move |_, _| {
        begin.lock().unwrap().send(()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        Reply::Json(200, json!({}))
    });
    let world = world();
    let mut listening = Listening::new(&world, &format!("--forward-to {}", server.url()));
    let mut stream = listening.connect();
    let head =
        format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{DRAFT}", DRAFT.len());
    stream.write_all(head.as_bytes()).unwrap();
    begun.recv().unwrap();
    drop(stream);
    go_on.send(()).unwrap();
    assert_eq!(listening.event()["outcome"], "success");
    assert_eq!(journal(&world)[0]["outcome"], "success");

    // A sender that disconnects in the middle of the body leaves no entry.
    let mut stream = listening.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{").unwrap();
    drop(stream);
    let event = listening.event();
    assert_eq!((&event["event"], &event["id"]), (&json!("refused"), &Value::Null));
    assert_eq!(journal(&world).len(), 1);
}

#[test]
fn invalid_callouts_are_refused() {
    let world = world();
    let mut listening = Listening::new(&world, "");
    let mut stream = listening.connect();
    stream
        .write_all(
            b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 99999999\r\n\r\n",
        )
        .unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut answer).unwrap();
    assert_eq!(parts(&answer).0, 413);
    assert_eq!(listening.event()["error"], "the body is longer than 16 MiB");
    let mut stream = listening.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut answer).unwrap();
    assert_eq!(parts(&answer).0, 405);
    assert!(journal(&world).is_empty());
}

#[test]
fn a_malformed_token_is_answered_401_where_tokens_are_checked() {
    let world = world();
    // {"alg":"HS256"} and {"nbf":-9223372036854775808,"exp":1e300,"aud":[1]}
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJuYmYiOi05MjIzMzcyMDM2ODU0Nzc1ODA4LCJleHAiOjFlMzAwLCJhdWQiOlsxXX0.AA";
    for (options, status, outcome) in [("--secret-env S", 401, "refused"), ("", 200, "success")] {
        let mut listening = Listening::new(&world, options);
        let answer = listening.post(Some(token), DRAFT.as_bytes());
        assert_eq!(parts(&answer).0, status);
        assert_eq!(listening.event()["outcome"], outcome);
    }
}

#[cfg(unix)] // ended by SIGTERM
#[test]
fn a_reader_that_does_not_read_blocks_nothing() {
    let world = world();
    // Nobody reads the events, which are more than a pipe buffers.
    let listening = Listening::new(&world, "");
    for _ in 0..400 {
        assert_eq!(parts(&listening.post(None, DRAFT.as_bytes())).0, 200);
    }
    let run = listening.end("TERM");
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn an_endpoint_that_takes_one_connection_at_a_time_is_left_alone() {
    // Like a simple server, it reads one connection until it ends.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in socket.incoming().flatten() {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = std::io::Read::read(&mut stream, &mut bytes) {
                if bytes[..count].ends_with(b"}") {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
                }
            }
        }
    });
    let world = world();
    let listening = Listening::new(&world, &format!("--forward-to {url}"));
    for _ in 0..3 {
        assert_eq!(parts(&listening.post(None, DRAFT.as_bytes())), (200, &b"{}"[..]));
    }
    let line = format!("endpoint call --type validate-answer --to {url} --expect success");
    world.run(&line).ok();
}

#[test]
fn the_journal_keeps_the_given_number() {
    let world = world();
    let listening = Listening::new(&world, "--keep 2");
    for number in 0..5 {
        listening.post(None, format!(r#"{{"id": "ORD-{number}"}}"#).as_bytes());
    }
    let objects: Vec<_> = journal(&world).iter().map(|entry| entry["object"].clone()).collect();
    assert_eq!(objects, ["ORD-4", "ORD-3"]);
}

#[cfg(unix)]
#[test]
fn it_ends_with_a_summary() {
    let world = world();
    let mut listening = Listening::new(&world, "--secret-env S");
    listening.post(Some(&token(SECRET, "h", 0)), DRAFT.as_bytes());
    listening.post(None, DRAFT.as_bytes());
    listening.event();
    listening.event();
    assert_run!(listening.end("INT"), @r#"
    exit 130
    --- stderr
    {"note":"Press Ctrl-C to stop. The newest 1000 callouts are kept for mpt endpoint replay"}
    {"note":"2 callouts: 1 success, 1 token refused"}
    "#);
    let listening = Listening::new(&world, "");
    assert_run!(listening.end("TERM"), @r#"
    exit 0
    --- stderr
    {"note":"No secret was given: tokens are not checked and every callout is accepted"}
    {"note":"Press Ctrl-C to stop. The newest 1000 callouts are kept for mpt endpoint replay"}
    {"note":"0 callouts"}
    "#);
}

#[test]
fn people_get_a_line_for_each() {
    let world = world();
    let mut command = world.command(&["endpoint", "listen", "--port", "0", "--secret-env", "S"]);
    let mut child = crate::support::world::spawn(&mut command);
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let url = lines.next().unwrap().unwrap();
    let connect = || std::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let draft = DRAFT.replace("ORD-1", "ORD-1\\u001b[2J");
    crate::support::listening::post(connect(), Some(&token(SECRET, "h", 0)), draft.as_bytes());
    crate::support::listening::post(connect(), None, b"no JSON");
    let events: String = lines.by_ref().take(2).map(|line| line.unwrap() + "\n").collect();
    child.kill().unwrap();
    child.wait().unwrap();
    insta::assert_snapshot!(events, @r"
    2026-05-04T09:12:33.000Z  #1  ORD-1\u001b[2J  ✓ success  200 OK  0 ms  /validate
    2026-05-04T09:12:33.000Z  #2  ! token refused  401 Unauthorized  0 ms  /validate  form: the request has no token
    ");
}

#[cfg(unix)]
#[test]
fn a_terminal_shows_the_target_first_and_facts_below_each_other() {
    let endpoint = Server::new(|_, number| match number {
        0 => Reply::Json(200, json!({"error": {"message": "At most 100 seats"}})),
        1 => Reply::text(500, "text/plain", "KeyError"),
        _ => Reply::Json(200, json!({})),
    });
    let world = world();
    let line = format!("endpoint listen --port 0 --forward-to {}", endpoint.url());
    let mut terminal = Terminal::sized(&world, &line, 24, 80);
    terminal.wait_for("Press Ctrl-C");
    let first = terminal.screen().lines().next().unwrap().to_owned();
    let (url, does) = first.split_once("  ").unwrap();
    assert_eq!(does, format!("forwards to {}/", endpoint.url()), "{first}");
    let address = url.strip_prefix("http://").unwrap();
    for (number, body) in
        [DRAFT, r#"{"id": "ANS-6613-2087", "form": {}}"#, "no JSON"].iter().enumerate()
    {
        let connection = std::net::TcpStream::connect(address).unwrap();
        crate::support::listening::post(connection, None, body.as_bytes());
        terminal.wait_for(&format!("#{}", number + 1));
    }
    terminal.type_keys("\u{3}");
    insta::with_settings!({ filters => CHANGING.to_vec() }, {
        insta::assert_snapshot!(terminal.end(), @"
        exit 130
        http://[host]  forwards to http://[host]/
        No secret was given: tokens are not checked and every callout is accepted
        Press Ctrl-C to stop. The newest 1000 callouts are kept for mpt endpoint replay
        09:12:33  #1   ORD-1               ⊘ refusal  200  0 ms    /validate
                  At most 100 seats
        09:12:33  #2   ANS-6613-2087       ✗ failure  500  0 ms    /validate
                  the endpoint answered 500
        09:12:33  #3   -                   ✓ success  200  0 ms    /validate
        ^C
        3 callouts: 1 refusal, 1 failure, 1 success
        ");
    });
}

#[cfg(unix)]
#[test]
fn the_first_line_is_the_url_whenever_it_starts() {
    let world = world();
    for _ in 0..50 {
        let (mut lines, both) = std::io::pipe().unwrap();
        let mut command = world.command(&["endpoint", "listen", "--port", "0"]);
        command.stdout(both.try_clone().unwrap()).stderr(both);
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut read = std::io::BufRead::lines(std::io::BufReader::new(&mut lines));
        let printed: Vec<_> = read.by_ref().take(3).map(Result::unwrap).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(printed[0].starts_with("http://127.0.0.1:"), "{printed:?}");
        assert!(printed[1].starts_with("No secret was given: "), "{printed:?}");
        assert!(printed[2].starts_with("Press Ctrl-C to stop. "), "{printed:?}");
    }
}

#[test]
fn usage_errors_are_reported_before_it_listens() {
    let world = world();
    let taken = Server::always(200, json!({}));
    let port = taken.url().rsplit_once(':').unwrap().1.to_owned();
    assert_run!(world.run("endpoint listen --port 0 --forward-to http://hooks.example.com/"), @"
    exit 2
    --- stderr
    error: http://hooks.example.com/ is not on this machine
    hint: use --remote to call other machines
    ");
    assert_run!(world.run("endpoint listen --port 0 --respond none.json"), @"
    exit 2
    --- stderr
    error: --respond none.json: it does not exist
    ");
    assert_run!(world.run("endpoint listen --port 0 --take-over WBH-1 --public-url http://x.example"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    assert_run!(world.run("endpoint listen --port 0 --take-over WBH-1 --public-url http://x.example --yes"), @"
    exit 2
    --- stderr
    error: --public-url http://x.example: http:// is only allowed for this machine and private networks
    hint: the platform only calls https:// endpoints
    ");
    world.write("routes.toml", "[[routes]]\ntyp = \"x\"\nto = \"http://localhost:1\"\n");
    assert_run!(world.run("endpoint listen --port 0 --routes routes.toml"), @"
    exit 2
    --- stderr
    error: --routes routes.toml: unknown key `typ`; known keys: `type`, `object`, `path`, `to` (line 2)
    ");
    world.write(
        "routes.toml",
        "[[routes]]\ntype = \"validate-answr\"\nto = \"http://localhost:1\"\n",
    );
    assert_run!(world.run("endpoint listen --port 0 --routes routes.toml"), @"
    exit 2
    --- stderr
    error: --routes routes.toml: the type of a callout is found by its object, and `validate-answr` is not known (did you mean `ValidateAnswer`?)
    ");
    assert_eq!(world.run("endpoint listen -o csv").code, 2);
    assert_eq!(world.run("endpoint listen --refuse x --forward-to http://localhost:1").code, 2);
    let run = world.run(&format!("endpoint listen --port {port}"));
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("use --port 0 for any free port"), "{}", run.stderr);
}

#[test]
fn listeners_that_forward_to_each_other_end_with_508() {
    let world = world();
    // The first listener gets its route to the second one once that has a port.
    let first_port = crate::support::world::closed_port();
    let port = first_port.rsplit(':').next().unwrap();
    let second = Listening::new(&world, &format!("--forward-to {first_port}"));
    let mut first = Listening::run(
        &world,
        &format!("endpoint listen --port {port} -o jsonl --forward-to {}", second.url),
    );
    let answer = first.post(None, DRAFT.as_bytes());
    assert_eq!(parts(&answer).0, 508);
    assert_eq!(first.event()["status"], 508);
    assert_eq!(journal(&world).len(), 2);
    // A chain of different listeners works.
    let echo = Listening::new(&world, "");
    let middle = Listening::new(&world, &format!("--forward-to {}", echo.url));
    let chain = Listening::new(&world, &format!("--forward-to {}", middle.url));
    assert_eq!(parts(&chain.post(None, DRAFT.as_bytes())).0, 200);
}

/// With a secret, what strangers send is limited: they displace nothing, and hold neither memory nor connections.
#[test]
fn strangers_displace_no_callout() {
    let world = world();
    let mut listening = Listening::new(&world, "--secret-env S --host h --keep 150");
    let good = token(SECRET, "h", 0);
    for _ in 0..150 {
        listening.post(Some(&good), DRAFT.as_bytes());
    }
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(parts(&listening.post(None, DRAFT.as_bytes())).0, 401);
                }
            });
        }
    });
    for _ in 0..350 {
        listening.event();
    }
    let journal = world.run("endpoint replay -o json").json();
    let entries = journal.as_array().unwrap().iter();
    let (refused, accepted): (Vec<_>, Vec<_>) =
        entries.partition(|entry| entry["outcome"] == "refused");
    assert_eq!((accepted.len(), refused.len()), (150, 100));
}

#[test]
fn the_body_of_a_stranger_is_not_awaited() {
    use std::io::Read;
    let world = world();
    let mut listening = Listening::new(&world, "--secret-env S --host h");
    let mut stream = listening.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
    assert_eq!(listening.event()["event"], "refused");
}

#[test]
fn idle_strangers_make_way() {
    use std::io::Read;
    let world = world();
    let mut listening = Listening::new(&world, "--secret-env S --host h");
    let mut idle: Vec<_> = (0..400).map(|_| listening.connect()).collect();
    let answer = listening.post(Some(&token(SECRET, "h", 0)), DRAFT.as_bytes());
    assert_eq!(parts(&answer).0, 200);
    assert_eq!(listening.event()["event"], "callout");
    // The oldest were ended for the newer ones.
    let ended = idle[0].read(&mut [0]);
    assert!(!matches!(ended, Ok(1..)), "{ended:?}");
    // Without a secret, nobody is a stranger.
    let listening = Listening::new(&world, "");
    let mut connections: Vec<_> = (0..400).map(|_| listening.connect()).collect();
    let first = connections.remove(0);
    let answer = crate::support::listening::post(first, None, DRAFT.as_bytes());
    assert_eq!(parts(&answer).0, 200);
}

#[cfg(unix)]
#[test]
fn a_journal_that_is_deleted_is_replaced_with_a_warning() {
    let world = world();
    let mut listening = Listening::new(&world, "--secret-env S --host h");
    let good = token(SECRET, "h", 0);
    listening.post(Some(&good), DRAFT.as_bytes());
    assert_eq!(listening.event()["id"], 1);
    std::fs::remove_file(world.path("mpt/data/journal.db")).unwrap();
    for id in [1, 2] {
        listening.post(Some(&good), DRAFT.as_bytes());
        assert_eq!(listening.event()["id"], id, "of the new journal");
    }
    let run = listening.end("TERM");
    assert_eq!(run.code, 0);
    assert_eq!(run.stderr.matches("the journal was deleted").count(), 1, "{}", run.stderr);
    let journal = world.run("endpoint replay -o json").json();
    assert_eq!(journal.as_array().unwrap().len(), 2);
}
