//! The commands of a help page in groups, each with a heading.

use clap::Command;
use clap::builder::StyledStr;

/// The headings of a command's help, and the commands below each.
type Groups = &'static [(&'static str, &'static [&'static str])];

const ROOT: Groups = &[
    ("Webhooks on the platform", &["status", "webhook"]),
    ("Endpoints behind them", &["endpoint", "order", "enrollment"]),
    ("Setting up and trying out", &["config", "sandbox"]),
    ("Other", &["api", "completions", "man", "help"]),
];

const WEBHOOK: Groups = &[
    (
        "Create and inspect",
        &["create", "show", "list", "update", "enable", "disable", "delete", "rotate-secret"],
    ),
    ("Find out what happens, and why not", &["doctor", "watch", "history"]),
    ("Webhooks as code", &["apply", "diff", "export"]),
];

/// The help of a command without commands of its own: what it does, examples, then the options.
const EXAMPLES_FIRST: &str =
    "{before-help}{about-with-newline}\n{usage-heading} {usage}{after-help}\n\n{all-args}";

/// The command, whose help lists its commands in groups if there are groups for it.
pub fn grouped(command: Command) -> Command {
    let command = command.mut_subcommands(|verb| verb.help_template(EXAMPLES_FIRST));
    let groups = match command.get_name() {
        "mpt" => ROOT,
        "webhook" => WEBHOOK,
        _ => return command,
    };
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}{{after-help}}\n\n{}{HEADING}Options:{RESET}\n{{options}}",
        listed(&command, groups)
    );
    command.help_template(StyledStr::from(template))
}

fn listed(command: &Command, groups: Groups) -> String {
    let width = command.get_subcommands().map(|one| one.get_name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for (heading, names) in groups {
        text.push_str(&format!("{HEADING}{heading}:{RESET}\n"));
        for one in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = one.get_about().map(ToString::to_string).unwrap_or_default();
            let aliases: Vec<_> = one.get_visible_aliases().collect();
            let aliases = match aliases.as_slice() {
                [] => String::new(),
                aliases => format!(" [alias: {}]", aliases.join(", ")),
            };
            text.push_str(&format!("  {:width$}  {about}{aliases}\n", one.get_name()));
        }
        text.push('\n');
    }
    text
}

/// As clap styles its own headings.
const HEADING: &str = "\u{1b}[1m\u{1b}[4m";
const RESET: &str = "\u{1b}[0m";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Groups, ROOT, WEBHOOK};
    use crate::cli::Cli;

    #[test]
    fn every_command_is_in_a_group() {
        let mut root = Cli::command();
        root.build();
        let names = |groups: Groups| {
            let mut names: Vec<_> =
                groups.iter().flat_map(|(_, names)| names.iter().copied()).collect();
            names.sort_unstable();
            names
        };
        let of = |command: &clap::Command| {
            let known = command.get_subcommands().filter(|one| !one.is_hide_set());
            let mut known: Vec<_> = known.map(|one| one.get_name().to_owned()).collect();
            known.sort_unstable();
            known
        };
        assert_eq!(of(&root), names(ROOT));
        assert_eq!(of(root.find_subcommand("webhook").unwrap()), names(WEBHOOK));
    }
}
