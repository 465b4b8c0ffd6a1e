//! Why a webhook is not called.

pub mod checks;
pub mod doctor;
pub mod probe;
pub mod status;
pub mod switches;
pub mod why_silent;
