//! What the operating system gives: private files, databases, randomness. Knows nothing of webhooks.

pub mod database;
pub mod files;
pub mod random;
