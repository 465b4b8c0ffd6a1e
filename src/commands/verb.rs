//! What a command says about itself, and how a group lists its commands.

use super::shared::Context;
use crate::failure::CommandResult;

/// A command: the arguments that clap reads, and what they run.
pub trait Verb {
    /// Whether it needs the current profile.
    const USES_PROFILE: bool = true;
    /// Whether it handles Ctrl-C itself. Other commands are ended by it.
    const HANDLES_SIGNALS: bool = false;

    fn run(&self, context: &Context) -> impl Future<Output = CommandResult>;
}

/// A command, or a group of which one was typed.
pub trait Typed {
    fn uses_profile(&self) -> bool;
    fn handles_signals(&self) -> bool;
    fn run(&self, context: &Context) -> impl Future<Output = CommandResult>;
}

impl<V: Verb> Typed for V {
    fn uses_profile(&self) -> bool {
        V::USES_PROFILE
    }

    fn handles_signals(&self) -> bool {
        V::HANDLES_SIGNALS
    }

    fn run(&self, context: &Context) -> impl Future<Output = CommandResult> {
        Verb::run(self, context)
    }
}

/// The commands of a group, one a line.
macro_rules! verbs {
    ($(#[$group:meta])* pub enum Command { $($(#[$about:meta])* $name:ident($args:ty),)+ }) => {
        use $crate::commands::verb::Typed;

        #[derive(Debug, clap::Subcommand)]
        $(#[$group])*
        pub enum Command {
            $($(#[$about])* $name($crate::commands::lazy::Lazy<$args>),)+
        }

        impl Typed for Command {
            fn uses_profile(&self) -> bool {
                match self {
                    $(Self::$name(typed) => typed.uses_profile(),)+
                }
            }

            fn handles_signals(&self) -> bool {
                match self {
                    $(Self::$name(typed) => typed.handles_signals(),)+
                }
            }

            async fn run(
                &self,
                context: &$crate::commands::shared::Context,
            ) -> $crate::failure::CommandResult {
                match self {
                    $(Self::$name(typed) => typed.run(context).await,)+
                }
            }
        }
    };
}

pub(crate) use verbs;
