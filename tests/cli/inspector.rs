//! `endpoint listen --inspect`: the page in a real browser, and who may use it.

use std::io::{Read, Write};
use std::net::TcpStream;

use mpt::listener::journal::{CalloutOutcome, Completion, Journal, Received};
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::listening::{Listening, parts};
use crate::support::terminal::HANGS;
use crate::support::world::{assert_run, report_missing};
use crate::support::{Reply, Server, World};

const SECRET: &str = "an-endpoint-secret-of-32-characters";

/// An endpoint that allows at most 100 seats, refuses one contact, and sets the notes.
fn endpoint() -> Server {
    Server::new(|request, _| {
        let Ok(mut order) = serde_json::from_str::<Value>(&request.body) else {
            return Reply::Json(400, json!({}));
        };
        if order["lines"][0]["quantity"].as_i64() > Some(100) {
            order["error"] = json!({"id": "SEATS01", "message": "At most 100 seats, please."});
        }
        let parameters = order["parameters"]["ordering"].as_array_mut();
        for parameter in parameters.into_iter().flatten() {
            if parameter["value"] == "nobody@example.com" {
                parameter["error"] = json!({"id": "C1", "message": "Nobody knows this contact."});
            }
        }
        order["notes"] = json!("checked");
        Reply::Json(200, order)
    })
}

/// A running `listen --inspect`, and the address of its page.
fn inspect(world: &World, options: &str) -> (Listening, String) {
    let line = format!("endpoint listen --port 0 -o jsonl --inspect 0 {options}");
    let listening = Listening::run(world, &line);
    let url = listening.ready["inspector"].as_str().unwrap().to_owned();
    (listening, url)
}

fn world() -> World {
    World::new().with_passing_time().with("S", SECRET)
}

const ORDER: &str = r#"{"id":"ORD-1","type":"Purchase","status":"Draft","price":{"PPx1":1.50},
    "lines":[{"id":"ALI-1","quantity":40}],
    "parameters":{"ordering":[{"externalId":"contact","value":"nobody@example.com"}]}}"#;

#[test]
fn callouts_arrive_are_searched_and_chosen_by_keys() {
    let Some(browser) = Browser::new(1280, 800) else {
        return;
    };
    let endpoint = endpoint();
    let world = world();
    let (listening, url) = inspect(&world, &format!("--forward-to {}", endpoint.url()));
    browser.open(&url);
    browser.wait_for_text("There are no callouts yet.");
    browser.wait_for_text("● live");
    listening.post(None, br#"{"id":"ENR-7","lines":[]}"#);
    listening.post(None, ORDER.as_bytes());
    browser.wait_for("document.querySelectorAll('[role=option]').length === 2");
    browser.wait_for_text("2 · ");
    // The newest is shown, and its refusal is in its row.
    browser.wait_for("document.querySelector('[aria-selected=true]')?.id === 'callout-2'");
    let row = browser.value("document.getElementById('callout-2').innerText");
    let row = row.as_str().unwrap().lines().collect::<Vec<_>>();
    let [sign, name, time, message] = row[..] else { panic!("{row:?}") };
    assert_eq!((sign, name, message), ("⊘", "ORD-1", "Nobody knows this contact."));
    assert!(time.len() == "09:12:33".len(), "{time}");
    // The keyboard is enough.
    browser.value("document.getElementById('search').focus()");
    browser.press("ord-1");
    browser.wait_for("document.querySelectorAll('[role=option]').length === 1");
    browser.press("\u{e015}");
    browser.press("\u{e015}");
    browser.wait_for_text("Nobody knows this contact.");
    let row = "[...document.querySelectorAll('#detail tbody tr')].map(row => [...row.children].map(cell => cell.textContent))";
    assert_eq!(
        browser.value(row),
        json!([
            [
                "parameters.ordering[contact]", "\"nobody@example.com\"",
                "⊘ Nobody knows this contact."
            ],
            ["notes", "–", "\"checked\""],
        ])
    );
    assert_eq!(browser.value("document.querySelector('[aria-selected=true]').id"), "callout-2");
    browser.press("/");
    assert_eq!(browser.value("document.activeElement.id"), "search");
    browser.fill("#search", "nothing like this");
    browser.wait_for_text("No callout matches the search.");
    // What is short is not folded; numbers keep their digits.
    browser.wait_for_text("\"PPx1\": 1.50");
    browser.fill(".tools input", "quantity");
    browser.wait_for_text("1 of 1");
    assert_eq!(browser.value("document.querySelector('.found').textContent"), "\"quantity\": 40");
}

#[test]
fn an_object_is_edited_sent_and_saved_as_a_case() {
    let Some(browser) = Browser::new(1280, 800) else {
        return;
    };
    let world = world();
    let endpoint = endpoint();
    let options = format!("--forward-to {} --secret-env S --save-cases cases", endpoint.url());
    let (mut listening, url) = inspect(&world, &options);
    listening.post(None, ORDER.as_bytes());
    assert_eq!(listening.event()["event"], "refused");
    browser.open(&url);
    browser.wait_for("document.querySelectorAll('[role=option]').length === 1");
    browser.value("document.querySelector('[role=option]').click()");
    browser.wait_for_text("the request has no token");
    browser.value("document.getElementById('callouts').focus()");
    browser.press("e");
    browser.wait_for("document.getElementById('editor').open");
    browser.wait_for_text("Forwards to");
    let is_disabled = "document.getElementById('editor-send').disabled";
    browser.press("x");
    browser.wait_for(is_disabled);
    let body = r#"{"id": "ORD-2", "lines": [{"quantity": 1.0}]}"#;
    browser.fill("#editor-body", body);
    browser.wait_for(&format!("!{is_disabled}"));
    browser.fill("#set-path", "lines.0.quantity");
    browser.fill("#set-value", "101");
    browser.click("Set");
    browser.wait_for("document.getElementById('editor-body').value.includes('101')");
    browser.wait_for_text("lines[0].quantity: 1.0 → 101");
    browser.fill("#set-path", "notes");
    browser.fill("#set-value", "new");
    browser.click("Set");
    browser.wait_for_text("added notes: \"new\"; it was not in the body");
    browser.click("Send");
    browser.wait_for_text("At most 100 seats, please.");
    browser.wait_for_text("sent by hand");
    let event = listening.event();
    assert_eq!((&event["byHand"], &event["outcome"]), (&json!(true), &json!("refusal")));
    // It was signed, and nothing else was sent.
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1);
    world.write("token", requests[0].header("authorization").unwrap());
    world.run("endpoint verify-token token --secret-env S --host 127.0.0.1").ok();
    browser.click("Save as test case");
    browser.wait_for_text("Saved as cases/callout-2-ord-2.toml");
    browser.click("Save as test case");
    browser.wait_for_text("already exists");
    let line = format!("endpoint test cases --to {} --secret-env S", endpoint.url());
    world.run(&line).ok();
}

#[test]
fn after_a_failure_the_answer_comes_first() {
    let Some(browser) = Browser::new(1280, 800) else {
        return;
    };
    let long = format!("KeyError: 'seats'{}", " at line 1".repeat(1000));
    let endpoint = Server::new(move |_, _| Reply::text(500, "text/plain", &long));
    let world = world();
    let (listening, url) = inspect(&world, &format!("--forward-to {}", endpoint.url()));
    browser.open(&url);
    browser.wait_for_text("● live");
    // It is shown without a click, and the next one too, until one is chosen.
    listening.post(None, ORDER.as_bytes());
    browser.wait_for_text("KeyError: 'seats'");
    let headings =
        "[...document.querySelectorAll('#detail h3, #detail summary')].map(one => one.textContent)";
    let headings = browser.value(headings);
    assert!(headings[0].as_str().unwrap().starts_with("Response body"), "{headings}");
    assert!(!headings.to_string().contains("changed"), "{headings}");
    listening.post(None, ORDER.as_bytes());
    let chosen = "document.querySelector('[aria-selected=true]')?.id";
    browser.wait_for(&format!("{chosen} === 'callout-2'"));
    browser.value("document.getElementById('callout-1').click()");
    browser.wait_for(&format!("{chosen} === 'callout-1'"));
    listening.post(None, ORDER.as_bytes());
    browser.wait_for("document.getElementById('callout-3')");
    assert_eq!(browser.value(chosen), "callout-1");
}

#[test]
fn hostile_bodies_stay_text() {
    let Some(browser) = Browser::new(1280, 800) else {
        return;
    };
    let hostile = json!({
        "id": "<img src=x onerror='window.owned=1'>",
        "name": "</script><script>window.owned=1</script><style>*{display:none}</style>",
        "bidi": "a\u{202e}b\u{200b}c\u{1b}[31m",
        "long": "x".repeat(200_000),
        "error": {"message": "<b onmouseover='window.owned=1'>no\u{202e}</b>"},
    });
    let answer = hostile.to_string();
    let endpoint = Server::new(move |_, _| Reply::text(200, "text/html", &answer));
    let world = world();
    let (listening, url) = inspect(&world, &format!("--forward-to {}", endpoint.url()));
    listening.post(None, hostile.to_string().as_bytes());
    listening.post(None, b"<script>window.owned=1</script>\x00\xff\xe2\x80\xae");
    browser.open(&url);
    for id in [1, 2] {
        browser.wait_for(&format!("document.getElementById('callout-{id}')"));
        browser.value(&format!("document.getElementById('callout-{id}').click()"));
        browser
            .wait_for(&format!("document.getElementById('detail').textContent.includes('#{id} ')"));
        browser
            .value("document.querySelectorAll('details.part').forEach(part => part.open = true)");
        browser.wait_for("document.querySelectorAll('.part .tools').length === 2");
        browser.wait_for(
            "document.getElementById('detail').textContent.includes('<script>window.owned=1')",
        );
        assert_eq!(browser.value("window.owned ?? null"), Value::Null);
        assert_eq!(browser.value("document.querySelectorAll('#detail script, #detail style, #detail img, #detail b').length"), 0);
        let text = browser.value("document.body.textContent");
        let is_hidden = |c: char| matches!(c, '\u{202e}' | '\u{200b}' | '\u{1b}' | '\0');
        assert!(!text.as_str().unwrap().contains(is_hidden));
    }
    // Without the token, the page shows nothing.
    browser.open(url.split('#').next().unwrap());
    browser.wait_for_text("This address is not valid any more.");
}

#[test]
fn thousands_of_callouts_stay_quick() {
    let Some(browser) = Browser::new(1280, 800) else {
        return;
    };
    let world = world();
    fill_journal(&world, 5000);
    let (_listening, url) = inspect(&world, "--keep 9000");
    browser.open(&url);
    browser.wait_for("document.getElementById('rows').style.height === `${5000 * 52}px`");
    // None of them was received by this run.
    browser.wait_for("document.getElementById('counts').textContent === '0'");
    let rows = browser.value("document.querySelectorAll('[role=option]').length");
    assert!(rows.as_i64() < Some(60), "{rows}");
    browser.value("document.getElementById('callouts').focus()");
    browser.press("\u{e010}");
    browser.wait_for("document.querySelector('[aria-selected=true]')?.id === 'callout-1'");
    browser.fill("#search", "ord-4321");
    browser.wait_for("document.querySelectorAll('[role=option]').length === 1");
}

/// Callouts that an earlier `listen` has received.
fn fill_journal(world: &World, count: u32) {
    let journal = Journal::open(&world.path("mpt/data/journal.db"), None).unwrap();
    for number in 1..=count {
        let received = Received {
            profile: None,
            received_at: "2026-05-04T09:12:33Z".parse().unwrap(),
            path: "/validate".to_owned(),
            webhook_id: None,
            webhook_type: Some("ValidatePurchaseOrderDraft".to_owned()),
            object_id: Some(format!("ORD-{number:04}")),
            size: 2,
            checks: Vec::new(),
            is_by_hand: false,
        };
        let id = journal.add(&received, b"{}", None).unwrap();
        let completion = Completion {
            outcome: CalloutOutcome::Judged(mpt::callout::Verdict::Success),
            status: Some(200),
            took: jiff::SignedDuration::from_millis(i64::from(number % 50)),
            error: None,
            forwarded_to: None,
        };
        journal.complete(id, &completion, Some(b"{}")).unwrap();
    }
}

#[test]
fn the_page_is_accessible() {
    let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/node_modules/axe-core/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(axe) else {
        report_missing("axe-core (npm ci in tests/tools)");
        return;
    };
    let Some(browser) = Browser::new(1280, 800) else {
        return;
    };
    let world = world();
    let endpoint = endpoint();
    let (listening, url) =
        inspect(&world, &format!("--forward-to {} --save-cases c", endpoint.url()));
    browser.open(&url);
    let check = |what: &str| {
        let script = format!(
            "const done = arguments[arguments.length - 1]; {axe}; axe.run().then(found => done(found.violations))"
        );
        let found = browser.run_async(&script, Vec::new());
        let serious = |one: &&Value| one["impact"] == "serious" || one["impact"] == "critical";
        let serious: Vec<_> = found.as_array().unwrap().iter().filter(serious).collect();
        assert!(serious.is_empty(), "{what}: {serious:#?}");
    };
    browser.wait_for_text("There are no callouts yet.");
    check("an empty journal");
    listening.post(None, ORDER.as_bytes());
    browser.wait_for("document.querySelector('[role=option]')");
    browser.value("document.querySelector('[role=option]').click()");
    browser.wait_for_text("Nobody knows this contact.");
    browser.value("document.querySelectorAll('details.part').forEach(part => part.open = true)");
    browser.wait_for("document.querySelectorAll('.part .tools').length === 2");
    for (width, colours) in
        [(1280, "light"), (1280, "dark"), (800, "light"), (800, "dark"), (500, "light")]
    {
        browser.resize(width, 800);
        browser.prefer(colours);
        check(&format!("{width} {colours}"));
    }
    browser.click("Edit and send…");
    browser.wait_for("document.getElementById('editor').open");
    check("the editor");
}

/// The answer to a request to the page's server.
fn request(url: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let address = url.trim_start_matches("http://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(HANGS)).unwrap();
    let host = headers.iter().any(|(name, _)| *name == "host");
    let host = if host { String::new() } else { format!("host: {address}\r\n") };
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!(
        "{method} {path} HTTP/1.1\r\n{host}{headers}connection: close\r\ncontent-length: 0\r\n\r\n"
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let (status, _) = parts(&answer);
    (status, String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn only_the_page_with_the_token_may_use_it() {
    let world = world();
    let (listening, url) = inspect(&world, "");
    let token = url.split('#').nth(1).unwrap();
    let name = "mpt-inspector-token";
    let status = |path: &str, headers: &[(&str, &str)]| request(&url, "GET", path, headers).0;
    let own = url.split("/#").next().unwrap();
    assert_eq!(status("/api/callouts", &[(name, token)]), 200);
    assert_eq!(
        status(
            "/api/callouts",
            &[(name, token), ("origin", own), ("sec-fetch-site", "same-origin")]
        ),
        200
    );
    // Without the token, and with another one.
    for path in [
        "/api/status", "/api/callouts", "/api/events", "/api/callouts/1",
        "/api/callouts/1/request", "/api/callouts/1/response",
    ] {
        assert_eq!(status(path, &[]), 401, "{path}");
        assert_eq!(status(path, &[(name, "0123456789abcdef0123456789abcdef")]), 401, "{path}");
        assert_eq!(status(path, &[("cookie", &format!("{name}={token}"))]), 401, "{path}");
    }
    for path in ["/api/set", "/api/callouts/1/send", "/api/callouts/1/save", "/api/session"] {
        assert_eq!(request(&url, "POST", path, &[]).0, 401, "{path}");
    }
    // From a foreign page: another site, and the port of the endpoint or of the listener.
    for origin in ["https://evil.example", "null", &listening.url, "http://localhost:5000"] {
        assert_eq!(status("/api/callouts", &[(name, token), ("origin", origin)]), 403, "{origin}");
        assert_eq!(status("/", &[("origin", origin)]), 403, "{origin}");
    }
    assert_eq!(status("/api/callouts", &[(name, token), ("sec-fetch-site", "same-site")]), 403);
    // A name that leads to this machine, as in DNS rebinding.
    for host in ["evil.example", "evil.example:4040", "127.0.0.1", "127.0.0.1:1"] {
        assert_eq!(status("/", &[("host", host)]), 421, "{host}");
        assert_eq!(status("/api/callouts", &[(name, token), ("host", host)]), 421, "{host}");
    }
    for twice in ["host", "origin", "sec-fetch-site"] {
        let (first, second) = match twice {
            "host" => (own.trim_start_matches("http://"), "evil.example"),
            "origin" => (own, "https://evil.example"),
            _ => ("same-origin", "cross-site"),
        };
        let headers = [(name, token), (twice, first), (twice, second)];
        assert!([403, 421].contains(&status("/api/callouts", &headers)), "{twice}");
    }
    let target = "http://evil.example/api/callouts";
    assert_eq!(status(target, &[(name, token)]), 421);
    let (_, page) = request(&url, "GET", "/", &[]);
    let head = page.split("\r\n\r\n").next().unwrap().to_lowercase();
    for expected in [
        "content-security-policy: default-src 'none'; script-src 'self';",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(head.contains(expected), "{expected}: {head}");
    }
    assert!(!head.contains("set-cookie") && !head.contains("access-control"), "{head}");
}

#[cfg(unix)]
#[test]
fn the_browser_gets_an_address_that_works_once() {
    use std::os::unix::fs::PermissionsExt;
    let world = world();
    let script = format!(
        "#!/bin/sh\necho \"$1\" > {0}.new; mv {0}.new {0}\n",
        world.path("opened").display()
    );
    let browser = world.write("browser", &script);
    std::fs::set_permissions(&browser, PermissionsExt::from_mode(0o755)).unwrap();
    let world = world.with("BROWSER", &browser.display().to_string());
    let (listening, url) = inspect(&world, "--open");
    let opened = loop {
        // The program that opens the page runs by itself.
        if let Ok(opened) = std::fs::read_to_string(world.path("opened")) {
            break opened;
        }
        std::thread::yield_now();
    };
    let ticket = opened.trim().split('#').nth(1).unwrap();
    let token = url.split('#').nth(1).unwrap();
    assert_ne!(ticket, token);
    let name = "mpt-inspector-token";
    assert_eq!(request(&url, "GET", "/api/status", &[(name, ticket)]).0, 401);
    assert_eq!(request(&url, "POST", "/api/session", &[(name, "open-another")]).0, 401);
    let (status, answer) = request(&url, "POST", "/api/session", &[(name, ticket)]);
    assert_eq!(status, 200);
    assert!(answer.ends_with(&format!("{{\"token\":\"{token}\"}}")), "{answer}");
    assert_eq!(request(&url, "POST", "/api/session", &[(name, ticket)]).0, 401);
    drop(listening);
}

#[cfg(unix)]
#[test]
fn what_was_sent_by_hand_is_finished_at_the_end() {
    let world = world();
    let (sender, called) = std::sync::mpsc::channel();
    let (answer, answered) = std::sync::mpsc::channel::<()>();
    let answered = std::sync::Mutex::new(answered);
    let endpoint = Server::new(move |request, number| {
        if number > 0 {
            sender.send(()).unwrap();
            answered.lock().unwrap().recv_timeout(HANGS).unwrap();
        }
        Reply::text(200, "application/json", &request.body)
    });
    let (mut listening, url) = inspect(&world, &format!("--forward-to {}", endpoint.url()));
    listening.post(None, ORDER.as_bytes());
    listening.event();
    let headers = [("mpt-inspector-token", url.split('#').nth(1).unwrap())];
    std::thread::scope(|scope| {
        // A stream that never ends does not keep it alive.
        let stream = scope.spawn(|| request(&url, "GET", "/api/events", &headers));
        let sent = scope.spawn(|| request(&url, "POST", "/api/callouts/1/send", &headers));
        called.recv_timeout(HANGS).unwrap();
        listening.signal("INT");
        answer.send(()).unwrap();
        sent.join().unwrap();
        assert_eq!(listening.wait(), Some(130));
        stream.join().unwrap();
    });
    let entries = world.run("endpoint replay -o json").json();
    assert_eq!(entries[1]["outcome"], "success", "{entries}");
}

#[test]
fn the_address_is_of_this_machine_and_printed() {
    let world = world();
    assert_run!(world.run("endpoint listen --port 0 --inspect 0.0.0.0:4040"), @"
    exit 2
    --- stderr
    error: invalid value '0.0.0.0:4040' for '--inspect [<ADDRESS>]': the inspector is for this machine only; use 127.0.0.1 or [::1]

    For more information, try '--help'.
    ");
    assert_run!(world.run("endpoint listen --port 0 --open"), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --inspect [<ADDRESS>]

    Usage: mpt endpoint listen --inspect [<ADDRESS>] --port <PORT> --open

    For more information, try '--help'.
    ");
    let (_listening, url) = inspect(&world, "");
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = world.run(&format!("endpoint listen --port 0 --inspect {port}"));
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert!(
        run.stderr.contains("hint: without an address, --inspect takes a free port"),
        "{}",
        run.stderr
    );
}

/// `just docs` takes them again.
#[test]
fn the_pictures_of_the_page_are_current() {
    let Some(browser) = Browser::new(1280, 720) else {
        return;
    };
    let world = World::new().with("S", SECRET);
    let endpoint = endpoint();
    let options = format!("--forward-to {} --secret-env S --save-cases cases", endpoint.url());
    let (listening, url) = inspect(&world, &options);
    let trigger = |options: &str| {
        let line =
            format!("endpoint call --to {}/validate --secret-env S {options}", listening.url);
        world.run(&line)
    };
    trigger("--type validate-answer");
    trigger("--type validate-enrollment-draft");
    trigger("--type validate-purchase-order-draft");
    let contact = r#"--set parameters.ordering.contact.value="nobody@example.com""#;
    trigger(&format!("--type validate-purchase-order-draft --set lines.0.quantity=101 {contact}"));
    browser.open(&url);
    browser.wait_for("document.querySelectorAll('[role=option]').length === 4");
    browser.value("document.querySelector('[role=option]').click()");
    browser.wait_for_text("Nobody knows this contact.");
    let text = browser.value("document.body.innerText");
    let text = regex::Regex::new(r"127\.0\.0\.1:\d+")
        .unwrap()
        .replace_all(text.as_str().unwrap(), "127.0.0.1:[port]");
    let mut page = ring::digest::Context::new(&ring::digest::SHA256);
    for file in ["page.css", "page.html", "page.js"] {
        let path = format!("{}/src/listener/inspector/{file}", env!("CARGO_MANIFEST_DIR"));
        page.update(std::fs::read_to_string(path).unwrap().replace("\r\n", "\n").as_bytes());
    }
    let page: String = page.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let current =
        format!("The pictures of the inspector show this text, of the page {page}:\n\n{text}\n");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures");
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        for colours in ["light", "dark"] {
            browser.prefer(colours);
            std::fs::write(format!("{folder}/inspector-{colours}.png"), browser.picture()).unwrap();
        }
        browser.prefer("light");
        browser.click("Edit and send…");
        browser.wait_for("document.getElementById('editor').open");
        std::fs::write(format!("{folder}/inspector-edit.png"), browser.picture()).unwrap();
        std::fs::write(format!("{folder}/inspector.txt"), &current).unwrap();
    }
    let taken = std::fs::read_to_string(format!("{folder}/inspector.txt")).unwrap_or_default();
    assert_eq!(taken.replace("\r\n", "\n"), current, "take the pictures again with `just docs`");
}
