//! Access to the operating system: folders, private files, programs, databases, randomness, the time. It must not know webhooks.

pub mod browser;
pub mod child_group;
pub mod clock;
pub mod database;
pub mod editor;
pub mod files;
pub mod folders;
pub mod ports;
pub mod program;
pub mod random;
pub mod signals;
pub mod spool;
