//! What the platform's documents mean. Tolerant of every form in CONTRACT.md, and free of IO.
//!
//! The JSON document itself is what `-o json` gives back; the types here are views of it for
//! people. So a member of an unexpected kind never fails: it is shown as it came, or not at all.

pub mod base_url;
pub mod call;
pub mod check;
pub mod criteria;
pub mod document;
pub mod request;
pub mod secret;
pub mod timestamp;
mod tolerant;
pub mod url;
pub mod webhook;
pub mod webhook_key;
pub mod webhook_type;

pub use self::url::EndpointUrl;
pub use base_url::BaseUrl;
pub use call::Call;
pub use check::Check;
pub use criteria::Criteria;
pub use document::Document;
pub use request::{WebhookBody, WebhookChanges};
pub use secret::Secret;
pub use webhook::Webhook;
pub use webhook_key::WebhookKey;
pub use webhook_type::{Anchor, WebhookType};
