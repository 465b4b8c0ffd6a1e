//! A running `endpoint listen`, and callouts to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout};

use serde_json::Value;

use super::World;
#[cfg(unix)]
use super::world::Run;
use super::world::spawn;

pub struct Listening {
    child: Child,
    pub url: String,
    /// The first event.
    pub ready: Value,
    stdout: BufReader<ChildStdout>,
}

impl Listening {
    pub fn new(world: &World, options: &str) -> Self {
        let line = format!("endpoint listen --port 0 -o jsonl {options}");
        Self::run(world, &line)
    }

    /// Any command line that listens with `-o jsonl`.
    pub fn run(world: &World, line: &str) -> Self {
        Self::of(&mut world.command(&line.split_whitespace().collect::<Vec<_>>()))
    }

    pub fn of(command: &mut std::process::Command) -> Self {
        let mut child = spawn(command);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut listening = Self { child, url: String::new(), ready: Value::Null, stdout };
        let ready = listening.event();
        assert_eq!(ready["event"], "ready");
        listening.url = ready["url"].as_str().unwrap().to_owned();
        listening.ready = ready;
        listening
    }

    /// Waits for the next event.
    pub fn event(&mut self) -> Value {
        let mut line = String::new();
        if self.stdout.read_line(&mut line).unwrap() == 0 {
            let mut stderr = String::new();
            let mut pipe = self.child.stderr.take().unwrap();
            pipe.read_to_string(&mut stderr).unwrap();
            panic!("it has ended: {stderr}");
        }
        serde_json::from_str(&line).unwrap()
    }

    #[cfg(target_os = "linux")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap()
    }

    /// Sends a callout like the platform and returns the bytes of the answer.
    pub fn post(&self, token: Option<&str>, body: &[u8]) -> Vec<u8> {
        post(self.connect(), token, body)
    }

    #[cfg(unix)]
    /// Closes the reader of standard output.
    pub fn close_stdout(&mut self) {
        let nothing = spawn(&mut std::process::Command::new("true")).stdout.take();
        self.stdout = BufReader::new(nothing.unwrap());
    }

    #[cfg(unix)]
    /// Waits for its end and returns the exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        super::world::signal(self.child.id(), signal);
    }

    /// Sends a signal and returns the remaining output.
    #[cfg(unix)]
    pub fn end(mut self, signal: &str) -> Run {
        self.signal(signal);
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().unwrap();
        pipe.read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Run { stdout, stderr, code }
    }
}

pub fn post(mut stream: TcpStream, token: Option<&str>, body: &[u8]) -> Vec<u8> {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n"));
    let head = format!(
        "POST /validate HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/json\r\n{}content-length: {}\r\n\r\n",
        token.unwrap_or_default(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// The status and the body of an answer.
pub fn parts(answer: &[u8]) -> (u16, &[u8]) {
    let split = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&answer[..split]).unwrap();
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    (status, &answer[split + 4..])
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
