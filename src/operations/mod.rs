//! What the commands do, free of the command line and the terminal, with typed results: each file is
//! one operation, or the part of several that must be decided in one place.

pub mod apply;
pub mod check_profile;
pub mod create;
pub mod endpoint;
pub mod export;
pub mod if_exists;
pub mod import_accounts;
pub mod listen;
pub mod load_manifest;
pub mod reconcile;
pub mod replay;
pub mod resolve_secrets;
pub mod rotate_secret;
pub mod secret_file;
pub mod session;
pub mod signals;
pub mod take_over;
pub mod take_over_record;
pub mod trigger;
pub mod update;
pub mod watch;

pub use session::Session;
