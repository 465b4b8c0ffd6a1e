//! The HTTP server: limits connections, header sizes, body sizes and waiting times, so that
//! slow or endless senders do not affect others.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::http::StatusCode;
use axum::serve::Listener;
use axum::{Extension, Router};
use futures_util::StreamExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// The maximum number of connections; more wait until one ends.
const MAX_CONNECTIONS: usize = 4_096;
/// The timeout for request headers and for idle connections.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The timeout for a request body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of request headers, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Memory for the bodies of all servers of this process, in KiB.
static BODY_MEMORY: Semaphore = Semaphore::const_new(256 * 1024);

/// A body, and its memory permit until it is dropped.
pub struct CollectedBody {
    pub bytes: Bytes,
    _memory: Vec<SemaphorePermit<'static>>,
}

/// Why a body is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incomplete {
    TooLong,
    TooSlow,
    /// The sender closed the connection.
    Cut,
    /// Other bodies use all the memory.
    OutOfMemory,
}

impl Incomplete {
    /// The answer to the sender: a status, and what is wrong. `limit` is the longest accepted body, in bytes.
    pub fn answer(self, limit: usize) -> (StatusCode, String) {
        let mib = limit / 1024 / 1024;
        match self {
            Self::TooLong => {
                let text = format!("the body is longer than {mib} MiB");
                (StatusCode::PAYLOAD_TOO_LARGE, text)
            }
            Self::TooSlow => {
                let text = "the body was not received in time";
                (StatusCode::REQUEST_TIMEOUT, text.to_owned())
            }
            Self::Cut => {
                let text = "the connection was closed before the end of the body";
                (StatusCode::BAD_REQUEST, text.to_owned())
            }
            Self::OutOfMemory => {
                let text = "too many bodies are being received at the same time";
                (StatusCode::SERVICE_UNAVAILABLE, text.to_owned())
            }
        }
    }
}

/// How long a connection is open until its sender is admitted.
const ADMISSION_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of connections whose senders are not admitted; a new one ends the oldest.
const MAX_UNAUTHENTICATED: usize = 256;

/// Whether the sender on a connection is admitted: an extension of each of its requests.
#[derive(Clone, Default)]
pub struct Admission(Arc<AdmissionState>);

#[derive(Default)]
struct AdmissionState {
    /// Admitted, or the connection has ended.
    is_admitted: AtomicBool,
    ended: Notify,
}

impl Admission {
    /// The limits for unauthenticated senders do not apply any more.
    pub fn admit(&self) {
        self.0.is_admitted.store(true, Ordering::Relaxed);
    }

    fn is_admitted(&self) -> bool {
        self.0.is_admitted.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.0.ended.notify_one();
    }

    /// Completes when the connection has to end.
    async fn must_end(&self) {
        tokio::select! {
            () = tokio::time::sleep(ADMISSION_TIMEOUT) => {}
            () = self.0.ended.notified() => {}
        }
        if self.is_admitted() {
            std::future::pending::<()>().await;
        }
    }
}

/// The connections whose senders are not admitted, oldest first.
#[derive(Default)]
struct Unauthenticated(VecDeque<Admission>);

impl Unauthenticated {
    fn add(&mut self, admission: &Admission) {
        self.0.retain(|one| !one.is_admitted());
        if self.0.len() >= MAX_UNAUTHENTICATED
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.end();
        }
        self.0.push_back(admission.clone());
    }
}

/// Serves until `end` completes, and then finishes running requests.
pub async fn serve<L>(listener: L, router: Router, end: impl Future<Output = ()>)
where
    L: Listener,
    L::Io: AsyncRead + AsyncWrite,
{
    serve_all(listener, router, end, None).await;
}

/// The same for a port that unauthenticated senders can reach: the router admits senders with [`Admission::admit`].
pub async fn serve_admitted<L>(listener: L, router: Router, end: impl Future<Output = ()>)
where
    L: Listener,
    L::Io: AsyncRead + AsyncWrite,
{
    serve_all(listener, router, end, Some(Unauthenticated::default())).await;
}

async fn serve_all<L>(
    mut listener: L,
    router: Router,
    end: impl Future<Output = ()>,
    mut unauthenticated: Option<Unauthenticated>,
) where
    L: Listener,
    L::Io: AsyncRead + AsyncWrite,
{
    raise_file_limit();
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    tokio::pin!(end);
    loop {
        let accept = async {
            // The semaphore is never closed.
            let place = Arc::clone(&connections).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, (stream, _)) = tokio::select! {
            accepted = accept => accepted,
            () = &mut end => break,
        };
        let admission = Admission::default();
        match &mut unauthenticated {
            Some(unauthenticated) => unauthenticated.add(&admission),
            None => admission.admit(),
        }
        let service = TowerToHyperService::new(router.clone().layer(Extension(admission.clone())));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        let is_limited = unauthenticated.is_some();
        tokio::spawn(async move {
            tokio::select! {
                // An error on one connection does not affect others.
                _ = connection => {}
                () = admission.must_end(), if is_limited => {}
            }
            admission.admit();
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Of a body that is too long, this much is read and discarded, in bytes: a client that is still
/// sending when the connection ends does not read the response.
const MAX_DISCARDED: usize = 64 * 1024 * 1024;

/// A client that pauses this long waits for the response.
const DISCARD_IDLE_TIMEOUT: Duration = Duration::from_millis(300);

/// Reads a body of at most `limit` bytes.
pub async fn read_body(body: Body, limit: usize) -> Result<CollectedBody, Incomplete> {
    let is_too_long = body.size_hint().lower() > limit as u64;
    let reading = async {
        let mut memory = Vec::new();
        let mut bytes = Vec::new();
        let mut chunks = body.into_data_stream();
        if is_too_long {
            return Err(discard(chunks).await);
        }
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Incomplete::Cut)?;
            if bytes.len() + chunk.len() > limit {
                return Err(discard(chunks).await);
            }
            let needed = u32::try_from((bytes.len() + chunk.len()) / 1024 - bytes.len() / 1024);
            memory.extend(
                BODY_MEMORY
                    .try_acquire_many(needed.unwrap_or(u32::MAX))
                    .map(Some)
                    .map_err(|_| Incomplete::OutOfMemory)?,
            );
            bytes.extend_from_slice(&chunk);
        }
        Ok(CollectedBody { bytes: bytes.into(), _memory: memory })
    };
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(read) => read,
        Err(_) => Err(Incomplete::TooSlow),
    }
}

/// Reads a body that is not needed, so that its sender reads the answer: it would find a closed connection first. What
/// is read is not kept, and a sender that pauses is not awaited.
pub async fn discard_body(body: Body) {
    discard(body.into_data_stream()).await;
}

async fn discard(mut chunks: BodyDataStream) -> Incomplete {
    let mut discarded = 0;
    while discarded < MAX_DISCARDED
        && let Ok(Some(Ok(chunk))) = tokio::time::timeout(DISCARD_IDLE_TIMEOUT, chunks.next()).await
    {
        discarded += chunk.len();
    }
    Incomplete::TooLong
}

/// Raises the limit of open files, because each connection is one.
fn raise_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: limit.maximum, ..limit };
        // If this fails, fewer connections are accepted.
        setrlimit(Resource::Nofile, raised).ok();
    }
}
