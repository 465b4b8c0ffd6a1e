//! An HTTP server that a test scripts, request by request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// What the server does with a request.
pub enum Reply {
    /// A status and a JSON body.
    Json(u16, Value),
    /// A status, headers and a body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// The end of the connection without a response.
    Drop,
    /// No response while the client waits.
    Silence,
}

impl Reply {
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self::Full(
            status,
            vec![("content-type", content_type.to_owned())],
            body.as_bytes().to_vec(),
        )
    }
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query, unchanged.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `POST /public/v1/…` without the query.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target.split('?').next().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Handler = dyn Fn(&Request, usize) -> Reply + Send + Sync;

pub struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Answers each request with the result of `handler`, which gets its number, from 0.
    pub fn new(handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let handler: Arc<Handler> = Arc::new(handler);
        let seen = Arc::clone(&requests);
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
                thread::spawn(move || converse(stream, &*handler, &seen));
            }
        });
        Self { port, requests, connections }
    }

    /// Always gives the same answer.
    pub fn always(status: u16, body: Value) -> Self {
        Self::new(move |_, _| Reply::Json(status, body.clone()))
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many connections clients have opened.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// `POST /public/v1/…` of each request, in order.
    pub fn lines(&self) -> Vec<String> {
        self.requests().iter().map(|request| request.line()).collect()
    }

    /// The methods of the requests, in order.
    pub fn methods(&self) -> String {
        self.requests().iter().map(|request| request.method.clone()).collect::<Vec<_>>().join(" ")
    }
}

/// The answer to a manifest's question whether its objects exist: they do, and their switches are on. It does not count
/// as a request. Other worlds are tested with the sandbox.
fn existing_objects(request: &Request) -> Option<Value> {
    let (path, query) = request.target.split_once('?')?;
    let lists = ["/catalog/products", "/program/programs", "/helpdesk/forms"];
    if request.method != "GET" || !lists.iter().any(|list| path.ends_with(list)) {
        return None;
    }
    let query: String =
        url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).next()?;
    let ids = query.strip_prefix("in(id,(").or_else(|| query.strip_prefix("eq(id,"))?;
    let ids = ids.split(')').next().unwrap_or_default().split(',');
    let object = |id: &str| {
        let id = id.trim_matches(['\'', '"']);
        let on = serde_json::json!({
            "purchaseOrderDraft": true, "purchaseOrderQuerying": true, "changeOrderDraft": true,
            "configurationOrderDraft": true, "terminationOrder": true, "enrollmentDraft": true,
            "enrollmentQuerying": true, "reEnrollment": true
        });
        serde_json::json!({"id": id, "status": "Published", "settings": {"preValidation": on}})
    };
    let objects: Vec<_> = ids.map(object).collect();
    Some(super::documents::page(&objects, 0, Some(objects.len())))
}

fn converse(stream: TcpStream, handler: &Handler, seen: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        if let Some(objects) = existing_objects(&request) {
            let headers = vec![("content-type", "application/json".to_owned())];
            let bytes = response(200, &headers, objects.to_string().as_bytes());
            if writer.write_all(&bytes).is_err() {
                return;
            }
            continue;
        }
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let bytes = match handler(&request, number) {
            Reply::Json(status, body) => {
                let headers = vec![("content-type", "application/json".to_owned())];
                response(status, &headers, body.to_string().as_bytes())
            }
            Reply::Full(status, headers, body) => response(status, &headers, &body),
            Reply::Raw(bytes) => {
                writer.write_all(&bytes).ok();
                return;
            }
            Reply::Drop => return,
            Reply::Silence => {
                // Wait until the client disconnects.
                reader.read_exact(&mut [0]).ok();
                return;
            }
        };
        if writer.write_all(&bytes).is_err() {
            return;
        }
    }
}

fn response(status: u16, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} X\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    if status != 204 {
        bytes.extend(format!("content-length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Sends a request on to another server, and returns its status and JSON.
pub fn relay(url: &str, request: &Request) -> (u16, Value) {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "{} {} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        request.method,
        request.target,
        request.body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(request.body.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let status = first.split_whitespace().nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}
