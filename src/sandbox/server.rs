//! The sandbox as an HTTP server on a port of this machine.

use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;

use super::lenient::Lenient;
use super::router::{self, Behaviour};
use super::{Error, Store, token};
use crate::model::Secret;
use crate::net::server;

/// A sandbox that is listening.
pub struct Running {
    /// The origin, such as `http://127.0.0.1:8080`.
    pub base_url: String,
    pub token: Secret,
    listener: TcpListener,
    router: axum::Router,
}

impl Running {
    /// Opens the database and the port; port 0 means any free port.
    pub async fn bind(
        data: &Path,
        address: SocketAddr,
        behaviour: Behaviour,
    ) -> Result<Self, Error> {
        let store = Store::open(data)?;
        let token = token::read_or_create(data)?;
        let failed = |source| Error::Listen { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let base_url = format!("http://{}", listener.local_addr().map_err(failed)?);
        Ok(Self {
            base_url,
            router: router::router(store, token.clone(), behaviour),
            token,
            listener,
        })
    }

    /// Serves until `end` completes, and then finishes running requests.
    pub async fn serve(self, end: impl Future<Output = ()>) {
        server::serve(Lenient(self.listener), self.router, end).await;
    }
}
