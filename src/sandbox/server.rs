//! The sandbox as an HTTP server on a port of this machine.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use super::lenient::Lenient;
use super::router::{self, Behaviour};
use super::{Error, Store, token};
use crate::model::Secret;
use crate::net::server;
use crate::net::sockets::{self, Sockets};

/// A sandbox that is listening.
pub struct Running {
    /// The origin, such as `http://127.0.0.1:8080`.
    pub base_url: String,
    pub token: Secret,
    sockets: Sockets,
    router: axum::Router,
}

impl Running {
    /// Opens the database, and the port on an address or on both of this machine; port 0 means any free port.
    pub async fn bind(
        data: &Path,
        address: Option<IpAddr>,
        port: u16,
        behaviour: Behaviour,
    ) -> Result<Self, Error> {
        let store = Store::open(data)?;
        let token = token::read_or_create(data)?;
        let sockets = Sockets::bind(address, port).await?;
        let address = sockets.address().map_err(|source| sockets::Error {
            address: (address.unwrap_or(Ipv4Addr::LOCALHOST.into()), port).into(),
            source,
        })?;
        let base_url = format!("http://{address}");
        Ok(Self {
            base_url,
            router: router::router(store, token.clone(), behaviour),
            token,
            sockets,
        })
    }

    /// Serves until `end` completes, and then finishes running requests.
    pub async fn serve(self, end: impl Future<Output = ()>) {
        server::serve(Lenient(self.sockets), self.router, end).await;
    }
}
