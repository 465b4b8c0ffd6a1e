//! Typed views of the platform's documents, tolerant of every form in docs/platform-api.md. No I/O.
//!
//! `-o json` prints the JSON document itself; the types here are views of it for text output.
//! A member with an unexpected type is therefore no error: it is shown unchanged, or not at all.

pub mod base_url;
pub mod call;
pub mod check;
pub mod criteria;
pub mod document;
pub mod id;
pub mod object;
pub mod redact;
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
pub use check::{Check, CheckResult, Diagnosis};
pub use criteria::Criteria;
pub use document::Document;
pub use request::{WebhookBody, WebhookChanges};
pub use secret::Secret;
pub use webhook::Webhook;
pub use webhook_key::WebhookKey;
pub use webhook_type::{Anchor, WebhookType};
