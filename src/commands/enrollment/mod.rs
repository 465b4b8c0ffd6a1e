//! `mpt enrollment …`

mod validate;

use super::verb::verbs;

verbs! {
    #[command(after_long_help = "\
Examples:
  Let the platform call the webhook for an enrollment:
    mpt enrollment validate ENR-1111-2222-3333

  The same in a script, which cannot be asked:
    mpt enrollment validate ENR-1111-2222-3333 --yes")]
    pub enum Command {
        Validate(validate::Args),
    }
}
