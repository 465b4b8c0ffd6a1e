//! Webhooks as code: manifests that describe the desired webhooks, and the plan of changes. This
//! module is pure: it must not read files, run programs or send requests.

pub mod change;
pub mod export;
pub mod file;
pub mod plan;
pub mod reader;
pub mod saved;
pub mod step;
pub mod switch_step;
pub mod variables;

pub use plan::{DesiredWebhook, ExistingWebhook, ResolvedSecret, SecretPolicy, plan};
pub use reader::{Manifest, ManifestWebhook, Place, ReadManifest, SecretUse, read};
pub use saved::{PlanOwner, SavedPlan};
pub use step::Plan;
