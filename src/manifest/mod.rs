//! Webhooks as code: manifests that describe the desired webhooks, and the plan of changes. This
//! module is pure: it must not read files, run programs or send requests.

pub mod export;
pub mod file;
mod format;
pub mod node;
pub mod plan;
pub mod reader;
pub mod saved;
pub mod step;
pub mod variables;

pub use format::FileFormat;
pub use plan::{DesiredWebhook, ExistingWebhook, ResolvedSecret, SecretPolicy, plan};
pub use reader::{
    Manifest, ManifestError, ManifestWebhook, ReadManifest, SecretUse, Source, add_error, read,
};
pub use saved::{PlanOwner, SavedPlan};
pub use step::Plan;
