//! What the platform's documents mean. Tolerant of every form in CONTRACT.md, and free of IO.
//!
//! The JSON document itself is what `-o json` gives back; the types here are views of it for
//! people. So a member of an unexpected kind never fails: it is shown as it came, or not at all.

pub mod call;
pub mod criteria;
pub mod history;
pub mod request;
pub mod secret;
pub mod timestamp;
mod tolerant;
pub mod url;
pub mod webhook;
pub mod webhook_type;

pub use call::Call;
pub use criteria::Criteria;
pub use request::WebhookBody;
pub use secret::Secret;
pub use webhook::Webhook;
