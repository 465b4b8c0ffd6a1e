//! Webhooks as code (DESIGN, section 5): files that say what should be, the plan that leads there,
//! and carrying it out. Reading and planning are pure; only `apply` talks to the platform.

pub mod apply;
pub mod check;
pub mod export;
pub mod file;
mod node;
pub mod plan;
pub mod saved;
pub mod secrets;
pub mod variables;

pub use check::{Manifest, Problem, Source, Wanted, load};
pub use file::Form;
pub use plan::{Existing, Plan, Secrets, plan};
