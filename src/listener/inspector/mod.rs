//! The inspector: a page over the journal and over what arrives. It shows callouts and what the endpoint made of them,
//! and sends them again, changed or not, to where the listener sends callouts. It must not know the platform's API.

mod api;
mod detail;
mod guard;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::middleware;
use axum::routing::{get, post};
use jiff::Timestamp;
use tokio::net::TcpListener;

use self::guard::Guard;
use super::handler::Handler;
use super::journal::Journal;
use crate::net::server;
use crate::system::clock;

/// The address if the command line names none.
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4040);

/// Saves a callout as a test case, and returns the path of the case file.
///
/// # Errors
/// Why it is not saved.
pub type SaveCase = Box<dyn Fn(&Journal, i64) -> Result<PathBuf, String> + Send + Sync>;

/// What the command line allows.
#[derive(Default)]
pub struct PageSettings {
    pub save: Option<SaveCase>,
    /// The arguments of `mpt endpoint replay` that make it send callouts as this listener does.
    pub replay_arguments: String,
}

/// An open port for the page.
pub struct Inspector {
    socket: TcpListener,
    guard: Guard,
    settings: PageSettings,
}

/// What the handlers of the page share.
struct Page {
    handler: Arc<Handler>,
    guard: Guard,
    settings: PageSettings,
    /// The origin of the listener.
    listens_on: String,
    started_at: Timestamp,
}

impl Inspector {
    /// Opens the port. The default port is replaced by a free one if it is in use.
    ///
    /// # Errors
    /// The port cannot be opened, or the system has no randomness for the token.
    pub async fn bind(address: Option<SocketAddr>, settings: PageSettings) -> io::Result<Self> {
        let socket = match (TcpListener::bind(address.unwrap_or(DEFAULT_ADDRESS)).await, address) {
            (Err(error), None) if error.kind() == io::ErrorKind::AddrInUse => {
                TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?
            }
            (bound, _) => bound?,
        };
        let guard = Guard::new(socket.local_addr()?)?;
        Ok(Self { socket, guard, settings })
    }

    /// The address of the page with its token. Who has it can read and send callouts.
    pub fn url(&self) -> String {
        self.guard.url()
    }

    /// An address that works once, so that it may be seen in the list of processes.
    pub fn single_use_url(&self) -> String {
        self.guard.single_use_url()
    }

    /// Serves the page as long as the future is polled.
    pub(super) async fn serve(self, handler: Arc<Handler>, listens_on: String) {
        let page = Arc::new(Page {
            handler,
            guard: self.guard,
            settings: self.settings,
            listens_on,
            started_at: clock::now(),
        });
        let files = [
            ("/", "text/html; charset=utf-8", include_str!("page.html")),
            ("/page.css", "text/css; charset=utf-8", include_str!("page.css")),
            ("/page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
        ];
        let mut router = Router::new()
            .route("/api/session", post(guard::session))
            .route("/api/status", get(api::status))
            .route("/api/events", get(api::events))
            .route("/api/set", post(api::set))
            .route("/api/callouts", get(api::list))
            .route("/api/callouts/{id}", get(api::callout))
            .route("/api/callouts/{id}/request", get(api::request))
            .route("/api/callouts/{id}/response", get(api::response))
            .route("/api/callouts/{id}/send", post(api::send))
            .route("/api/callouts/{id}/save", post(api::save));
        for (path, media_type, text) in files {
            router = router
                .route(path, get(move || async move { ([(CONTENT_TYPE, media_type)], text) }));
        }
        let checked = middleware::from_fn_with_state(Arc::clone(&page), guard::check);
        let router = router.layer(checked).with_state(page);
        server::serve(self.socket, router, std::future::pending()).await;
    }
}
