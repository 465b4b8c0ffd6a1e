//! Accepts request lines with unencoded quotes, as in `?eq(type,"ValidateAnswer")`
//! (docs/platform-api.md, "Lists"). The HTTP library refuses them, so they are encoded before it
//! reads them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Accepts connections whose request lines may contain unencoded quotes.
pub struct Lenient(pub TcpListener);

impl Listener for Lenient {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (
            Connection {
                stream,
                encoder: Encoder::default(),
                ready: Vec::new(),
            },
            address,
        )
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

/// Encodes characters that are not allowed in a request line. Only lines that start like a GET are changed,
/// and no JSON body contains such a line.
#[derive(Default)]
struct Encoder {
    line: Line,
}

#[derive(Clone, Copy)]
enum Line {
    /// The number of matching bytes of the start of a request line.
    Beginning(usize),
    Request,
    Other,
}

impl Default for Line {
    fn default() -> Self {
        Self::Beginning(0)
    }
}

const BEGINNING: &[u8] = b"GET /";

impl Encoder {
    fn encode(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match (self.line, byte) {
                (Line::Request, b'"') => encoded.extend(b"%22"),
                (Line::Request, b'<') => encoded.extend(b"%3C"),
                (Line::Request, b'>') => encoded.extend(b"%3E"),
                _ => encoded.push(byte),
            }
            self.line = match self.line {
                _ if byte == b'\n' => Line::Beginning(0),
                Line::Beginning(at) if BEGINNING[at] != byte => Line::Other,
                Line::Beginning(at) if at + 1 == BEGINNING.len() => Line::Request,
                Line::Beginning(at) => Line::Beginning(at + 1),
                line => line,
            };
        }
        encoded
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::Encoder;

    fn encode(chunks: &[&[u8]]) -> String {
        let mut encoder = Encoder::default();
        let bytes: Vec<u8> = chunks
            .iter()
            .flat_map(|chunk| encoder.encode(chunk))
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn only_request_lines_of_get_are_touched() {
        let request =
            b"GET /a?eq(b,\"c\") HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /?\"<>\" HTTP/1.1\r\n\r\n";
        let expected =
            "GET /a?eq(b,%22c%22) HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /?%22%3C%3E%22 HTTP/1.1\r\n\r\n";
        assert_eq!(encode(&[request]), expected);
        assert_eq!(encode(&request.chunks(3).collect::<Vec<_>>()), expected);
        let post = "POST /a HTTP/1.1\r\n\r\n{\n\"GET /\": \"x\"}";
        assert_eq!(encode(&[post.as_bytes()]), post);
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1..20_usize) {
            let chunks: Vec<_> = bytes.chunks(size).collect();
            assert_eq!(encode(&chunks), encode(&[&bytes]));
        }
    }
}
