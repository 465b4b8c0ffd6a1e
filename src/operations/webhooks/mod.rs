//! Reading and changing the webhooks of the platform.

pub mod create;
pub mod create_once;
pub mod find_object;
pub mod read_many;
pub mod rotate_secret;
pub mod secret_file;
pub mod shown_ids;
pub mod update;
pub mod watch;
