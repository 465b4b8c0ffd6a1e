//! The operations behind the commands, with typed results. Each file is one operation, or a part that
//! several operations share. It must not parse the command line or write to the terminal.

pub mod apply;
pub mod check_profile;
pub mod conformance;
pub mod coverage;
pub mod create;
pub mod doctor;
mod doctor_checks;
pub mod endpoint;
pub mod endpoint_process;
pub mod export;
pub mod find_object;
pub mod if_exists;
pub mod import_accounts;
pub mod listen;
pub mod load_cases;
pub mod load_manifest;
pub mod read_folder;
pub mod read_many;
pub mod reconcile;
pub mod replay;
pub mod resolve_secrets;
pub mod rotate_secret;
pub mod save_cases;
pub mod secret_file;
pub mod session;
pub mod shown_ids;
pub mod switches;
pub mod take_over;
pub mod take_over_record;
pub mod test_endpoint;
pub mod trigger;
pub mod update;
pub mod validate;
pub mod watch;

pub use session::Session;
