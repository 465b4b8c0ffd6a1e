//! The server that receives callouts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;

use super::handler::{Handler, ListenerEvent, Options, receive};
use super::in_flight::InFlight;
use super::inspector::Inspector;
use crate::net::server;

/// An open port; callouts wait until `serve` is called.
pub struct Listener {
    /// The origin, such as `http://127.0.0.1:4000`.
    pub url: String,
    pub port: u16,
    socket: TcpListener,
}

impl Listener {
    /// Opens the port; 0 means any free port.
    pub async fn bind(port: u16) -> std::io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(Self { url: format!("http://{address}"), port: address.port(), socket })
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
                true => server::serve_admitted(self.socket, router, end).await,
                false => server::serve(self.socket, router, end).await,
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
