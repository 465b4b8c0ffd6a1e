//! The server that receives callouts.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::handler::{Handler, ListenerEvent, Options, receive};
use super::in_flight::InFlight;
use super::inspector::Inspector;
use crate::net::server;
use crate::net::sockets::{self, Sockets};

/// An open port; callouts wait until `serve` is called.
pub struct Listener {
    /// The origin, such as `http://127.0.0.1:4000`.
    pub url: String,
    pub port: u16,
    sockets: Sockets,
}

impl Listener {
    /// Opens the port on an address, or on both of this machine; 0 means any free port.
    pub async fn bind(address: Option<IpAddr>, port: u16) -> Result<Self, sockets::Error> {
        let sockets = Sockets::bind(address, port).await?;
        let address = sockets.address().map_err(|source| sockets::Error {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            source,
        })?;
        Ok(Self { url: format!("http://{address}"), port: address.port(), sockets })
    }

    /// Serves until `end` completes, and then finishes running requests.
    pub async fn serve(
        self,
        options: Options,
        inspector: Option<Inspector>,
        events: UnboundedSender<ListenerEvent>,
        in_flight: Arc<InFlight>,
        end: impl Future<Output = ()>,
    ) {
        let checks_tokens = options.authenticator.secret.is_some();
        let handler = Arc::new(Handler::new(options, events, Arc::clone(&in_flight)));
        let router = axum::Router::new().fallback(receive).with_state(Arc::clone(&handler));
        let page = async {
            match inspector {
                Some(inspector) => inspector.serve(handler, self.url).await,
                None => std::future::pending().await,
            }
        };
        let serving = async {
            match checks_tokens {
                true => server::serve_admitted(self.sockets, router, end).await,
                false => server::serve(self.sockets, router, end).await,
            }
            // What was sent by hand is finished too.
            in_flight.finished().await;
        };
        tokio::select! {
            () = serving => {}
            () = page => {}
        }
    }
}
