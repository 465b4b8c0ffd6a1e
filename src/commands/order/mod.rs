//! `mpt order …`

mod list;
mod validate;

use super::verb::verbs;

verbs! {
    pub enum Command {
        List(list::Args),
        Validate(validate::Args),
    }
}
