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
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.starts_with("http://127.0.0.1:"), "{first}");
    child
}

#[test]
fn ctrl_c_ends_serve_with_130_and_sigterm_with_0() {
    for (name, code) in [("INT", 130), ("TERM", 0)] {
        let world = World::new();
        let child = serve(&world);
        signal(child.id(), name);
        assert_eq!(
            child.wait_with_output().unwrap().status.code(),
            Some(code),
            "{name}"
        );
    }
}
