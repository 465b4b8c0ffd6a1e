//! What a command says about itself, and how a group lists its commands.

use super::shared::Context;
use crate::failure::CommandResult;

/// A command: the arguments that clap reads, and what they run.
pub trait Verb {
    /// Whether it needs the current profile.
    fn uses_profile(&self) -> bool {
        true
    }

    /// Whether it handles Ctrl-C itself. Other commands are ended by it.
    fn handles_signals(&self) -> bool {
        false
    }

    fn run(&self, context: &Context) -> impl Future<Output = CommandResult>;
}

/// The commands of a group, one a line.
macro_rules! verbs {
    ($(#[$group:meta])* pub enum Command { $($(#[$about:meta])* $name:ident($args:ty),)+ }) => {
        #[derive(Debug, clap::Subcommand)]
        $(#[$group])*
        pub enum Command {
            $($(#[$about])* $name($args),)+
        }

        impl $crate::commands::Verb for Command {
            fn uses_profile(&self) -> bool {
                match self {
                    $(Self::$name(verb) => verb.uses_profile(),)+
                }
            }

            fn handles_signals(&self) -> bool {
                match self {
                    $(Self::$name(verb) => verb.handles_signals(),)+
                }
            }

            async fn run(
                &self,
                context: &$crate::commands::shared::Context,
            ) -> $crate::failure::CommandResult {
                match self {
                    $(Self::$name(verb) => verb.run(context).await,)+
                }
            }
        }
    };
}

pub(crate) use verbs;
