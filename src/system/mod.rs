//! What the operating system gives: folders, private files, programs, databases, randomness. Knows nothing of webhooks.

pub mod database;
pub mod files;
pub mod folders;
pub mod program;
pub mod random;
