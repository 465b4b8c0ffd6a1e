//! `mpt endpoint …`: the server behind a webhook

mod call;
mod listen;
mod replay;
mod test;
mod verify_token;

use super::verb::verbs;

verbs! {
    /// Develop and test the endpoints that webhooks call
    #[command(arg_required_else_help = true, after_help = "What is registered on the platform: mpt webhook --help")]
    #[command(after_long_help = "\
Examples:
  Call an endpoint as the platform does:
    mpt endpoint call --type validate-answer --to http://localhost:5000/

  Receive callouts, and forward them to it:
    mpt endpoint listen --forward-to http://localhost:5000

What is registered on the platform: mpt webhook --help")]
    pub enum Command {
        Call(call::Args),
        Listen(listen::Args),
        Replay(replay::Args),
        VerifyToken(verify_token::Args),
        Test(test::Args),
    }
}
