//! Receiving callouts, also those of a webhook that is pointed here meanwhile.

pub mod listen;
pub mod take_over;
pub mod take_over_record;
