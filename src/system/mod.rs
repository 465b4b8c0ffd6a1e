//! Access to the operating system: folders, private files, programs, databases, randomness. It must not know webhooks.

pub mod database;
pub mod files;
pub mod folders;
pub mod program;
pub mod random;
