//! Webhooks as code: files that say what should be, and the plan that leads there. All of it is
//! pure: nothing here reads a file, runs a program or talks to the platform.

pub mod export;
pub mod file;
mod format;
mod node;
pub mod plan;
pub mod reader;
pub mod saved;
pub mod step;
pub mod variables;

pub use format::FileFormat;
pub use plan::{DesiredWebhook, ExistingWebhook, ResolvedSecret, SecretPolicy, plan};
pub use reader::{Manifest, ManifestError, ManifestWebhook, Source, load};
pub use saved::SavedPlan;
pub use step::Plan;
