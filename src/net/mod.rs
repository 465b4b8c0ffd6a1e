//! HTTP and TLS as every client and every server of this program uses them: bounded, and without
//! decisions of their own. Knows nothing of webhooks.

pub mod http;
pub mod server;
pub mod tls;
