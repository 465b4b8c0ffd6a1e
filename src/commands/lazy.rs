//! Describes to the parser only the commands that were typed: describing all of them takes most of the start-up.

use std::cell::RefCell;
use std::ffi::OsString;
use std::ops::Deref;

use super::help_groups::grouped;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

thread_local! {
    /// The words of the command line, while only the commands among them are described.
    static TYPED: RefCell<Option<Vec<OsString>>> = const { RefCell::new(None) };
}

/// Calls a parser for which groups have only the commands that are among the words. Its errors and help are therefore
/// incomplete.
pub fn among<R>(words: &[OsString], parse: impl FnOnce() -> R) -> R {
    TYPED.replace(Some(words.to_vec()));
    let parsed = parse();
    TYPED.take();
    parsed
}

fn are_all_described() -> bool {
    TYPED.with_borrow(Option::is_none)
}

/// The commands of a group that were typed.
pub fn typed(group: &Command) -> Vec<Command> {
    TYPED.with_borrow(|words| {
        let words = words.as_deref().unwrap_or_default();
        let is_typed = |command: &&Command| {
            let mut names = std::iter::once(command.get_name()).chain(command.get_all_aliases());
            names.any(|name| words.iter().any(|word| word == name))
        };
        group.get_subcommands().filter(is_typed).cloned().collect()
    })
}

/// A command or a group of commands that is only described to the parser if it was typed.
#[derive(Debug)]
pub struct Lazy<T>(Box<T>);

impl<T> Deref for Lazy<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Args> Args for Lazy<T> {
    fn augment_args(command: Command) -> Command {
        match are_all_described() {
            true => T::augment_args(command),
            false => command.defer(T::augment_args),
        }
    }

    fn augment_args_for_update(command: Command) -> Command {
        T::augment_args_for_update(command)
    }
}

impl<T: Subcommand> Subcommand for Lazy<T> {
    fn augment_subcommands(command: Command) -> Command {
        command.defer(|command| {
            if are_all_described() {
                return grouped(T::augment_subcommands(command));
            }
            let verbs = typed(&T::augment_subcommands(Command::new("group")));
            command.subcommands(verbs).subcommand_required(true)
        })
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command.defer(T::augment_subcommands_for_update)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

impl<T: FromArgMatches> FromArgMatches for Lazy<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Box::new).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Box::new).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches_mut(matches)
    }
}
