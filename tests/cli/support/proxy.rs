//! A proxy that injects faults, chosen by a seed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Pseudo-random numbers from a seed (SplitMix64).
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }
}

/// The faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The connection ends before, or in the middle of, the request.
    Reset,
    /// The request takes effect, and the response is lost.
    LoseAnswer,
    /// The response is cut off.
    CutAnswer,
    /// The request is sent twice.
    Duplicate,
    /// Bytes that are not HTTP.
    Garbage,
    /// A response with invalid headers.
    GarbageHead,
    /// An error of the proxy, before or after the request takes effect.
    Error,
    ErrorAfter,
    Delay,
    /// No answer at all.
    Hang,
    /// A success without a body or with another one.
    Empty,
    WrongJson,
    /// The response with additional bytes.
    Surplus,
    Redirect,
    Throttle,
    /// Statuses that look as if the request had not taken effect.
    Misleading,
    /// A list that ignores its filter.
    Unfiltered,
    /// The answer shows webhooks of another account.
    OtherAccount,
}

const FAULTS: [Fault; 19] = [
    Fault::None,
    Fault::Reset,
    Fault::LoseAnswer,
    Fault::CutAnswer,
    Fault::Duplicate,
    Fault::Garbage,
    Fault::GarbageHead,
    Fault::Error,
    Fault::ErrorAfter,
    Fault::Delay,
    Fault::Hang,
    Fault::Empty,
    Fault::WrongJson,
    Fault::Surplus,
    Fault::Redirect,
    Fault::Throttle,
    Fault::Misleading,
    Fault::Unfiltered,
    Fault::OtherAccount,
];

pub struct Proxy {
    pub url: String,
    /// The injected faults, in order.
    pub faults: Arc<Mutex<Vec<Fault>>>,
}

impl Proxy {
    /// A proxy in front of `upstream`, such as `http://127.0.0.1:8080`.
    pub fn new(upstream: &str, seed: u64) -> Self {
        let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let faults = Arc::new(Mutex::new(Vec::new()));
        let done = Arc::clone(&faults);
        let dice = Arc::new(Mutex::new(Dice::new(seed)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (upstream, done, dice) =
                    (upstream.clone(), Arc::clone(&done), Arc::clone(&dice));
                thread::spawn(move || {
                    let mut dice = {
                        let mut dice = dice.lock().unwrap();
                        Dice::new(dice.below(usize::MAX) as u64)
                    };
                    // One request in three is forwarded unchanged, so that commands make progress.
                    let fault = match dice.below(3) {
                        0 => Fault::None,
                        _ => FAULTS[dice.below(FAULTS.len())],
                    };
                    done.lock().unwrap().push(fault);
                    converse(stream, &upstream, fault, &mut dice);
                });
            }
        });
        Self { url, faults }
    }
}

/// One request; the connection ends after it.
fn converse(mut client: TcpStream, upstream: &str, fault: Fault, dice: &mut Dice) {
    client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    if fault == Fault::Reset {
        // Unread data would turn the close into a reset.
        let mut some = vec![0; dice.below(200)];
        client.read_exact(&mut some).ok();
        return;
    }
    let Some(request) = read_request(&mut client) else {
        return;
    };
    let answer = match fault {
        Fault::Garbage | Fault::Error | Fault::Redirect | Fault::Throttle => Vec::new(),
        Fault::Hang if dice.below(2) == 0 => Vec::new(),
        Fault::Unfiltered => exchange(upstream, &without_filter(&request)),
        _ => exchange(upstream, &request),
    };
    let bytes = match fault {
        Fault::None | Fault::Reset | Fault::Unfiltered => answer,
        Fault::LoseAnswer => Vec::new(),
        Fault::CutAnswer => answer[..dice.below(answer.len().max(1))].to_vec(),
        Fault::Duplicate => exchange(upstream, &request),
        Fault::Garbage => (0..dice.below(500)).map(|_| dice.below(256) as u8).collect(),
        Fault::GarbageHead => [b"HTTP/1.1 200 OK\r\n\x00\xff: \r\n", &answer[..]].concat(),
        Fault::Error | Fault::ErrorAfter => {
            let status = [500, 502, 503, 504][dice.below(4)];
            plain(&format!("{status} Bad"), "text/html", "<html>sorry</html>")
        }
        Fault::Delay => {
            thread::sleep(Duration::from_millis(dice.below(60) as u64));
            answer
        }
        Fault::Hang => {
            client.read_exact(&mut [0]).ok();
            return;
        }
        Fault::Empty => plain(
            ["200 OK", "201 Created", "204 No Content"][dice.below(3)],
            "application/json",
            "",
        ),
        Fault::WrongJson => {
            let body = ["[]", "null", "\"x\"", "{}", "{\"data\":{}}", "{\"id\":7,\"status\":[]}"]
                [dice.below(6)];
            plain("200 OK", "application/json", body)
        }
        Fault::Surplus => [&answer[..], b"HTTP/1.1 500 Extra\r\n\r\n"].concat(),
        Fault::Redirect => {
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2:9/x\r\ncontent-length: 0\r\n\r\n"
                .to_vec()
        }
        Fault::Misleading => {
            let status =
                ["408 Request Timeout", "499 Closed", "302 Found", "303 See Other"][dice.below(4)];
            format!("HTTP/1.1 {status}\r\nlocation: /public/v1/notifications/webhooks\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .into_bytes()
        }
        Fault::OtherAccount => replaced(answer, b"ACC-1000-0001", b"ACC-9999-9999"),
        Fault::Throttle => {
            b"HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n".to_vec()
        }
    };
    client.write_all(&bytes).ok();
}

fn plain(status: &str, content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A list request without its filter: only `limit`, `offset`, `order` and `select` stay.
fn without_filter(request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    let line = text.lines().next().unwrap_or_default();
    let Some((path, query)) = line.split_once('?').filter(|_| line.starts_with("GET")) else {
        return request.to_vec();
    };
    let query = query.trim_end_matches(" HTTP/1.1");
    let kept: Vec<_> = query.split('&').filter(|part| part.contains('=')).collect();
    let plain = format!("{path}?{} HTTP/1.1", kept.join("&"));
    text.replacen(line, &plain, 1).into_bytes()
}

/// Replaces a part by another one of the same length.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    for at in 0..bytes.len().saturating_sub(from.len() - 1) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    bytes
}

/// Reads the response until the platform closes the connection.
fn exchange(upstream: &str, request: &[u8]) -> Vec<u8> {
    let Ok(mut stream) = TcpStream::connect(upstream) else {
        return Vec::new();
    };
    let closing = String::from_utf8_lossy(request).replacen("\r\n", "\r\nconnection: close\r\n", 1);
    stream.write_all(closing.as_bytes()).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    answer
}

fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(head) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length: usize = text
                .split("content-length:")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.trim().parse().ok())
                .unwrap_or(0);
            if bytes.len() >= head + 4 + length {
                return Some(bytes);
            }
        }
        match client.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
