//! Receives callouts on a port of this machine: authenticates each, keeps it in the journal, has it
//! answered. What happens is reported through a channel; nothing here knows the terminal or the
//! platform.

mod answering;
mod authenticator;
mod callout;
mod forward;
mod handler;
pub mod journal;
mod reply;
pub mod routes;
mod server;

pub use answering::Answering;
pub use authenticator::{Authenticator, KnownWebhook};
pub use forward::Forwarder;
pub use handler::{Event, InFlight, Options};
pub use server::Listener;
