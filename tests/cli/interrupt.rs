//! Ctrl-C and SIGTERM.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc;

use crate::support::world::{Run, signal, spawn};
use crate::support::{Reply, Server, World};

#[test]
fn ctrl_c_ends_a_request_that_hangs() {
    let (arrived, wait) = mpsc::channel();
    let arrived = std::sync::Mutex::new(arrived);
    let server = Server::new(move |_, _| {
        arrived.lock().unwrap().send(()).unwrap();
        Reply::Silence
    });
    let child = spawn(&mut World::at(&server).command(&["webhook", "list", "-o", "json"]));
    wait.recv().unwrap();
    signal(child.id(), "INT");
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 130);
    assert_eq!(run.error()["kind"], "interrupted");
}

fn serve(world: &World) -> Child {
    let mut child = spawn(&mut world.command(&["sandbox", "serve", "--port", "0"]));
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("http://127.0.0.1:"), "{first}");
    child
}

#[test]
fn ctrl_c_ends_serve_with_130_and_sigterm_with_0() {
    for (name, code) in [("INT", 130), ("TERM", 0)] {
        let world = World::new();
        let child = serve(&world);
        signal(child.id(), name);
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(code), "{name}");
    }
}

#[test]
fn ctrl_c_ends_a_command_that_reads_a_named_pipe() {
    for line in [
        "webhook create --from pipe.yaml --url http://h.example",
        "webhook diff pipe.yaml",
        "endpoint call --to http://127.0.0.1:1 --type ValidateAnswer --payload pipe.yaml --secret-env S",
        "webhook show WBH-1 -p named",
        "webhook show WBH-1 -p trusting",
        "webhook show WBH-1 -p running",
    ] {
        let world = World::new().with("S", "secret");
        world.config(
            "[profiles.named]\ntoken_file = '../pipe.yaml'\n[profiles.trusting]\ntoken = 't'\nca_file = '../pipe.yaml'\n\
             [profiles.running]\ntoken_command = ['cat', 'pipe.yaml']\n",
        );
        let pipe = world.path("pipe.yaml");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let words: Vec<_> = line.split_whitespace().collect();
        let child = spawn(&mut world.command(&words));
        // This blocks until the command reads the pipe.
        let writer = std::fs::File::options().write(true).open(&pipe).unwrap();
        signal(child.id(), "INT");
        let run = Run::of(&child.wait_with_output().unwrap());
        assert_eq!(run.code, 130, "{line}: {}", run.snapshot());
        drop(writer);
    }
}

fn make_pipe(path: &std::path::Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn ctrl_c_ends_a_command_whose_configuration_is_a_named_pipe() {
    for line in ["config list --config pipe", "webhook list --config pipe", "config import pipe"] {
        let world = World::new();
        make_pipe(&world.path("pipe"));
        let words: Vec<_> = line.split_whitespace().collect();
        let child = spawn(&mut world.command(&words));
        // This blocks until the command reads the pipe.
        let writer = std::fs::File::options().write(true).open(world.path("pipe")).unwrap();
        signal(child.id(), "INT");
        let run = Run::of(&child.wait_with_output().unwrap());
        assert_eq!(run.code, 130, "{line}: {}", run.snapshot());
        drop(writer);
    }
}

#[test]
fn a_database_that_is_a_named_pipe_is_an_error_at_once() {
    let world = World::new();
    std::fs::create_dir_all(world.path("mpt/data")).unwrap();
    let path = world.run("sandbox path").ok();
    for (name, line) in
        [(path.trim(), "-p sandbox webhook list"), ("mpt/data/journal.db", "endpoint replay")]
    {
        make_pipe(&world.path(name));
        let run = world.run(line);
        assert_eq!(run.code, 3, "{line}: {}", run.snapshot());
        assert!(run.stderr.contains("it is not a regular file"), "{line}: {}", run.stderr);
    }
}

#[test]
fn one_ctrl_c_ends_a_change_that_waits_for_ids() {
    let (arrived, wait) = mpsc::channel();
    let arrived = std::sync::Mutex::new(arrived);
    let server = Server::new(move |_, _| {
        arrived.lock().unwrap().send(()).unwrap();
        Reply::Json(404, serde_json::json!({}))
    });
    let world = World::at(&server);
    let mut child = spawn(
        world
            .command(&["webhook", "disable", "-", "--retries", "0"])
            .stdin(std::process::Stdio::piped()),
    );
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"WBH-1\n").unwrap();
    wait.recv().unwrap();
    signal(child.id(), "INT");
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{}", run.snapshot());
    drop(input);
}

#[test]
fn endless_files_are_refused() {
    let world = World::new().with("S", "secret");
    world.config("[profiles.trusting]\ntoken = 't'\nca_file = '/dev/zero'\n");
    std::os::unix::fs::symlink("/dev/zero", world.path("zero.yaml")).unwrap();
    for (line, code) in [
        ("webhook create --from /dev/zero --url http://h.example", 2),
        ("webhook diff zero.yaml", 2),
        ("webhook show WBH-1 -p trusting", 3),
        ("webhook show WBH-1 --config /dev/zero", 3),
        ("config import /dev/zero", 3),
    ] {
        let run = world.run(line);
        assert_eq!(run.code, code, "{line}: {}", run.snapshot());
        assert!(run.stderr.contains("it is larger than 64 MiB"), "{line}: {}", run.stderr);
    }
}
