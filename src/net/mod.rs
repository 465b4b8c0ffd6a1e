//! HTTP and TLS for all clients and servers of this program, with limits.
//! It must not know webhooks.

pub mod http;
pub mod reach;
pub mod server;
pub mod tls;
