//! The ports that a server listens on.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::serve::Listener;
use futures_util::future::select_all;
use tokio::net::{TcpListener, TcpStream};

/// Open ports, at least one; connections wait until they are accepted.
pub struct Sockets(Vec<TcpListener>);

/// How often a free port is looked for that is free on both addresses.
const MAX_ATTEMPTS: u32 = 16;

/// The address that cannot be listened on, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct Error {
    pub address: SocketAddr,
    pub source: io::Error,
}

impl Sockets {
    /// Listens on an address, or on both addresses of this machine. Port 0 is any free port.
    pub async fn bind(address: Option<IpAddr>, port: u16) -> Result<Self, Error> {
        match address {
            Some(address) => Ok(Self(vec![listen(address, port).await?])),
            None => Self::on_this_machine(port).await,
        }
    }

    /// A machine without IPv6 has one address; another program on the port of the second address is an error.
    async fn on_this_machine(port: u16) -> Result<Self, Error> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let first = listen(Ipv4Addr::LOCALHOST.into(), port).await?;
            let chosen = first.local_addr().map_or(port, |address| address.port());
            return match listen(Ipv6Addr::LOCALHOST.into(), chosen).await {
                Ok(second) => Ok(Self(vec![first, second])),
                Err(error) if error.source.kind() == ErrorKind::AddrInUse => {
                    if port == 0 && attempts < MAX_ATTEMPTS {
                        continue;
                    }
                    Err(error)
                }
                Err(_) => Ok(Self(vec![first])),
            };
        }
    }

    /// The first address.
    ///
    /// # Errors
    /// The system does not say it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.first().ok_or(ErrorKind::NotConnected)?.local_addr()
    }
}

async fn listen(address: IpAddr, port: u16) -> Result<TcpListener, Error> {
    let address = SocketAddr::new(address, port);
    TcpListener::bind(address).await.map_err(|source| Error { address, source })
}

impl Listener for Sockets {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let accepting = self.0.iter_mut().map(|socket| Box::pin(Listener::accept(socket)));
        select_all(accepting).await.0
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address()
    }
}
