//! Rules for all commands. The list of commands comes from clap, so that it is complete.

use std::io::Read;
use std::process::Stdio;
use std::sync::LazyLock;

use clap::{Command, CommandFactory};
use mpt::cli::Cli;

use crate::support::world::{Run, closed_port, spawn};
use crate::support::{Reply, Server, World};

const TOKEN: &str = "idt:TKN-9876-5432:keep-it-to-yourself";

/// Commands without a single document as their result: `-o json` is a usage error, printed as JSON.
const WITHOUT_JSON: [&str; 12] = [
    "endpoint listen", "webhook watch", "config init", "config remove", "config rename",
    "config set", "config unset", "config use", "sandbox reset", "completions", "man", "help",
];

/// Every command that does something, as it is typed after `mpt`.
fn commands() -> Vec<String> {
    fn walk(path: &str, command: &Command, all: &mut Vec<String>) {
        if command.get_subcommands().next().is_none() {
            all.push(path.trim().to_owned());
        }
        for below in command.get_subcommands() {
            walk(&format!("{path} {}", below.get_name()), below, all);
        }
    }
    let mut root = Cli::command();
    root.build();
    let mut all = Vec::new();
    walk("", &root, &mut all);
    all
}

/// A world with a webhook in its sandbox, a profile with a token, and the files that commands take;
/// and the webhook's id.
fn world() -> (World, String) {
    let world = World::new().with("S", "s3cret-s3cret");
    world.config(&format!(
        "[profiles.sandboxed]\nbase_url = \"{}\"\ntoken = \"{TOKEN}\"\n",
        closed_port()
    ));
    world.write("secret", "another-secret");
    world.write("token", "a.b.c");
    world.write(
        "webhooks.toml",
        "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-3333-3333\"\n\
         url = \"https://b.example\"\n",
    );
    world.write("mpt/.swocli/accounts.json", "[]");
    let id = world
        .run(
            "-p sandbox webhook create --type validate-answer --form FRM-1111-1111 \
             --url http://localhost:4000/ --secret-env S -o id",
        )
        .ok();
    (world, id.trim().to_owned())
}

/// An endpoint that accepts everything.
static ENDPOINT: LazyLock<Server> =
    LazyLock::new(|| Server::new(|request, _| Reply::text(200, "application/json", &request.body)));

/// A valid command line for each command, and its exit code.
fn working(command: &str, id: &str) -> (String, i32) {
    let (rest, code) = match command {
        "webhook create" => {
            ("--type validate-answer --form FRM-2222-2222 --url https://a.example", 0)
        }
        "webhook show" | "webhook enable" | "webhook disable" => (id, 0),
        "webhook list" | "webhook export" => ("", 0),
        "webhook doctor" | "webhook history" => (id, 0),
        "status" => ("", 0),
        "config rename" => ("sandboxed renamed", 0),
        "webhook update" => (&*format!("{id} --description new"), 0),
        "webhook delete" => (&*format!("{id} --yes"), 0),
        "webhook rotate-secret" => (&*format!("{id} --secret-file secret"), 0),
        "webhook apply" => ("webhooks.toml --yes", 0),
        "webhook diff" => ("webhooks.toml", 10),
        "endpoint call" => (&*format!("--type validate-answer --to {}", closed_port()), 10),
        "endpoint listen" => ("--restore", 0),
        "endpoint test" => {
            (&*format!("--conformance --type validate-answer --to {}", ENDPOINT.url()), 10)
        }
        "endpoint replay" => ("", 0),
        "endpoint verify-token" => ("token --secret-env S", 10),
        "webhook watch" => ("--interval 10ms --for 30ms", 0),
        "config init" => ("--base-url https://a.example --token-env T -p new", 0),
        "config import" | "config list" | "config show" | "config path" => ("", 0),
        "config get" => ("base_url -p sandboxed", 0),
        "config set" => ("timeout 5s -p sandboxed", 0),
        "config unset" => ("ca_file -p sandboxed", 0),
        "config use" => ("sandboxed", 0),
        "config remove" => ("sandboxed --yes", 0),
        "config check" => ("-p sandboxed --retries 0", 9),
        "sandbox serve" => ("--bind 127.0.0.256", 2),
        "sandbox fire" => ("--type validate-answer --payload fitting.json", 10),
        "sandbox token" | "sandbox path" => ("", 0),
        "sandbox reset" => ("--yes", 0),
        "api" => ("GET /catalog/products", 0),
        "order list" => ("", 0),
        "order validate" => ("ORD-4821-7305-1196 --yes", 0),
        "enrollment validate" => ("ENR-5512-0904-7731 --yes", 0),
        "completions" => ("bash", 0),
        "man" => ("pages", 0),
        "help" => ("webhook list", 0),
        new => panic!("`mpt {new}` is new: say here how it works"),
    };
    let uses_sandbox = ["api", "order", "enrollment", "webhook", "status"];
    let profile =
        if uses_sandbox.iter().any(|group| command.starts_with(group)) { "-p sandbox" } else { "" };
    (format!("{profile} {command} {rest}"), code)
}

/// What no run may print.
fn assert_fit(command: &str, run: &Run) {
    let printed = run.snapshot();
    // This command prints the token.
    if command != "sandbox token" {
        assert!(!printed.contains("idt:TKN-0000"), "{command}: {printed}");
    }
    for hidden in [TOKEN, "keep-it-to-yourself", "another-secret", "s3cret-s3cret"] {
        assert!(!printed.contains(hidden), "{command}: {printed}");
    }
    for asking in ["[y/N]", "panicked", "Broken pipe"] {
        assert!(!printed.contains(asking), "{command}: {printed}");
    }
}

#[test]
fn it_works_without_a_terminal_and_prints_no_secret() {
    for command in commands() {
        for options in ["", "-vv"] {
            let (world, id) = world();
            world.write("fitting.json", r#"{"form": {"id": "FRM-1111-1111"}}"#);
            let (line, code) = working(&command, &id);
            let run = world.run(&format!("{line} {options}"));
            assert_eq!(run.code, code, "{line}: {}", run.snapshot());
            assert_fit(&command, &run);
        }
    }
}

#[test]
fn programs_get_json_and_errors_as_json() {
    for command in commands() {
        let (world, id) = world();
        world.write("fitting.json", r#"{"form": {"id": "FRM-1111-1111"}}"#);
        let wrong = world.run(&format!("{command} --no-such-flag -o json"));
        assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""), "{command}");
        assert_eq!(wrong.error()["kind"], "usage", "{command}");
        let (line, code) = working(&command, &id);
        let run = world.run(&format!("{line} -o json"));
        let code = if WITHOUT_JSON.contains(&&*command) { 2 } else { code };
        assert_eq!(run.code, code, "{line}: {}", run.snapshot());
        // The plan of diff is no error.
        if run.code != 0 && command != "webhook diff" {
            run.error();
        }
        let mut documents = serde_json::Deserializer::from_str(&run.stdout).into_iter();
        assert!(
            documents.all(|document: Result<serde_json::Value, _>| document.is_ok()),
            "{line}: {}",
            run.stdout
        );
        for line in run.stderr.lines() {
            let printed: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
            assert!(printed.is_object(), "{command}: {line}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    for command in commands() {
        let (world, id) = world();
        world.write("fitting.json", r#"{"form": {"id": "FRM-1111-1111"}}"#);
        let (line, code) = working(&command, &id);
        let words: Vec<_> = line.split_whitespace().collect();
        let mut child = spawn(world.command(&words).stdin(Stdio::null()));
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let ended = child.wait().unwrap().code();
        assert_eq!(ended, Some(code), "{line}: {stderr}");
        assert!(!stderr.contains("pipe") && !stderr.contains("mpt failed"), "{line}: {stderr}");
    }
}

#[test]
fn the_documentation_names_it() {
    let pages = crate::documentation::pages();
    let pages = pages.iter().filter(|(path, _)| !path.ends_with("reference.md"));
    let paragraphs: Vec<_> = pages.flat_map(|(_, text)| text.split("\n\n")).collect();
    let is_named = |command: &str| {
        let (group, verb) = command.split_once(' ').unwrap_or(("", command));
        // A paragraph may name a group, and list its commands: `mpt config get`, `set`, `unset`.
        paragraphs.iter().any(|paragraph| {
            paragraph.contains(&format!("mpt {command}"))
                || paragraph.contains(&format!("mpt -p sandbox {command}"))
                || !group.is_empty()
                    && paragraph.contains(&format!("mpt {group} "))
                    && paragraph.contains(&format!("`{verb}`"))
        })
    };
    assert!(!is_named("webhook teleport"));
    let unnamed: Vec<_> = commands().into_iter().filter(|one| !is_named(one)).collect();
    assert_eq!(unnamed, [""; 0], "no page but the reference names them");
}
