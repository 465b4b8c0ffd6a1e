//! The command reference, and rules for the help of every command.

use clap::{Command, CommandFactory};
use mpt::cli::Cli;

use crate::support::World;

/// Every command with its path, `mpt` first.
fn commands() -> Vec<(Vec<String>, Command)> {
    fn walk(path: &[String], command: &Command, all: &mut Vec<(Vec<String>, Command)>) {
        all.push((path.to_vec(), command.clone()));
        for below in command.get_subcommands() {
            let path = [path, &[below.get_name().to_owned()]].concat();
            walk(&path, below, all);
        }
    }
    let mut root = Cli::command();
    root.build();
    let mut all = Vec::new();
    walk(&[], &root, &mut all);
    all
}

fn is_leaf(command: &Command) -> bool {
    command.get_subcommands().next().is_none()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_reference_is_as_reviewed() {
    let world = World::new();
    let mut reference = String::new();
    for (path, _) in commands() {
        let arguments = [path.clone(), vec!["-h".to_owned()]].concat();
        let help = world.args(&arguments).ok();
        // The global options are the same everywhere.
        let own = if path.is_empty() {
            help.as_str()
        } else {
            help.split("Global options:").next().unwrap()
        };
        reference.push_str(&format!(
            "$ mpt {}\n{}\n\n",
            arguments.join(" "),
            own.trim_end()
        ));
    }
    insta::assert_snapshot!(reference);
}

/// The `mpt` command lines of the examples of a help text, continued lines joined.
fn examples(help: &str) -> Vec<Vec<String>> {
    let Some((_, section)) = help.split_once("Examples:\n") else {
        return Vec::new();
    };
    let section = section
        .replace("\\\n", " ")
        .replace("\"$(", " ")
        .replace(")\"", ")");
    let section = section.replace("$(", " ").replace("<(", " ");
    let mut examples = Vec::new();
    for line in section.lines() {
        // The sentence above an example is not a command. A substitution inside
        // quotes leaves an unmatched quote.
        let words = shlex::split(line).or_else(|| shlex::split(&line.replace('"', " ")));
        let Some(words) = words else { continue };
        let mut current: Option<Vec<String>> = None;
        for word in words {
            match word.as_str() {
                "mpt" => current = Some(vec![word]),
                "|" | "||" | "&&" | "<" | ">" => examples.extend(current.take()),
                _ => {
                    // The end of a substitution; a word with both parentheses is RQL.
                    let ends = word.ends_with(')') && !word.contains('(');
                    if let Some(current) = &mut current {
                        let word = if ends {
                            word.trim_end_matches(')')
                        } else {
                            &word
                        };
                        current.push(word.trim_end_matches(';').to_owned());
                    }
                    if ends {
                        examples.extend(current.take());
                    }
                }
            }
        }
        examples.extend(current);
    }
    // A sentence above an example may begin with the program's name.
    examples.retain(|words| words.len() > 1);
    examples
}

#[test]
fn every_command_has_two_examples_that_parse() {
    let world = World::new();
    for (path, command) in commands() {
        let help = world
            .args(&[path.clone(), vec!["--help".to_owned()]].concat())
            .ok();
        let examples = examples(&help);
        if is_leaf(&command) {
            assert!(examples.len() >= 2, "{path:?}: {examples:?}");
        }
        for example in examples {
            if let Err(error) = Cli::command().try_get_matches_from(&example) {
                panic!("{path:?}: {example:?}\n{error}");
            }
        }
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let world = World::new();
    let version = world.run("--version");
    assert_eq!(version.ok(), format!("mpt {}\n", env!("CARGO_PKG_VERSION")));
    let short = world.run("webhook create -h").ok();
    let long = world.run("webhook create --help").ok();
    assert!(short.len() < long.len() && !short.contains("Examples:"));
    let nothing = world.run("");
    assert_eq!((nothing.code, nothing.stdout.as_str()), (2, ""));
}

#[test]
fn aliases_answer() {
    let world = World::new();
    for line in ["webhooks ls", "wh list", "webhook ls"] {
        assert_eq!(
            world.run(&format!("-p sandbox {line} --count")).ok(),
            "0\n",
            "{line}"
        );
    }
}

#[test]
fn man_pages_are_written_for_every_command() {
    let world = World::new();
    world.run("man pages").ok();
    for (path, _) in commands() {
        let name = [vec!["mpt".to_owned()], path].concat().join("-");
        assert!(world.path(&format!("pages/{name}.1")).is_file(), "{name}");
    }
    world.write("file", "");
    assert_eq!(world.run("man file").code, 2);
}
