//! Webhooks as code: from files to the platform, and back.

pub mod applied;
pub mod apply;
pub mod export;
pub mod load;
pub mod objects;
pub mod reconcile;
pub mod resolve_secrets;
