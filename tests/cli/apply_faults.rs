//! `webhook apply` with faults, races, interruptions and rate limits.

use serde_json::{Value, json};

use crate::support::documents::{page, switched, updated};
use crate::support::manifests::{APPLY, FILE, count, many, world};
use crate::support::sandbox::Served;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

#[test]
fn apply_completes_despite_injected_faults() {
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
            return Reply::Json(200, json!({"id": "WBH-7", "url": "https://h.example/7"}));
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
        requests[0].target.contains("?in(type,(%22ValidateAnswer%22))&limit=100"),
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
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(count(&data), "60");
}

#[test]
fn a_webhook_that_someone_else_created_is_updated() {
    let form = "FRM-3333-3333";
    let theirs = json!({"id": "WBH-7", "type": "ValidateAnswer", "status": "Enabled",
        "object": {"id": form}, "criteria": {"form.id": form}, "url": "https://theirs.example"});
    let server = Server::new(move |request, number| match (request.method.as_str(), number) {
        ("GET", 0) => Reply::Json(200, page(&[], 0, Some(0))),
        ("POST", 1) => Reply::Json(409, json!({"title": "Conflict"})),
        ("GET", _) => Reply::Json(200, page(std::slice::from_ref(&theirs), 0, Some(1))),
        _ => Reply::Json(200, updated(request, switched(request, theirs.clone()))),
    });
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
    1 updated, after someone else created it
    --- stderr
    updated ValidateAnswer for FRM-3333-3333 (WBH-7), which was created by someone else in the meantime
    ");
    assert_eq!(server.methods(), "GET POST GET PUT POST");
    assert_eq!(
        server.requests()[3].json(),
        json!({"url": "https://ours.example", "secret": "s3cret-s3cret"})
    );
    assert_eq!(server.lines()[4], "POST /public/v1/notifications/webhooks/WBH-7/disable");
}

#[test]
fn partial_and_unknown_outcomes_are_reported() {
    let form = "FRM-3333-3333";
    let created = json!({"id": "WBH-7", "type": "ValidateAnswer", "object": {"id": form}});
    for (lost, result, code) in [(false, "created, but not disabled", 4), (true, "unknown", 9)] {
        let created = created.clone();
        let server = Server::new(move |request, number| match (request.method.as_str(), number) {
            ("POST", 1) if lost => Reply::Drop,
            ("POST", 1) => Reply::Json(201, created.clone()),
            ("POST", _) => Reply::Json(403, json!({})),
            ("GET", 0) => Reply::Json(200, page(&[], 0, Some(0))),
            _ => Reply::Json(500, json!({})),
        });
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
        assert_eq!(document["outcome"][0]["result"], result, "{}", run.snapshot());
        assert_eq!(run.code, code, "{}", run.snapshot());
    }
}

#[test]
fn a_reader_that_goes_away_stops_nothing() {
    let world = world();
    world.write("many.toml", &many(100));
    let words = ["-p", "sandbox", "webhook", "apply", "many.toml", "--yes", "-q"];
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
        "GET" => Reply::Json(200, page(std::slice::from_ref(&theirs), 0, Some(1))),
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
        run.stdout.ends_with("nothing was done; 1 failed, 1 not started\n"),
        "{}",
        run.snapshot()
    );
    assert_eq!((run.code, server.methods().as_str()), (7, "GET PUT"));
}

#[test]
fn what_was_refused_by_a_rate_limit_is_sent_again() {
    let posts = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::new(move |request, _| {
        if request.method == "GET" {
            return Reply::Json(200, page(&[], 0, Some(0)));
        }
        match posts.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            ..20 => Reply::Full(429, vec![("retry-after", "0".to_owned())], vec![]),
            _ => Reply::Json(201, crate::support::documents::created(&request.json())),
        }
    });
    let world = World::at(&server);
    world.write("many.toml", &many(60));
    let run = world.run("webhook apply many.toml --yes --jobs 64 --retries 20");
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let requests = server.requests();
    let posts = requests.iter().filter(|request| request.method == "POST");
    assert_eq!(posts.count(), 80, "each refused one once more");
}

#[test]
fn one_failure_does_not_stop_the_rest() {
    let world = world();
    world.write("webhooks.toml", &FILE.replace("validate-purchase-order-draft", "brand-new-type"));
    assert_run!(world.run(APPLY), @"
    exit 7
    --- stdout
    + create  brand-new-type for PRD-1111-1111
     url            https://hooks.example.com/validate
     description    Checks draft orders
     criteria       product.id = PRD-1111-1111
     secret         is set

    + create  ValidateAnswer for FRM-3333-3333
     url            https://hooks.example.com/answers
     criteria       form.id = FRM-3333-3333
     status         Disabled

    2 to create
    1 created; 1 failed
    --- stderr
    warning: unknown type `brand-new-type`; it is sent unchanged
    error: cannot create brand-new-type for PRD-1111-1111: 400 Bad Request from the sandbox
      type: The type 'brand-new-type' is not known.
      One or more validation errors occurred.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    created ValidateAnswer for FRM-3333-3333 (WBH-0000-0001)
    ");
    let error = world.run(&format!("{APPLY} -o json"));
    let document: Value = serde_json::from_str(&error.stdout).unwrap();
    assert_eq!(document["outcome"][0]["result"], "failed");
    assert_eq!(document["outcome"][0]["error"]["kind"], "rejected");
    assert_eq!(document["outcome"][1]["action"], "unchanged");
}

#[cfg(unix)]
#[test]
fn what_changes_while_the_question_waits_is_a_conflict() {
    let lists = std::sync::atomic::AtomicUsize::new(0);
    let theirs = json!({"id": "WBH-7", "type": "ValidateAnswer", "status": "Enabled", "url": "https://theirs.example",
        "object": {"id": "FRM-3333-3333"}, "criteria": {"form.id": "FRM-3333-3333"}});
    let server = Server::new(move |request, _| {
        if request.method != "GET" {
            return Reply::Json(500, json!({}));
        }
        match lists.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Reply::Json(200, page(&[], 0, Some(0))),
            _ => Reply::Json(200, page(std::slice::from_ref(&theirs), 0, Some(1))),
        }
    });
    let world = World::at(&server);
    world.write(
        "w.toml",
        "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-3333-3333\"\nurl = \"https://ours.example\"\n",
    );
    let mut terminal = crate::support::Terminal::run(&world, "webhook apply w.toml");
    terminal.answer("Apply these changes", "y\r");
    let screen = terminal.end();
    assert!(screen.starts_with("exit 6\n"), "{screen}");
    assert_eq!(server.methods(), "GET GET");
}

/// Ctrl-C on a terminal reaches the child process of `--jq` too.
#[cfg(unix)]
#[test]
fn ctrl_c_on_a_terminal_leaves_the_filter_its_report() {
    let data = World::new();
    let served = Served::new(&data, "--latency 20ms");
    let world = served.world();
    world.write("many.toml", &many(400));
    let line =
        "webhook apply many.toml --yes --jobs 2 --jq (.outcome|length|tostring)+\"-outcomes\"";
    let mut terminal = crate::support::Terminal::run(&world, line);
    terminal.wait_for("created ValidateAnswer");
    terminal.type_keys("\u{3}");
    let screen = terminal.end();
    assert!(screen.starts_with("exit 130\n"), "{screen}");
    assert!(screen.contains("400-outcomes"), "{screen}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_current_requests_and_reports_the_outcome() {
    use std::io::{BufRead, BufReader};
    let data = World::new();
    let served = Served::new(&data, "--latency 20ms");
    let world = served.world();
    world.write("many.toml", &many(400));
    let words = ["webhook", "apply", "many.toml", "--yes", "--jobs", "4", "-o", "json"];
    let mut child = crate::support::world::spawn(&mut world.command(&words));
    // Wait until some are done: each prints a line.
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    for _ in 0..10 {
        stderr.read_line(&mut line).unwrap();
    }
    crate::support::world::signal(child.id(), "INT");
    let stderr = std::thread::spawn(move || std::io::read_to_string(&mut stderr).unwrap());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let error: Value =
        serde_json::from_str(stderr.join().unwrap().lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["kind"], "interrupted");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results: Vec<_> =
        document["outcome"].as_array().unwrap().iter().map(|o| &o["result"]).collect();
    let done = results.iter().filter(|result| **result == "done").count();
    let not_started = results.iter().filter(|result| **result == "not started").count();
    assert!(done >= 10 && not_started > 0 && done + not_started == 400, "{done} {not_started}");
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
    let mut child = crate::support::world::spawn(
        &mut world.command(&["webhook", "apply", "many.toml", "--yes"]),
    );
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
