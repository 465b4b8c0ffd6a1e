//! `webhook watch`: shows every new call and status change once.

use serde_json::{Value, json};

use crate::support::documents::{failing, healthy, page};
use crate::support::terminal::HANGS;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, Terminal, World};

fn webhook(total: u64, status: &str) -> Value {
    json!({
        "id": "WBH-1234-5678", "type": "ValidateAnswer", "status": status,
        "statistics": {"total": total},
        "lastCall": {
            "success": total % 2 == 1, "httpStatusCode": 200,
            "callTime": format!("2026-05-04T09:00:0{total}.000Z"),
            "responseTime": format!("2026-05-04T09:00:0{total}.045Z")
        }
    })
}

/// Looks in sequence: nothing new, a call, an outage, two calls and a status change.
fn platform() -> Server {
    Server::new(|_, look| {
        let webhook = match look {
            0 | 1 => webhook(1, "Enabled"),
            2 => webhook(2, "Enabled"),
            3 | 4 => return Reply::Drop,
            _ => webhook(4, "Disabled"),
        };
        Reply::Json(200, page(&[webhook], 0, Some(1)))
    })
}

const WATCH: &str = "webhook watch WBH-1234-5678 --interval 20ms --for 1s --retries 0";

#[test]
fn programs_get_each_event_once() {
    let server = platform();
    let lines = World::at(&server).run(&format!("{WATCH} -o jsonl")).ok();
    let events: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<_> = events
        .iter()
        .map(|event| [&event["event"], &event["success"], &event["missed"], &event["to"]])
        .collect();
    let null = Value::Null;
    assert_eq!(
        events,
        [
            [&json!("call"), &json!(false), &json!(0), &null],
            [&json!("gap"), &null, &null, &null],
            [&json!("status"), &null, &null, &json!("Disabled")],
            [&json!("call"), &json!(false), &json!(1), &null],
        ]
    );
    let target = &server.requests()[0].target;
    assert!(
        target.contains("?in(id,(%22WBH-1234-5678%22))&select=statistics,lastCall"),
        "{target}"
    );
}

#[test]
fn people_get_a_line_in_a_pipe() {
    let lines = World::at(&platform()).run(WATCH).ok();
    let mut settings = insta::Settings::clone_current();
    // The time of the look that saw the change.
    settings.add_filter(r"\S+Z(  \S+  Enabled)", "[now]$1");
    settings.add_filter(r"127\.0\.0\.1:\d+", "[host]");
    settings.bind(|| {
        insta::assert_snapshot!(lines, @"
        2026-05-04T09:00:02.000Z  WBH-1234-5678  ✗ failed  200 OK  45 ms
        gap: the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer
        [now]  WBH-1234-5678  Enabled → Disabled
        2026-05-04T09:00:04.000Z  WBH-1234-5678  ✗ failed  200 OK  45 ms  (calls missed before it: 1)
        ");
    });
}

#[test]
fn a_first_look_that_fails_is_an_error() {
    let server = Server::always(401, json!({}));
    assert_eq!(World::at(&server).run("webhook watch").code, 4);
    assert_eq!(World::new().run("-p sandbox webhook watch -o csv").code, 2);
    assert_eq!(World::new().run("-p sandbox webhook watch --interval 5").code, 2);
}

#[test]
fn a_missing_webhook_is_reported() {
    let run = World::new().run("-p sandbox webhook watch WBH-0 --interval 20ms --for 50ms");
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.starts_with("warning: webhook WBH-0 does not exist yet"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_130_and_no_error() {
    use std::io::{BufRead, BufReader};
    let world = World::new();
    let mut child =
        crate::support::world::spawn(&mut world.command(&["-p", "sandbox", "webhook", "watch"]));
    let mut first = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("Watching"), "{first}");
    crate::support::world::signal(child.id(), "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn it_stops_when_the_state_is_reached() {
    let healthy = World::at(&Server::always(200, page(&[healthy()], 0, Some(1))));
    let watch = "webhook watch --interval 20ms --for 100ms -q --until";
    assert_eq!(healthy.run(&format!("{watch} ok")).code, 0);
    assert_run!(healthy.run(&format!("{watch} failing")), @"
    exit 10
    --- stderr
    error: the state was not reached in time by WBH-1234-5678
    ");
    // A webhook that does not exist is not ok.
    assert_eq!(healthy.run(&format!("{watch} ok WBH-1234-5678 WBH-1")).code, 10);
    let server = Server::new(|_, number| {
        let mut webhook = failing();
        webhook["statistics"]["total"] = (7 + number).into();
        webhook["lastCall"]["callTime"] = format!("2026-05-04T09:00:{number:02}.000Z").into();
        Reply::Json(200, page(&[webhook], 0, Some(1)))
    });
    let called = "webhook watch --interval 20ms --for 60s -q --until called";
    assert_eq!(World::at(&server).run(called).code, 0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn the_live_table_survives_a_resize() {
    let server = Server::always(200, page(&[failing()], 0, Some(1)));
    let world = World::at(&server);
    let mut terminal = Terminal::sized(&world, "webhook watch --interval 50ms", 24, 130);
    terminal.wait_for("SINCE THEN");
    terminal.resize(10, 60);
    let before = server.requests().len();
    // Several polls later the table is still one table.
    let began = std::time::Instant::now();
    while server.requests().len() < before + 5 {
        assert!(began.elapsed() < HANGS, "it polls no more");
        std::thread::yield_now();
    }
    terminal.wait_for("WBH-1234-5678");
    terminal.type_keys("\u{3}");
    let screen = terminal.end();
    assert_eq!(screen.matches("WBH-1234-5678").count(), 1, "{screen}");
}

#[test]
fn a_state_is_waited_for_until_the_end() {
    let healthy = healthy();
    let id = healthy["id"].as_str().unwrap().to_owned();
    let server = Server::new(move |request, _| match request.target.contains("api-tokens") {
        true => Reply::Json(404, json!({})),
        false => Reply::Json(200, page(std::slice::from_ref(&healthy), 0, Some(1))),
    });
    let world = World::at(&server);
    // The interval is longer than the time, and an ID may be given twice.
    world.run(&format!("webhook watch {id} {id} --until ok --for 1s --interval 1h")).ok();
    let polls = server.requests().len();
    assert_run!(world.run(&format!("webhook watch {id} WBH-9999-0001 --until ok --for 10ms --interval 1h")), @"
    exit 10
    --- stderr
    warning: webhook WBH-9999-0001 does not exist yet
    Watching ([host], token from MPT_API_TOKEN); press Ctrl-C to stop
    error: the state was not reached in time by WBH-9999-0001
    ");
    assert_eq!(server.requests().len() - polls, 2, "the last poll is at the end");
}

#[cfg(unix)]
#[test]
fn a_resize_is_drawn_at_once() {
    let server = Server::always(200, page(&[failing()], 0, Some(1)));
    let world = World::at(&server);
    // There is no other poll that would draw.
    let terminal = Terminal::sized(&world, "webhook watch --interval 1h", 24, 130);
    terminal.wait_for("SINCE THEN");
    terminal.resize(24, 80);
    terminal.wait_for("draft");
}

#[test]
fn a_platform_that_hangs_does_not_delay_the_end() {
    let server = Server::new(|_, number| match number {
        0..=1 => Reply::Json(200, page(&[failing()], 0, Some(1))),
        _ => Reply::Silence,
    });
    let world = World::at(&server);
    let line = "webhook watch --until ok --for 10ms --interval 1ms --timeout 10m";
    assert_eq!(world.run(line).code, 10);
}

#[cfg(unix)]
#[test]
fn sigterm_is_no_failure_unless_a_state_is_waited_for() {
    use std::io::{BufRead, BufReader};
    let server = Server::always(200, page(&[failing()], 0, Some(1)));
    let world = World::at(&server);
    for (arguments, code) in [("", 0), (" --until ok", 130)] {
        let line = format!("webhook watch --interval 1h{arguments}");
        let words: Vec<_> = line.split(' ').collect();
        let mut command = world.command(&words);
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert!(line.starts_with("Watching"), "{line}");
        crate::support::world::signal(child.id(), "TERM");
        assert_eq!(child.wait().unwrap().code(), Some(code), "{arguments}");
    }
}
