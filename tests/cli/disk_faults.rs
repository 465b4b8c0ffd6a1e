//! Disks that are full or read-only, and interrupted writes: a file has the old
//! or the new content, and is private.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::listening::{Listening, parts};
use crate::support::world::{assert_private, set_mode};
use crate::support::{Server, World};

/// A disk of 256 KiB.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// `None` if it cannot be mounted; the test then prints why it is skipped.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let disk = Self { folder };
        if disk.mount("size=256k,mode=700") {
            return Some(disk);
        }
        crate::support::world::report_skipped("skipped: mounting a tmpfs is not permitted here");
        None
    }

    fn mount(&self, options: &str) -> bool {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "tmpfs"]);
        let output = command.arg(self.folder.path()).output();
        output.is_ok_and(|output| output.status.success())
    }

    fn make_read_only(&self) {
        assert!(self.mount("remount,ro"));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn fill(&self) {
        let mut bytes = 64 * 1024;
        let mut number = 0;
        while bytes > 0 {
            number += 1;
            let path = self.path(&format!("filler{number}"));
            if fs::write(&path, vec![b'x'; bytes]).is_err() {
                // A failed write may leave space, so continue with smaller ones until nothing fits.
                bytes /= 2;
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.folder.path()).status().ok();
    }
}

const CONFIG: &str =
    "# Mine.\n[profiles.a]\nbase_url = \"https://a.example\"\ntoken = \"idt:TKN-1-1:x\"\n";

/// A world whose configuration is on the disk.
fn world(disk: &Disk, server: &Server) -> World {
    fs::write(disk.path("config.toml"), CONFIG).unwrap();
    set_mode(&disk.path("config.toml"), 0o600);
    fs::write(disk.path("webhooks.plan"), "the old plan").unwrap();
    World::at(server)
        .with("MPT_CONFIG", disk.path("config.toml").to_str().unwrap())
        .with("MPT_HOME", disk.path("data").to_str().unwrap())
}

fn assert_nothing_lost(disk: &Disk, world: &World, server: &Server) {
    world.write(
        "webhooks.toml",
        "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"F\"\nurl = \"https://a.example\"\n",
    );
    let plan = disk.path("webhooks.plan");
    let secret = disk.path("hook.secret");
    for (line, code) in [
        ("config set timeout 5s -p a".to_owned(), 3),
        (format!("webhook diff webhooks.toml --out {}", plan.display()), 2),
        (
            format!(
                "webhook create --type validate-answer --form F --url https://a.example \
                 --generate-secret --secret-out {}",
                secret.display()
            ),
            2,
        ),
        ("-p sandbox webhook list".to_owned(), 3),
        ("endpoint replay".to_owned(), 3),
    ] {
        let run = world.run(&line);
        assert_eq!(run.code, code, "{line}: {}", run.snapshot());
        assert_eq!(run.stdout, "", "{line}");
    }
    assert_eq!(fs::read_to_string(disk.path("config.toml")).unwrap(), CONFIG);
    assert_private(&disk.path("config.toml"));
    assert_eq!(fs::read_to_string(plan).unwrap(), "the old plan");
    assert!(!secret.exists(), "half a secret is left");
    assert!(!server.methods().contains("POST"), "nothing was to be sent");
}

fn empty_list() -> Server {
    Server::always(200, json!({"$meta": {"pagination": {"total": 0, "limit": 100}}, "data": []}))
}

#[test]
fn a_full_disk_loses_nothing() {
    let Some(disk) = Disk::new() else { return };
    let server = empty_list();
    let world = world(&disk, &server);
    disk.fill();
    assert_nothing_lost(&disk, &world, &server);
}

#[test]
fn a_read_only_disk_loses_nothing() {
    let Some(disk) = Disk::new() else { return };
    let server = empty_list();
    let world = world(&disk, &server);
    disk.make_read_only();
    assert_nothing_lost(&disk, &world, &server);
}

#[test]
fn a_listener_with_a_full_disk_still_answers_and_warns() {
    let Some(disk) = Disk::new() else { return };
    let world = World::new().with("MPT_HOME", disk.path("data").to_str().unwrap());
    let mut listening = Listening::new(&world, "");
    listening.post(None, b"{\"id\":\"ORD-1\"}");
    assert_eq!(listening.event()["id"], 1);
    disk.fill();
    let long = format!("{{\"id\":\"ORD-2\",\"text\":\"{}\"}}", "x".repeat(100_000));
    let answer = listening.post(None, long.as_bytes());
    assert_eq!(parts(&answer).0, 200);
    let event = listening.event();
    assert_eq!((&event["object"], &event["id"]), (&json!("ORD-2"), &json!(null)));
    let run = listening.end("TERM");
    assert!(run.stderr.contains("cannot write a callout to the journal"), "{}", run.stderr);
    // A second listener cannot even start.
    disk.fill();
    let again = world
        .with("MPT_HOME", disk.path("other").to_str().unwrap())
        .run("endpoint listen --port 0");
    assert_eq!(again.code, 3, "{}", again.snapshot());
    let hint = "hint: the disk is full; free some space and try again";
    assert!(again.stderr.contains(hint), "{}", again.stderr);
}

#[test]
fn remains_of_killed_writes_are_removed() {
    let world = World::new();
    world.config(CONFIG);
    let remains = |name: &str, minutes: u64| {
        let path = world.write(&format!("mpt/{name}"), "");
        let age = std::time::Duration::from_secs(60 * minutes);
        let then = std::time::SystemTime::now() - age;
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(then))
            .unwrap();
        path
    };
    let old = remains(".config.toml.abc123.tmp", 60);
    let kept = [remains(".config.toml.def456.tmp", 0), remains(".other.toml.abc123.tmp", 60)];
    world.run("config set timeout 9s -p a").ok();
    assert!(!old.exists());
    assert!(kept.iter().all(|path| path.exists()));
}

#[test]
fn a_write_that_is_killed_leaves_the_old_or_the_new() {
    let world = World::new();
    let config = world.config(CONFIG);
    let settings = ["5s", "6s", "7s"];
    for round in 0..60 {
        let value = settings[round % 3];
        let mut command = world.command(&["config", "set", "timeout", value, "-p", "a"]);
        let mut child = crate::support::world::spawn(&mut command);
        // Kill it at once, when it begins to write, or when it has written.
        let folder = config.parent().unwrap();
        let is_writing = || {
            let mut entries = fs::read_dir(folder).unwrap().flatten();
            entries.any(|entry| entry.path() != config)
        };
        let is_written = || fs::read_to_string(&config).is_ok_and(|text| text.contains(value));
        let is_time = || match round % 3 {
            0 => true,
            1 => is_writing(),
            _ => is_written(),
        };
        while !is_time() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().ok();
        child.wait().unwrap();
        let text = fs::read_to_string(&config).unwrap();
        let old_or_new = text == CONFIG
            || settings.iter().any(|value| text == format!("{CONFIG}timeout = \"{value}\"\n"));
        assert!(old_or_new, "{text}");
        for entry in fs::read_dir(config.parent().unwrap()).unwrap() {
            let path: &Path = &entry.unwrap().path();
            assert_private(path);
        }
    }
    world.run("config set timeout 9s -p a").ok();
}

#[test]
fn a_long_result_that_cannot_be_held_names_the_folder() {
    let Some(disk) = Disk::new() else { return };
    let data: Vec<_> = (0..100)
        .map(|number| {
            let mut document = crate::support::documents::with_id(&format!("WBH-{number}"));
            document["description"] = "x".repeat(100_000).into();
            document
        })
        .collect();
    let server = Server::always(200, crate::support::documents::page(&data, 0, Some(100)));
    let folder = disk.path("").display().to_string();
    let world = World::at(&server).with("TMPDIR", folder.trim_end_matches('/'));
    let run = world.run("webhook list -o json");
    assert_eq!((run.code, &*run.stdout), (1, ""));
    let message = run.error()["message"].as_str().unwrap().to_owned();
    let expected =
        format!("cannot write the result to a temporary file in {}", folder.trim_end_matches('/'));
    assert!(message.starts_with(&expected), "{message}");
    // With enough space, the same list is printed.
    let printed = World::at(&server).run("webhook list -o json").json();
    assert_eq!(printed.as_array().unwrap().len(), 100);
}

#[test]
fn no_half_case_is_saved_on_a_full_disk() {
    let Some(disk) = Disk::new() else { return };
    let world = World::new();
    let listening = Listening::new(&world, "");
    let long = format!("{{\"id\":\"ORD-2\",\"text\":\"{}\"}}", "x".repeat(150_000));
    for body in ["{\"id\":\"ORD-1\"}", &long, &long] {
        listening.post(None, body.as_bytes());
    }
    drop(listening);
    let folder = disk.path("cases");
    let run = world.run(&format!("endpoint replay --since 1h --save {}", folder.display()));
    assert_eq!(run.code, 2, "{}", run.snapshot());
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
