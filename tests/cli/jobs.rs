//! `--jobs`: commands with IDs work on several webhooks at once.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
#[cfg(unix)]
use std::sync::Arc;
use std::sync::{Barrier, Mutex, mpsc};

use serde_json::json;

use crate::support::documents::{switched, with_id};
use crate::support::server::Request;
use crate::support::world::Run;
use crate::support::{Reply, Server, World};

fn id(request: &Request) -> String {
    let id = request.target.split(['/', '?']).nth(5);
    id.unwrap().to_owned()
}

#[test]
fn webhooks_are_read_together_and_printed_in_order() {
    // Each answer waits for the other three requests, and the first one for all others to be answered.
    let together = Barrier::new(4);
    let (sender, others) = mpsc::channel();
    let others = Mutex::new(others);
    let server = Server::new(move |request, _| {
        together.wait();
        if id(request) == "WBH-1" {
            (0..3).for_each(|_| others.lock().unwrap().recv().unwrap());
        } else {
            sender.send(()).unwrap();
        }
        Reply::Json(200, switched(request, with_id(&id(request))))
    });
    let show = "webhook show WBH-1 WBH-2 WBH-3 WBH-4 WBH-2 -o id --jobs 4";
    assert_eq!(World::at(&server).run(show).ok(), "WBH-1\nWBH-2\nWBH-3\nWBH-4\n");
}

#[test]
fn one_job_is_one_request_at_a_time() {
    let running = Mutex::new(());
    let server = Server::new(move |request, _| {
        let _running = running.try_lock().expect("no other request is running");
        Reply::Json(200, switched(request, with_id(&id(request))))
    });
    let show = "webhook show WBH-1 WBH-2 WBH-3 -o id --jobs 1";
    assert_eq!(World::at(&server).run(show).ok(), "WBH-1\nWBH-2\nWBH-3\n");
    assert_eq!(World::at(&server).run("webhook show WBH-1 --jobs 0").code, 2);
}

#[test]
fn connections_are_used_again() {
    let server =
        Server::new(|request, _| Reply::Json(200, switched(request, with_id(&id(request)))));
    let ids: Vec<_> = (0..40).map(|number| format!("WBH-{number}")).collect();
    let show = format!("webhook show {} -o id --jobs 4", ids.join(" "));
    assert_eq!(World::at(&server).run(&show).ok(), ids.join("\n") + "\n");
    assert_eq!(server.requests().len(), 40);
    assert!(server.connections() <= 4, "{}", server.connections());
}

#[test]
fn standard_input_is_worked_on_as_it_arrives() {
    let server =
        Server::new(|request, _| Reply::Json(200, switched(request, with_id(&id(request)))));
    let mut child = World::at(&server)
        .command(&["webhook", "disable", "-", "-o", "id"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["WBH-1", "WBH-2", "WBH-3"] {
        writeln!(input, "# a comment\n\n{id}").unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), id);
    }
    drop(input);
    assert!(lines.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn input_that_is_no_text_is_an_error_after_the_ids_before_it() {
    let server =
        Server::new(|request, _| Reply::Json(200, switched(request, with_id(&id(request)))));
    let mut child = World::at(&server)
        .command(&["webhook", "show", "-", "-o", "id"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"WBH-1\n\xff\xfe\n").unwrap();
    drop(input);
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(
        (run.code, &*run.stdout, &*run.stderr),
        (2, "WBH-1\n", "error: standard input: not UTF-8 text\n")
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_what_was_sent_and_starts_nothing_else() {
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let server = Arc::new(Server::new(move |request, _| {
        // The webhooks are read before, for the confirmation.
        if request.method == "GET" {
            return Reply::Json(404, serde_json::json!({}));
        }
        arrived.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        Reply::Json(200, switched(request, with_id(&id(request))))
    }));
    let mut child = crate::support::world::spawn(&mut World::at(&server).command(&[
        "webhook", "disable", "WBH-1", "WBH-2", "WBH-3", "WBH-4", "--jobs", "2", "-o", "id",
    ]));
    (0..2).for_each(|_| arrivals.recv().unwrap());
    crate::support::world::signal(child.id(), "INT");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut note = String::new();
    stderr.read_line(&mut note).unwrap();
    assert!(note.starts_with("Stopping after the current requests"), "{note}");
    (0..2).for_each(|_| release.send(()).unwrap());
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!((run.code, &*run.stdout), (130, "WBH-1\nWBH-2\n"), "{rest}");
    assert_eq!(server.methods(), "GET POST POST");
    assert!(rest.contains("run the same command again to do the rest"), "{rest}");
}

#[test]
fn the_rate_limit_is_shared() {
    // After one 429, all requests pause, so nothing is refused again.
    let server = Server::new(|request, number| match number {
        0 => Reply::Full(429, vec![("retry-after", "0".to_owned())], Vec::new()),
        _ => Reply::Json(200, switched(request, with_id(&id(request)))),
    });
    let ids: Vec<_> = (0..20).map(|number| format!("WBH-{number}")).collect();
    let shown = World::at(&server).run(&format!("webhook show {} -o id", ids.join(" ")));
    assert_eq!(shown.ok(), ids.join("\n") + "\n");
    assert_eq!(server.requests().len(), 21);
    let failed = Server::always(429, json!({}));
    let run = World::at(&failed).run("webhook show WBH-1 WBH-2 -o id --retries 0");
    assert_eq!(run.code, 8);
}

#[test]
fn a_comment_names_no_webhook() {
    let server =
        Server::new(|request, _| Reply::Json(200, switched(request, with_id(&id(request)))));
    let input = "# WBH-8\n\n  # WBH-9\nWBH-1 # not WBH-2\nWBH-3 #WBH-4 WBH-5\n";
    let run = World::at(&server).run_with_stdin("webhook disable - -o id -q", input);
    assert_eq!((run.code, &*run.stdout), (0, "WBH-1\nWBH-3\n"), "{}", run.snapshot());
    assert_eq!(server.methods(), "POST POST");
}
