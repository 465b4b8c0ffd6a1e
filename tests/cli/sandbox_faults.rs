//! Injected faults of the sandbox, and its robustness.

use std::process::Child;
use std::sync::mpsc;
use std::thread;

use predicates::prelude::{Predicate, PredicateBooleanExt};
use predicates::str::contains;
use serde_json::json;

use crate::support::World;
use crate::support::sandbox::Served;
use crate::support::world::Run;

const CREATE: &str =
    "webhook create --type ValidateAnswer --form FRM-1111-1111 --url https://a.example";

#[test]
fn one_webhook_is_created_whatever_fails() {
    let owner = World::new();
    let served = Served::new(&owner, "--fail-rate 0.25");
    let world = served.world();
    for number in 0..6 {
        let line = format!(
            "webhook create --type SelectOrderLines --product PRD-{number:04}-1111 \
             --url https://a.example -o id --retries 20"
        );
        world.run(&line).ok();
    }
    assert_eq!(owner.run("-p sandbox webhook list --count").ok(), "6\n");
}

#[test]
fn the_rate_is_limited_with_retry_after() {
    let owner = World::new();
    let served = Served::new(&owner, "--rate-limit 0.5/s");
    let (first, _, _) = served.send("GET /public/v1/notifications/webhooks", "", "");
    let (second, head, _) = served.send("GET /public/v1/notifications/webhooks", "", "");
    assert_eq!((first, second), (200, 429));
    assert!(head.contains("retry-after: 2"), "{head}");
}

#[test]
fn a_masked_secret_is_returned_once() {
    let owner = World::new();
    let served = Served::new(&owner, "--mask-secrets");
    let world = served.world().with("S", "s3cret");
    let created = world.run(&format!("{CREATE} --secret-env S --select secret -o json"));
    assert_eq!(created.json()["secret"], "s3cret");
    let listed = world.run("webhook list --select secret -o json").json();
    assert_eq!(listed[0]["secret"], json!("*******"));
    let id = listed[0]["id"].as_str().unwrap();
    let shown = world.run(&format!("webhook show {id} --secret --jq .secret"));
    assert_eq!(shown.ok(), "*******\n");
}

#[test]
fn every_request_is_logged() {
    let owner = World::new();
    let mut served = Served::new(&owner, "-v");
    served.world().run("webhook list --limit 1").ok();
    let log = log_of(&mut served.child);
    let logged = contains("GET /public/v1/notifications/webhooks?select=")
        .and(contains(" → 200 in "))
        .and(contains(&served.token).not());
    assert!(logged.eval(&log), "{log}");
}

#[test]
fn invalid_faults_are_refused() {
    for flag in
        ["--fail-rate 2", "--fail-rate x", "--rate-limit 0", "--rate-limit 5/m", "--latency 5"]
    {
        assert_eq!(World::new().run(&format!("sandbox serve --port 0 {flag}")).code, 2, "{flag}");
    }
}

/// Stops a server and returns its standard error.
fn log_of(child: &mut Child) -> String {
    child.kill().unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut text).unwrap();
    text
}

#[test]
fn a_process_that_is_killed_leaves_a_database_that_opens() {
    let world = World::new();
    let mut served = Served::new(&world, "");
    let (answered, answers) = mpsc::channel();
    let client = served.client();
    // Creates in sequence until the server is killed.
    let creating = thread::spawn(move || {
        for number in 0..100 {
            let body = json!({
                "type": "SelectOrderLines", "url": "https://a.example",
                "criteria": {"product.id": format!("PRD-{number:04}-1111")}
            });
            let Some(id) = client.create(&body) else {
                return;
            };
            answered.send(id).unwrap();
        }
    });
    let mut ids: Vec<String> = answers.iter().take(20).collect();
    served.child.kill().unwrap();
    creating.join().unwrap();
    ids.extend(answers.try_iter());
    let listed = world.run("-p sandbox webhook list -o id").ok();
    let listed: Vec<_> = listed.lines().collect();
    assert!(ids.iter().all(|id| listed.contains(&id.as_str())), "{ids:?}\n{listed:?}");
}

#[test]
fn a_slow_sandbox_is_waited_for_no_longer_than_asked() {
    let owner = World::new();
    let served = Served::new(&owner, "--latency 60s");
    let run = served.world().run("webhook list --timeout 200ms --retries 0");
    assert_eq!(run.code, 9);
    assert!(run.stderr.contains("timed out after 0.20 s"), "{}", run.stderr);
}

#[test]
fn a_newer_database_is_not_touched() {
    let world = World::new();
    world.run("-p sandbox webhook list --count").ok();
    let path = world.path("mpt/data/sandbox.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let run: Run = world.run("-p sandbox webhook list");
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("was written by a newer mpt (its version is 99"), "{}", run.stderr);
}
