//! Endpoints as they are built: one connection at a time, compressed answers, answers that are not whole.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::{Value, json};

use super::server::{Reply, Request, Server};

/// Serves one connection after the other, each until its client closes it. Returns the address.
pub fn one_at_a_time() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut writer = stream.try_clone().unwrap();
            let mut reader = BufReader::new(stream);
            while let Some(body) = read_body(&mut reader) {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
                write!(writer, "{head} {}\r\n\r\n", body.len()).unwrap();
                writer.write_all(&body).unwrap();
            }
        }
    });
    url
}

/// The body of the next request on a connection.
fn read_body(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

/// Says that its answer is compressed if the caller accepts that, as middleware does.
pub fn compressing() -> Server {
    Server::new(|request, _| {
        let accepts = request.header("accept-encoding").is_some_and(|all| all.contains("gzip"));
        let body = request.body.clone().into_bytes();
        match accepts {
            true => {
                let gzip = ("content-encoding", "gzip".to_owned());
                Reply::Full(200, vec![gzip], vec![0x1f, 0x8b, 8, 0])
            }
            false => Reply::Full(200, vec![("content-type", "application/json".to_owned())], body),
        }
    })
}

/// Answers lines with their ID and price only, and adds one.
pub fn partial() -> Server {
    Server::new(|request, _| {
        let mut order = request.json();
        if let Some(lines) = order["lines"].as_array() {
            let ids = lines.iter().map(|line| json!({"id": line["id"], "price": {"unitPP": 26.5}}));
            let added = json!({"item": {"id": "ITM-1111-1111-0002"}, "quantity": 1});
            order["lines"] = ids.chain([added]).collect();
        }
        order["error"] = Value::Null;
        Reply::Json(200, order)
    })
}

/// Reads who calls from claims of the token, whose signature a gateway has checked.
pub fn reading_claims() -> Server {
    Server::new(|request, _| match claims(request) {
        None => Reply::Json(401, json!({})),
        Some(claims) if claims["https://claims.softwareone.com/accountId"].is_string() => {
            Reply::Json(200, request.json())
        }
        Some(_) => Reply::Json(500, json!({})),
    })
}

/// The claims of a request's token.
pub fn claims(request: &Request) -> Option<Value> {
    let token = mpt::callout::verify::bearer(request.header("authorization")?)?;
    mpt::callout::jwt::decode(token.split('.').nth(1)?)
}
