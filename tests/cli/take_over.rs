//! `endpoint listen --take-over`: a webhook points to the listener and is restored.
#![cfg(unix)]

use serde_json::{Value, json};

use crate::support::listening::Listening;
use crate::support::sandbox::Served;
use crate::support::world::{assert_run, report_skipped};
use crate::support::{Reply, Server, World, documents};

const BEFORE: &str = "https://hooks.example.com/validate";
const PUBLIC: &str = "https://tunnel.example.net/here";

struct Platform {
    served: Served,
    _data: World,
    world: World,
    id: String,
}

/// A platform with one webhook.
fn platform() -> Platform {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world().with("S", "s3cret-s3cret");
    let id = world
        .run(&format!(
            "webhook create --type validate-answer --form FRM-1111-1111 --url {BEFORE} \
             --secret-env S -o id"
        ))
        .ok();
    Platform { served, _data: data, world, id: id.trim().to_owned() }
}

impl Platform {
    fn url(&self) -> String {
        let shown = self.world.run(&format!("webhook show {} --jq .url", self.id));
        shown.ok().trim().to_owned()
    }

    fn line(&self, port: u16) -> String {
        format!(
            "endpoint listen --port {port} -o jsonl --take-over {} --public-url {PUBLIC} --yes",
            self.id
        )
    }

    fn take_over(&self) -> Listening {
        Listening::run(&self.world, &self.line(0))
    }

    fn records(&self) -> usize {
        let folder = self.world.path("mpt/data/take-overs");
        let is_record =
            |entry: &std::fs::DirEntry| entry.path().extension().is_some_and(|name| name == "json");
        std::fs::read_dir(folder)
            .map_or(0, |entries| entries.map(Result::unwrap).filter(is_record).count())
    }
}

#[test]
fn what_fails_on_this_machine_fails_before_the_webhook_is_changed() {
    let platform = platform();
    let line = platform.line(0);
    let run = platform.world.run(&format!("{line} --jq error(\"no\")"));
    assert_eq!(run.code, 1, "{}", run.snapshot());
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
    let revision = format!("webhook show {} --jq .revision", platform.id);
    assert_eq!(platform.world.run(&revision).ok(), "1\n");
}

#[test]
fn it_is_pointed_here_and_back_again() {
    let platform = platform();
    let mut listening = platform.take_over();
    assert_eq!((platform.url().as_str(), platform.records()), (PUBLIC, 1));
    // Callouts need the webhook's secret, and the tunnel's host as audience.
    let answer = listening.post(None, b"{}");
    assert_eq!(crate::support::listening::parts(&answer).0, 401);
    assert_eq!(listening.event()["event"], "refused");
    assert_run!(listening.end("INT"), @r#"
    exit 130
    --- stderr
    {"note":"WBH-0000-0001 points to https://tunnel.example.net/here until listen stops"}
    {"note":"Press Ctrl-C to stop. The newest 1000 callouts are kept for mpt endpoint replay"}
    {"note":"WBH-0000-0001 points to https://hooks.example.com/validate again"}
    {"note":"1 callout: 1 token refused"}
    "#);
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
}

#[test]
fn there_is_no_second_take_over() {
    let platform = platform();
    let first = platform.take_over();
    let same = platform.world.run(&platform.line(0));
    assert_eq!(same.code, 6, "{}", same.snapshot());
    let second = platform.world.run(&platform.line(0).replace("/here", "/there"));
    assert_run!(second, @r#"
    exit 6
    --- stderr
    {"error":{"kind":"conflict","message":"WBH-0000-0001 is already taken over","status":null,"detail":null,"errors":null,"traceId":null,"hint":"stop the other listen, which restores the webhook; after a crash, run mpt endpoint listen --restore","exitCode":6}}
    "#);
    assert_eq!(platform.url(), PUBLIC);
    assert_eq!(first.end("TERM").code, 0);
    assert_eq!(platform.url(), BEFORE);
}

#[test]
fn a_crash_is_mended_by_restore_and_by_the_next_listen() {
    let platform = platform();
    platform.take_over().end("KILL");
    assert_eq!((platform.url().as_str(), platform.records()), (PUBLIC, 1));
    assert_run!(platform.world.run("endpoint listen --restore"), @"
    exit 0
    --- stderr
    WBH-0000-0001 points to https://hooks.example.com/validate again
    ");
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
    assert_run!(platform.world.run("endpoint listen --restore"), @"
    exit 0
    --- stderr
    There is nothing to restore
    ");

    platform.take_over().end("KILL");
    let next = Listening::new(&platform.world, "");
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
    next.end("TERM");

    platform.take_over().end("KILL");
    let again = platform.take_over();
    assert_eq!((platform.url().as_str(), platform.records()), (PUBLIC, 1));
    again.end("TERM");
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
}

#[test]
fn a_change_by_someone_else_is_kept() {
    let platform = platform();
    let listening = platform.take_over();
    let id = &platform.id;
    let update = |url: &str| platform.world.run(&format!("webhook update {id} --url {url}"));
    update("https://other.example").ok();
    assert_run!(listening.end("TERM"), @r#"
    exit 0
    --- stderr
    {"note":"WBH-0000-0001 points to https://tunnel.example.net/here until listen stops"}
    {"note":"Press Ctrl-C to stop. The newest 1000 callouts are kept for mpt endpoint replay"}
    {"warning":"someone else pointed WBH-0000-0001 to https://other.example/; it was not changed back to https://hooks.example.com/validate"}
    {"note":"0 callouts"}
    "#);
    assert_eq!((platform.url().as_str(), platform.records()), ("https://other.example", 0));

    let listening = platform.take_over();
    platform.world.run(&format!("webhook delete {id} --yes")).ok();
    // Another account gets 404 too, so the record is kept.
    let run = listening.end("TERM");
    assert_eq!(run.code, 5, "{}", run.snapshot());
    assert!(
        run.error()["hint"].as_str().is_some_and(|hint| {
            hint.contains("with a token of ACC-1000-0001") && hint.contains(".json")
        }),
        "{}",
        run.stderr
    );
    assert_eq!(platform.records(), 1);
}

/// A stand-in for a platform with one webhook, whose PUT gets this reply and has no effect.
fn scripted(reply: fn(&Value) -> Reply) -> (Server, World) {
    let webhook = documents::healthy();
    let server = Server::new(move |request, _| match request.method.as_str() {
        "PUT" => reply(&webhook),
        _ => Reply::Json(200, webhook.clone()),
    });
    let world = World::at(&server).with("S", "s3cret-s3cret");
    (server, world)
}

fn records(world: &World) -> usize {
    let entries = std::fs::read_dir(world.path("mpt/data/take-overs")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".json")).count()
}

const TAKE_OVER: &str = "endpoint listen --port 0 -o jsonl --take-over WBH-1234-5678 --secret-env S \
                         --public-url https://tunnel.example.net/here --yes --retries 0";

#[test]
fn a_take_over_of_unknown_fate_keeps_its_record() {
    type Answer = fn(&Value) -> Reply;
    let replies: [(Answer, i32); 3] = [
        (|_| Reply::Json(504, json!({})), 8),
        (|_| Reply::Drop, 9),
        // Answered with success, but without effect.
        (|webhook| Reply::Json(200, webhook.clone()), 8),
    ];
    for (reply, code) in replies {
        let (_server, world) = scripted(reply);
        let run = world.run(TAKE_OVER);
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert_eq!(records(&world), 1, "{}", run.snapshot());
        assert!(run.stderr.contains("--restore"), "{}", run.stderr);
        // It reads as before, so the next look removes the record.
        let run = world.run("endpoint listen --restore");
        assert_eq!((run.code, records(&world)), (0, 0), "{}", run.snapshot());
    }
    let (_server, world) = scripted(|_| Reply::Json(403, json!({})));
    assert_eq!(world.run(TAKE_OVER).code, 4);
    assert_eq!(records(&world), 0);
}

#[test]
fn another_account_leaves_the_record() {
    let gone = std::sync::atomic::AtomicBool::new(false);
    let gone = std::sync::Arc::new(gone);
    let is_gone = std::sync::Arc::clone(&gone);
    let webhook = std::sync::Mutex::new(documents::healthy());
    let server = Server::new(move |request, _| {
        if is_gone.load(std::sync::atomic::Ordering::SeqCst) {
            return Reply::Json(404, json!({"title": "Not Found"}));
        }
        let mut webhook = webhook.lock().unwrap();
        if request.method == "PUT" {
            webhook["url"] = request.json()["url"].clone();
        }
        Reply::Json(200, webhook.clone())
    });
    let world = World::at(&server).with("S", "s3cret-s3cret");
    Listening::run(&world, TAKE_OVER).end("KILL");
    gone.store(true, std::sync::atomic::Ordering::SeqCst);
    let run = world.run("endpoint listen --restore");
    assert_eq!((run.code, records(&world)), (5, 1), "{}", run.snapshot());
    gone.store(false, std::sync::atomic::Ordering::SeqCst);
    let run = world.run("endpoint listen --restore");
    assert_eq!((run.code, records(&world)), (0, 0), "{}", run.snapshot());
}

#[test]
fn a_failed_restore_keeps_the_record() {
    let mut platform = platform();
    let listening = platform.take_over();
    platform.served.child.kill().unwrap();
    platform.served.child.wait().unwrap();
    let run = listening.end("INT");
    assert_eq!(run.code, 9, "{}", run.snapshot());
    assert!(
        run.error()["hint"]
            .as_str()
            .unwrap()
            .starts_with("try again with mpt endpoint listen --restore")
    );
    assert_eq!(platform.records(), 1);
    // Another platform is not asked, and the listener still starts.
    let elsewhere = World::new();
    let folder = elsewhere.path("mpt/data/take-overs");
    std::fs::create_dir_all(&folder).unwrap();
    let from = platform.world.path("mpt/data/take-overs");
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    assert_run!(elsewhere.run("-p sandbox endpoint listen --restore"), @"
    exit 3
    --- stderr
    error: WBH-0000-0001 ([host], token from MPT_API_TOKEN, account ACC-1000-0001) may still point to https://tunnel.example.net/here
    hint: run mpt -p sandbox endpoint listen --restore with a profile of that platform and account
    ");
    let run = Listening::new(&elsewhere, "").end("TERM");
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("may still point to"), "{}", run.stderr);
}

/// A program that is started under `nohup` ignores SIGHUP, and so does what it starts.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.is_some_and(|mask| {
        let mask = u64::from_str_radix(mask.trim(), 16);
        mask.is_ok_and(|mask| mask & 1 == 1)
    })
}

#[test]
fn a_closed_terminal_or_pipe_puts_it_back_too() {
    let platform = platform();
    if is_hangup_ignored() {
        report_skipped("skipped: the end of a terminal, since the tests run under nohup");
    } else {
        let listening = platform.take_over();
        assert_eq!(listening.end("HUP").code, 0);
        assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
    }

    let mut listening = platform.take_over();
    assert_eq!(platform.url(), PUBLIC);
    listening.close_stdout();
    crate::support::listening::post(listening.connect(), None, b"{}");
    assert_eq!(listening.wait(), Some(0));
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
}

#[test]
fn callouts_are_answered_until_the_webhook_is_put_back() {
    let data = World::new();
    let served = Served::new(&data, "--latency 400ms");
    let world = served.world();
    let id = world.run(&format!(
        "webhook create --type validate-answer --form FRM-1111-1111 --url {BEFORE} -o id"
    ));
    let id = id.ok().trim().to_owned();
    let line = format!(
        "endpoint listen --port 0 -o jsonl --take-over {id} --public-url https://t.example/x --yes"
    );
    let listening = Listening::run(&world, &line);
    listening.signal("INT");
    // Restoring takes some 800 ms here, during which callouts still arrive.
    let answer = listening.post(None, b"{}");
    assert_eq!(crate::support::listening::parts(&answer).0, 200);
    let shown = world.run(&format!("webhook show {id} --jq .url")).ok();
    assert_ne!(shown.trim(), "", "the platform answers meanwhile");
    assert_eq!(listening.end("CONT").code, 130);
    assert_eq!(world.run(&format!("webhook show {id} --jq .url")).ok().trim(), BEFORE);
}

#[test]
fn an_unreadable_record_does_not_stop_listen() {
    let platform = platform();
    platform.take_over().end("KILL");
    let folder = platform.world.path("mpt/data/take-overs");
    std::fs::write(folder.join("bad.json"), "x").unwrap();
    let run = platform.world.run("endpoint listen --restore");
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert!(run.stderr.contains("bad.json"), "{}", run.stderr);
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 1));
}

#[test]
fn a_refused_take_over_changes_nothing() {
    let platform = platform();
    let missing = platform.line(0).replace(&platform.id, "WBH-0000-0000");
    assert_eq!(platform.world.run(&missing).code, 5);
    let asked = platform.line(0).replace(" --yes", "");
    assert_run!(platform.world.run(&asked), @r#"
    exit 2
    --- stderr
    {"error":{"kind":"usage","message":"cannot ask for confirmation without a terminal","status":null,"detail":null,"errors":null,"traceId":null,"hint":"use --yes to continue without asking","exitCode":2}}
    "#);
    assert_eq!((platform.url().as_str(), platform.records()), (BEFORE, 0));
}
