//! `mpt help [COMMAND]`

use super::other_words::{commands_for, listed};
use super::shared::Context;
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::text::did_you_mean;

/// Print the help of a command
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Show all global options:
    mpt help

  Show the options of one command:
    mpt help webhook list")]
pub struct Args {
    /// The words of the command, such as `webhook list`
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let mut root = (context.command_line)();
        root.build();
        let known = root.clone();
        let mut command = &mut root;
        let mut path = "mpt".to_owned();
        for word in &self.command {
            let names: Vec<_> =
                command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
            let Some(below) = command.find_subcommand_mut(word) else {
                let place = path.strip_prefix("mpt").unwrap_or_default().trim_start();
                let near = match self.commands_for(place, word, &known).as_deref() {
                    Some([first, ..]) => format!("; did you mean `{}`?", help_of(first)),
                    _ => did_you_mean(word, names.iter().map(String::as_str)),
                };
                let failure = Failure::usage(format!("there is no command `{path} {word}`{near}"));
                return Err(failure
                    .with_hint(format!("see the commands with {path} --help"))
                    .into());
            };
            command = below;
            path = format!("{path} {word}");
        }
        let help = command.render_long_help();
        let text = match context.ui.style.color {
            true => help.ansi().to_string(),
            false => help.to_string(),
        };
        Ok(context.ui.print(&text)?)
    }
}

impl Args {
    /// The commands that are meant by a word, or by it and the next one.
    fn commands_for(&self, place: &str, word: &str, root: &clap::Command) -> Option<Vec<String>> {
        let next = self.command.iter().skip_while(|one| *one != word).nth(1);
        let both = next.and_then(|next| listed(place, &format!("{word} {next}")));
        both.or_else(|| commands_for(place, word, root))
    }
}

/// The command line that prints the help of a command; the command itself if it has none.
fn help_of(command: &str) -> String {
    let is_name = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let names: Vec<_> =
        command.split(' ').take_while(is_name).filter(|name| !name.starts_with('-')).collect();
    match names.is_empty() {
        true => format!("mpt {command}"),
        false => format!("mpt help {}", names.join(" ")),
    }
}
