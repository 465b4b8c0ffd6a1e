//! Receives callouts on a port of this machine: authenticates each, stores it in the journal and
//! answers it. Events are sent through a channel. It must not know the terminal or
//! the platform's API.

mod answering;
mod authenticator;
mod callout;
mod forward;
mod handler;
mod in_flight;
pub mod inspector;
pub mod journal;
mod reply;
pub mod routes;
mod server;

pub use crate::net::sockets::Error as BindError;
pub use answering::Answering;
pub use authenticator::{Authenticator, KnownWebhook};
pub use forward::Forwarder;
pub use handler::{ListenerEvent, Options};
pub use in_flight::InFlight;
pub use server::Listener;
