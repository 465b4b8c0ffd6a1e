//! Checking and importing profiles.

pub mod check;
pub mod import;
