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

/// Encodes characters that are not allowed in a request line. It follows the requests of a connection,
/// so that headers and bodies are unchanged.
#[derive(Default)]
struct Encoder {
    part: Part,
    /// The current line of the headers or of the size of a chunk.
    line: Vec<u8>,
    length: u64,
    is_chunked: bool,
}

/// The part of a request that comes next.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    RequestLine,
    Header,
    /// So many bytes of a body without chunks.
    Body(u64),
    ChunkSize,
    /// So many bytes of a chunk, with its line end.
    Chunk(u64),
    Trailer,
    /// Not understood; the HTTP library decides.
    Unknown,
}

/// The longest line that is followed, in bytes.
const MAX_REQUEST_LINE: usize = 64 * 1024;

impl Encoder {
    fn encode(&mut self, mut bytes: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(bytes.len());
        while let Some((&byte, rest)) = bytes.split_first() {
            if let Part::Body(left) | Part::Chunk(left) = self.part {
                let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                encoded.extend_from_slice(&bytes[..count]);
                bytes = &bytes[count..];
                self.part = self.after(left - count as u64);
                continue;
            }
            match (self.part, byte) {
                (Part::RequestLine, b'"') => encoded.extend(b"%22"),
                (Part::RequestLine, b'<') => encoded.extend(b"%3C"),
                (Part::RequestLine, b'>') => encoded.extend(b"%3E"),
                _ => encoded.push(byte),
            }
            bytes = rest;
            if self.part == Part::Unknown {
                continue;
            }
            if byte == b'\n' {
                self.part = self.after_line();
                self.line.clear();
            } else if self.line.len() < MAX_REQUEST_LINE {
                self.line.push(byte);
            } else {
                self.part = Part::Unknown;
            }
        }
        encoded
    }

    /// The part that follows bytes of a body, of which so many are left.
    fn after(&self, left: u64) -> Part {
        match self.part {
            Part::Chunk(_) if left == 0 => Part::ChunkSize,
            Part::Chunk(_) => Part::Chunk(left),
            _ if left == 0 => Part::RequestLine,
            _ => Part::Body(left),
        }
    }

    fn after_line(&mut self) -> Part {
        let line = self.line.trim_ascii();
        match self.part {
            Part::RequestLine if line.is_empty() => Part::RequestLine,
            Part::RequestLine => {
                (self.length, self.is_chunked) = (0, false);
                Part::Header
            }
            Part::Header if !line.is_empty() => self.after_header(),
            Part::Header if self.is_chunked => Part::ChunkSize,
            Part::Header => self.after(self.length),
            Part::ChunkSize => {
                let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
                let size = std::str::from_utf8(size.trim_ascii());
                match size
                    .ok()
                    .and_then(|size| u64::from_str_radix(size, 16).ok())
                {
                    Some(0) => Part::Trailer,
                    Some(size) => Part::Chunk(size.saturating_add(2)),
                    None => Part::Unknown,
                }
            }
            Part::Trailer if line.is_empty() => Part::RequestLine,
            part => part,
        }
    }

    fn after_header(&mut self) -> Part {
        let line = String::from_utf8_lossy(&self.line).to_ascii_lowercase();
        let Some((name, value)) = line.split_once(':') else {
            return Part::Unknown;
        };
        match (name, value.trim()) {
            ("content-length", value) => match value.parse() {
                Ok(length) => self.length = length,
                Err(_) => return Part::Unknown,
            },
            ("transfer-encoding", value) => self.is_chunked = value.ends_with("chunked"),
            _ => {}
        }
        Part::Header
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
    fn only_request_lines_are_changed() {
        let request =
            b"GET /a?eq(b,\"c\") HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /?\"<>\" HTTP/1.1\r\n\r\n";
        let expected =
            "GET /a?eq(b,%22c%22) HTTP/1.1\r\nx: \"y\"\r\n\r\nGET /?%22%3C%3E%22 HTTP/1.1\r\n\r\n";
        assert_eq!(encode(&[request]), expected);
        assert_eq!(encode(&request.chunks(3).collect::<Vec<_>>()), expected);
        // Bodies are unchanged, and the request after one is found.
        for head in [
            "content-length: 14\r\n\r\n{\"GET /\": \"x\"}",
            "Transfer-Encoding: chunked\r\n\r\ne;\"x\"\r\n{\"GET /\": \"x\"}\r\n0\r\nt: \"\"\r\n\r\n",
        ] {
            for method in ["POST", "PUT"] {
                let body = format!("{method} /a?b=\" HTTP/1.1\r\n{head}");
                let requests = format!("{body}HEAD /a?\"\" HTTP/1.1\r\n\r\n{body}");
                let body = body.replacen("b=\"", "b=%22", 1);
                let expected = format!("{body}HEAD /a?%22%22 HTTP/1.1\r\n\r\n{body}");
                assert_eq!(encode(&[requests.as_bytes()]), expected);
                let chunks: Vec<_> = requests.as_bytes().chunks(5).collect();
                assert_eq!(encode(&chunks), expected);
            }
        }
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1..20_usize) {
            let chunks: Vec<_> = bytes.chunks(size).collect();
            assert_eq!(encode(&chunks), encode(&[&bytes]));
        }
    }
}
