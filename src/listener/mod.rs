//! Receives callouts on a port of this machine: authenticates each, stores it in the journal and
//! answers it. Events are sent through a channel. It must not know the terminal or
//! the platform's API.

mod answering;
mod authenticator;
mod callout;
mod forward;
mod handler;
pub mod inspector;
pub mod journal;
mod reply;
pub mod routes;
mod server;

pub use answering::Answering;
pub use authenticator::{Authenticator, KnownWebhook};
pub use forward::Forwarder;
pub use handler::{Event, InFlight, Options};
pub use server::Listener;
