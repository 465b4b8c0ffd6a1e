//! `mpt enrollment …`

mod validate;

use super::verb::verbs;

verbs! {
    pub enum Command {
        Validate(validate::Args),
    }
}
