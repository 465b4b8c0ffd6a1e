//! `mpt product`, `mpt program` and `mpt form`

mod list;

macro_rules! nouns {
    ($($noun:ident $anchor:ident,)+) => {$(
        pub mod $noun {
            use super::list;
            use crate::commands::shared::Context;
            use crate::commands::verb::verbs;
            use crate::failure::CommandResult;
            use crate::model::Anchor;

            verbs! {
pub enum Command {
                List(Args),
            }
}

            #[derive(Debug, clap::Args)]
            #[group(skip)]
            pub struct Args {
                #[command(flatten)]
                list: list::Args,
            }

            impl crate::commands::verb::Verb for Args {
                async fn run(&self, context: &Context) -> CommandResult {
                    list::run(&self.list, Anchor::$anchor, context).await
                }
            }
        }
    )+};
}

nouns! {
    product Product,
    program Program,
    form Form,
}
