//! The command reference, and rules for the help of every command.

use clap::{Command, CommandFactory};
use mpt::cli::Cli;

use crate::support::world::assert_run;
use crate::support::{Terminal, World};

/// Every command with its path, `mpt` first.
fn definitions() -> Vec<(Vec<String>, Command)> {
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

/// The path of every command, without `mpt`.
pub fn commands() -> Vec<Vec<String>> {
    definitions().into_iter().map(|(path, _)| path).collect()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

/// The `mpt` command lines of the examples of a help text, continued lines joined.
fn examples(help: &str) -> Vec<Vec<String>> {
    match help.split_once("Examples:\n") {
        // The options follow after a line without an indent.
        Some((_, section)) => {
            let is_example = |line: &&str| line.is_empty() || line.starts_with(' ');
            let lines: Vec<_> = section.lines().take_while(is_example).collect();
            command_lines(&lines.join("\n"))
        }
        None => Vec::new(),
    }
}

/// The command lines of `mpt` in lines of a shell.
pub fn command_lines(text: &str) -> Vec<Vec<String>> {
    let section = text.replace("\\\n", " ").replace("\"$(", " ").replace(")\"", ")");
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
                        let word = if ends { word.trim_end_matches(')') } else { &word };
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
    for (path, _) in definitions() {
        let help = world.args(&[path.clone(), vec!["--help".to_owned()]].concat()).ok();
        let examples = examples(&help);
        assert!(examples.len() >= 2, "{path:?}: {examples:?}");
        // Where it is wide enough, no line of an example is wrapped.
        for line in help.lines().filter(|line| line.starts_with("    mpt ")) {
            assert!(line.chars().count() <= 80, "{path:?}: {line}");
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
        assert_eq!(world.run(&format!("-p sandbox {line} --count")).ok(), "0\n", "{line}");
    }
}

#[test]
fn man_pages_are_written_for_every_command() {
    let world = World::new();
    world.run("man pages").ok();
    for (path, _) in definitions() {
        let name = [vec!["mpt".to_owned()], path].concat().join("-");
        assert!(world.path(&format!("pages/{name}.1")).is_file(), "{name}");
    }
    world.write("file", "");
    assert_eq!(world.run("man file").code, 2);
}

#[test]
fn the_short_help_on_a_small_screen() {
    let shown = Terminal::sized(&World::new(), "", 24, 80).end();
    insta::assert_snapshot!(shown, @"
    exit 2
      webhook      Create, show, change and diagnose webhooks

    Endpoints behind them:
      endpoint     Develop and test the endpoints that webhooks call
      order        Find orders, and validate them for real
      enrollment   Validate enrollments for real

    Setting up and trying out:
      config       Manage profiles: addresses and tokens of the platform
      sandbox      Run a local sandbox of the platform

    Other:
      api          Send any request to the platform
      completions  Print a completion script for a shell
      man          Write manual pages into a folder, one for each command
      help         Print the help of a command

    Options:
      -p, --profile <NAME>   Use this profile; ignore MPT_API_TOKEN and
                             MPT_API_BASE_URL
      -o, --output <FORMAT>  Print the result in this format [possible values:
                             table, json, jsonl, yaml, csv, id, markdown]
      -h, --help             Print help (see more with '--help')
    ");
    assert!(shown.lines().count() <= 24, "with the exit code");
}

#[test]
fn help_of_a_command_is_that_of_its_option() {
    let world = World::new();
    for path in ["", "webhook", "webhook list", "wh ls"] {
        assert_eq!(
            world.run(&format!("help {path}")).ok(),
            world.run(&format!("{path} --help")).ok()
        );
    }
    assert_run!(world.run("help webhook lst"), @"
    exit 2
    --- stderr
    error: there is no command `mpt webhook lst` (did you mean `list`?)
    hint: see the commands with mpt webhook --help
    ");
}

#[test]
fn a_command_of_another_level_is_named() {
    let world = World::new();
    assert_run!(world.run("list"), @"
    exit 2
    --- stderr
    error: unrecognized subcommand 'list'

      tip: did you mean `mpt webhook list`?

    Usage: mpt [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_run!(world.run("lst"), @"
    exit 2
    --- stderr
    error: unrecognized subcommand 'lst'

    Usage: mpt [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_run!(world.run("fire -o json"), @r#"
    exit 2
    --- stderr
    {"error":{"kind":"usage","message":"unrecognized subcommand 'fire'","status":null,"detail":null,"errors":null,"traceId":null,"hint":"did you mean `mpt sandbox fire`?","exitCode":2}}
    "#);
}

#[test]
fn the_help_of_list_names_its_columns() {
    let help = World::new().run("webhook list --help").ok();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let names: Vec<_> = mpt::ui::webhook_columns::names().collect();
    assert!(help.contains(&names.join(", ")), "{names:?}");
}

#[test]
fn a_manual_page_has_the_usual_sections() {
    let world = World::new();
    world.run("man pages").ok();
    let page = std::fs::read_to_string(world.path("pages/mpt-webhook-list.1")).unwrap();
    let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    insta::assert_debug_snapshot!(sections, @r#"
    [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "\"GLOBAL OPTIONS\"",
        "EXAMPLES",
        "\"EXIT STATUS\"",
        "ENVIRONMENT",
        "FILES",
    ]
    "#);
    let group = std::fs::read_to_string(world.path("pages/mpt-webhook.1")).unwrap();
    assert!(group.contains("mpt\\-webhook\\-list(1)"), "{group}");
}

#[test]
fn who_types_another_word_is_told_the_right_one() {
    let world = World::new();
    for (typed, command) in [
        ("webhook trigger", "endpoint call"),
        ("webhook listen", "endpoint listen"),
        ("webhook replay --list", "endpoint replay"),
        ("webhook verify token", "endpoint verify-token"),
        ("wh test cases.toml", "endpoint test"),
        ("endpoint verify", "endpoint verify-token"),
        ("trigger", "endpoint call"),
        ("list", "webhook list"),
        ("get WBH-1234-5678", "webhook show WBH-1234-5678"),
        ("order create", "api POST /commerce/orders"),
        ("webhook get WBH-1234-5678", "webhook show WBH-1234-5678"),
        ("webhook get", "webhook show ID"),
        ("-p sandbox webhook plan f.toml", "-p sandbox webhook diff f.toml"),
        ("product show PRD-1111-1111", "api GET /catalog/products/PRD-1111-1111"),
        ("sandbox start", "sandbox serve"),
        ("webhook status", "status"),
        ("webhook validate f.toml", "webhook diff f.toml"),
        ("endpoint logs", "endpoint replay"),
        ("login", "config init"),
        ("version", "--version"),
        ("help webhook listen", "help endpoint listen"),
        ("help trigger", "help endpoint call"),
        ("help create", "help webhook create"),
        ("help product show", "help api"),
    ] {
        let run = world.run(typed);
        assert_eq!(run.code, 2, "{typed}");
        let tip = format!("did you mean `mpt {command}`?");
        assert!(run.stderr.contains(&tip), "{typed}: {}", run.stderr);
    }
    assert_run!(world.run("webhook logs WBH-1234-5678"), @"
    exit 2
    --- stderr
    error: unrecognized subcommand 'logs'

      tip: did you mean `mpt webhook show WBH-1234-5678`, `mpt webhook watch WBH-1234-5678` or `mpt endpoint replay`?

    Usage: mpt webhook [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn who_types_another_option_is_told_the_right_one() {
    let world = World::new();
    for (typed, tip) in [
        ("webhook create --type ValidateAnswer --secret abc", "--secret-file or --secret-env"),
        ("webhook update WBH-1234-5678 --type x", "the type of a webhook cannot be changed"),
        ("webhook update WBH-1234-5678 --enabled", "use `mpt webhook enable WBH-1234-5678`"),
        ("webhook ls --failed", "use --failing"),
        ("endpoint call -k", "use --ca-file"),
        ("webhook list --product PRD-1111-1111", "use --object"),
        ("webhook list --json", "use --output"),
        ("endpoint call --url http://localhost:1", "use --to"),
        ("webhook create validate-answer", "use `--type validate-answer`"),
        ("webhook create FRM-1111-1111", "use `--form FRM-1111-1111`"),
        ("webhook create https://h.example.com/", "use `--url https://h.example.com/`"),
        ("webhook list -o wide", "use --wide"),
        ("webhook list --no-color", "use --color never"),
        ("webhook delete WBH-1234-5678 --force", "use --yes"),
        ("endpoint listen 3000", "use `--port 3000`"),
        ("endpoint call http://localhost:3000", "call a URL with --to"),
        ("api /catalog/products", "`mpt api GET /catalog/products`"),
    ] {
        let run = world.run(typed);
        assert_eq!(run.code, 2, "{typed}");
        assert!(run.stderr.contains(tip), "{typed}: {}", run.stderr);
        assert!(!run.stderr.contains("--no-secret"), "{typed}: {}", run.stderr);
        assert!(!run.stderr.contains("as a value"), "{typed}: {}", run.stderr);
    }
    // A misspelling is told; a word that only looks alike is not.
    for (typed, tip) in [
        ("webhook create --descripton x", Some("'--description'")),
        ("webhook create --no-secrets", Some("'--no-secret'")),
        ("wehook list", Some("'webhook'")),
        ("webhook show --id WBH-1234-5678", None),
        ("endpoint call --verify", None),
        ("config renew a b", None),
        ("webhook list -o ide", Some("'id'")),
        ("webhook list -o xyz", None),
    ] {
        let run = world.run(typed);
        assert_eq!(run.code, 2, "{typed}");
        match tip {
            Some(tip) => assert!(run.stderr.contains(tip), "{typed}: {}", run.stderr),
            None => assert!(!run.stderr.contains("tip:"), "{typed}: {}", run.stderr),
        }
    }
}

/// What users of other tools typed, and what the answer has to say (`has`), and must not say (`not`).
const WORDS: &str = include_str!("../data/words.json");

#[test]
fn what_users_of_other_tools_type_is_answered() {
    let entries: Vec<serde_json::Value> = serde_json::from_str(WORDS).unwrap();
    let texts = |entry: &serde_json::Value, name: &str| -> Vec<String> {
        serde_json::from_value(entry.get(name).cloned().unwrap_or_default()).unwrap_or_default()
    };
    for entry in &entries {
        let mut world = World::new();
        let create = "-p sandbox webhook create --type validate-answer --form FRM-1111-1111 --url http://localhost:1/ -q";
        world.run(create).ok();
        world = match entry["env"].as_object() {
            Some(variables) => variables
                .iter()
                .fold(world, |world, (name, value)| world.with(name, value.as_str().unwrap())),
            None if texts(entry, "args").contains(&"--base-url".to_owned()) => world,
            None => world.with("MPT_PROFILE", "sandbox"),
        };
        let run = world.args(&texts(entry, "args"));
        let printed = run.snapshot();
        for text in texts(entry, "has") {
            assert!(printed.contains(&text), "{entry}: no `{text}` in\n{printed}");
        }
        for text in texts(entry, "not") {
            assert!(!printed.contains(&text), "{entry}: `{text}` in\n{printed}");
        }
    }
    assert!(entries.len() > 25, "{}", entries.len());
}
