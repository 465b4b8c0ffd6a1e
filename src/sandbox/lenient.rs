//! Accepts request lines with unencoded quotes, as in `?eq(type,"ValidateAnswer")`
//! (docs/platform-api.md, "Lists"). The HTTP library refuses them, so they are encoded before it
//! reads them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::net::sockets::Sockets;

/// Accepts connections whose request lines may contain unencoded quotes.
pub struct Lenient(pub Sockets);

impl Listener for Lenient {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Connection { stream, encoder: Encoder::default(), ready: Vec::new() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

pub struct Connection {
    stream: TcpStream,
    encoder: Encoder,
    /// Encoded bytes that are not read yet.
    ready: Vec<u8>,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ready.is_empty() {
            let mut bytes = [0; 8_192];
            let mut chunk = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut chunk))?;
            let encoded = self.encoder.encode(chunk.filled());
            self.ready = encoded;
        }
        let count = self.ready.len().min(buffer.remaining());
        buffer.put_slice(&self.ready[..count]);
        self.ready.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Encodes characters that are not allowed in a request line. It follows the requests of a connection, so that headers
/// and bodies are unchanged. A body in chunks is the last one that it follows.
#[derive(Default)]
struct Encoder {
    part: Part,
    /// The current line of the head.
    line: Vec<u8>,
    length: u64,
}

/// The part of a request that comes next.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    RequestLine,
    Header,
    /// So many bytes of a body.
    Body(u64),
    /// Not understood, or not followed; the HTTP library decides.
    Unknown,
}

/// The longest line that is followed, in bytes.
const MAX_LINE: usize = 64 * 1024;

impl Encoder {
    fn encode(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match (self.part, byte) {
                (Part::RequestLine, b'"') => encoded.extend(b"%22"),
                (Part::RequestLine, b'<') => encoded.extend(b"%3C"),
                (Part::RequestLine, b'>') => encoded.extend(b"%3E"),
                _ => encoded.push(byte),
            }
            self.part = match self.part {
                Part::Unknown => Part::Unknown,
                Part::Body(left) => body(left - 1),
                _ if byte == b'\n' => self.after_line(),
                _ if self.line.len() == MAX_LINE => Part::Unknown,
                part => {
                    self.line.push(byte);
                    part
                }
            };
        }
        encoded
    }

    fn after_line(&mut self) -> Part {
        let line = std::mem::take(&mut self.line).to_ascii_lowercase();
        match (self.part, line.trim_ascii()) {
            (Part::RequestLine, b"") => Part::RequestLine,
            (Part::RequestLine, _) => {
                self.length = 0;
                Part::Header
            }
            (_, b"") => body(self.length),
            (_, line) if line.starts_with(b"transfer-encoding:") => Part::Unknown,
            (_, line) => match line.strip_prefix(b"content-length:").map(<[u8]>::trim_ascii) {
                None => Part::Header,
                Some(length) => match String::from_utf8_lossy(length).parse() {
                    Ok(length) => {
                        self.length = length;
                        Part::Header
                    }
                    Err(_) => Part::Unknown,
                },
            },
        }
    }
}

/// The part that comes next if so many bytes of a body are left.
fn body(left: u64) -> Part {
    match left {
        0 => Part::RequestLine,
        left => Part::Body(left),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::Encoder;

    fn encode(chunks: &[&[u8]]) -> String {
        let mut encoder = Encoder::default();
        let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| encoder.encode(chunk)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn only_request_lines_are_changed() {
        let request =
            b"GET /a?eq(b,\"c\") HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /?\"<>\" HTTP/1.1\r\n\r\n";
        let expected =
            "GET /a?eq(b,%22c%22) HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /?%22%3C%3E%22 HTTP/1.1\r\n\r\n";
        assert_eq!(encode(&[request]), expected);
        assert_eq!(encode(&request.chunks(3).collect::<Vec<_>>()), expected);
        // Bodies are unchanged, and the request after one is found.
        let body = "POST /a?b=\" HTTP/1.1\r\nContent-Length: 14\r\n\r\n{\"GET /\": \"x\"}";
        let requests = format!("{body}HEAD /a?\"\" HTTP/1.1\r\n\r\n{body}");
        let body = body.replacen("b=\"", "b=%22", 1);
        let expected = format!("{body}HEAD /a?%22%22 HTTP/1.1\r\n\r\n{body}");
        assert_eq!(encode(&[requests.as_bytes()]), expected);
        let chunks: Vec<_> = requests.as_bytes().chunks(5).collect();
        assert_eq!(encode(&chunks), expected);
        // After a body in chunks, nothing is.
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\"\"\"\r\n0\r\n\r\nGET /?\" HTTP/1.1\r\n\r\n";
        assert_eq!(encode(&[chunked.as_bytes()]), chunked);
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1..20_usize) {
            let chunks: Vec<_> = bytes.chunks(size).collect();
            assert_eq!(encode(&chunks), encode(&[&bytes]));
        }
    }
}
