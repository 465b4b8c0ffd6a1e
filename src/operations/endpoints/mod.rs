//! Calling an endpoint without the platform, and testing it.

pub mod call;
pub mod conformance;
pub mod load_cases;
pub mod process;
pub mod replay;
pub mod save_cases;
pub mod target;
pub mod test;
