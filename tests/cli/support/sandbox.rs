//! A running `sandbox serve`, and raw requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

use serde_json::Value;

use super::World;
use super::world::spawn;

/// Serves the data of a world until the end of the test.
pub struct Served {
    pub child: Child,
    pub url: String,
    pub token: String,
}

impl Served {
    pub fn new(world: &World, options: &str) -> Self {
        let line = format!("sandbox serve --port 0 {options}");
        let mut child = spawn(&mut world.command(&line.split_whitespace().collect::<Vec<_>>()));
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        let token = world.run("sandbox token").ok().trim().to_owned();
        Self { child, url: url.trim().to_owned(), token }
    }

    pub fn world(&self) -> World {
        World::new().with("MPT_API_BASE_URL", &self.url).with("MPT_API_TOKEN", &self.token)
    }

    pub fn client(&self) -> Client {
        let address = self.url.strip_prefix("http://").unwrap().to_owned();
        Client { address, token: self.token.clone() }
    }

    /// Sends raw bytes and returns status, headers and body.
    pub fn raw(&self, request: &str) -> (u16, String, String) {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        (status, head.to_ascii_lowercase(), body.to_owned())
    }

    pub fn send(&self, line: &str, headers: &str, body: &str) -> (u16, String, String) {
        self.raw(&format!(
            "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
             content-length: {}\r\n{headers}\r\n{body}",
            self.token,
            body.len()
        ))
    }
}

/// A client of a running sandbox for another thread.
pub struct Client {
    address: String,
    token: String,
}

impl Client {
    /// The id of a created webhook; `None` once the server is gone.
    pub fn create(&self, body: &Value) -> Option<String> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let request = format!(
            "POST /public/v1/notifications/webhooks HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             authorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        let created: Value = serde_json::from_str(body).ok()?;
        created["id"].as_str().map(str::to_owned)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
