//! `mpt order …`

mod list;
mod validate;

use super::verb::verbs;

verbs! {
    #[command(after_long_help = "\
Examples:
  Find the drafts of a product:
    mpt order list --product PRD-1111-1111 --status draft

  Let the platform call the webhook for one of them:
    mpt order validate ORD-1111-2222-3333")]
    pub enum Command {
        List(list::Args),
        Validate(validate::Args),
    }
}
