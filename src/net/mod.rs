//! HTTP and TLS for all clients and servers of this program, with limits.
//! It must not know webhooks.

pub mod host;
pub mod http;
pub mod log;
pub mod proxy;
pub mod reach;
pub mod server;
pub mod sockets;
pub mod tls;
