//! Why a webhook is not called.

pub mod checks;
pub mod coverage;
pub mod doctor;
pub mod probe;
pub mod switches;
pub mod why_silent;
