//! Malicious load on the sandbox and the listener: other clients are still served,
//! and memory is limited.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::World;
use crate::support::listening::{Listening, parts, post};
use crate::support::sandbox::Served;

/// Open files that a test may have.
fn most_connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft: usize = line.split_whitespace().nth(3).unwrap().parse().unwrap_or(1024);
    // Other tests have files open too.
    1_000.min(soft.saturating_sub(300))
}

/// The peak memory of a process, in MiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// The status of the response; 0 if the server only closes the connection.
fn status(stream: &mut TcpStream) -> u16 {
    let mut answer = Vec::new();
    // A reset also ends the connection.
    stream.read_to_end(&mut answer).ok();
    let head = String::from_utf8_lossy(&answer).into_owned();
    head.split_whitespace().nth(1).map_or(0, |status| status.parse().unwrap())
}

/// Opens connections that stop in the middle of headers or bodies.
fn slow_senders(url: &str) -> Vec<TcpStream> {
    (0..most_connections())
        .map(|number| {
            let mut stream = connect(url);
            let begun: &[u8] = if number % 2 == 0 {
                b"POST / HTTP/1.1\r\nhost:"
            } else {
                b"POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{"
            };
            stream.write_all(begun).unwrap();
            stream
        })
        .collect()
}

/// Endless headers and an endless body.
fn floods(url: &str, path: &str) {
    let mut head = connect(url);
    head.write_all(format!("POST {path} HTTP/1.1\r\nhost: x\r\n").as_bytes()).unwrap();
    let header = format!("x-{}: {}\r\n", "n".repeat(100), "v".repeat(8_000));
    // Wait until it no longer listens.
    let sent = (0..2_000).take_while(|_| head.write_all(header.as_bytes()).is_ok()).count();
    assert!(sent < 2_000, "16 MB of headers were taken");
    assert!(matches!(status(&mut head), 0 | 431));

    let mut body = connect(url);
    let begin = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         authorization: Bearer x\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    body.write_all(begin.as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let sent = (0..2_000).take_while(|_| body.write_all(chunk.as_bytes()).is_ok()).count();
    assert!(sent < 2_000, "128 MB of a body were taken");
}

#[test]
fn the_sandbox_serves_on() {
    let data = World::new();
    let served = Served::new(&data, "");
    let held = slow_senders(&served.url);
    floods(&served.url, "/public/v1/notifications/webhooks");
    let world = served.world();
    world
        .run("webhook create --type validate-answer --form FRM-1111-1111 --url https://a.example")
        .ok();
    assert_eq!(world.run("webhook list --count").ok(), "1\n");
    let peak = peak(served.child.id());
    assert!(peak < 200, "{peak} MiB");
    drop(held);
}

#[test]
fn the_listener_serves_on() {
    let world = World::new();
    let mut listening = Listening::new(&world, "");
    let held = slow_senders(&listening.url);
    floods(&listening.url, "/");
    let answer = post(listening.connect(), None, b"{\"id\":\"ORD-1\"}");
    assert_eq!(parts(&answer).0, 200);
    while listening.event()["object"] != "ORD-1" {}
    // Many large bodies.
    let large = format!("{{\"id\":\"ORD-2\",\"text\":\"{}\"}}", "x".repeat(4 * 1024 * 1024));
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                let answer = post(listening.connect(), None, large.as_bytes());
                assert!(matches!(parts(&answer).0, 200 | 503));
            });
        }
    });
    let peak = peak(listening.id());
    // Bodies may use 256 MiB, and each is in memory up to three times.
    assert!(peak < 900, "{peak} MiB");
    drop(held);
}
