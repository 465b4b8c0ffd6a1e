//! Shell completion: the scripts in `completions/`, and the values that they offer.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::documents::page;
use crate::support::server::Request;
use crate::support::world::{TOKEN, assert_private, report_missing};
use crate::support::{Server, Terminal, World};

const FILES: [(&str, &str); 5] = [
    ("bash", "mpt.bash"),
    ("zsh", "_mpt"),
    ("fish", "mpt.fish"),
    ("powershell", "_mpt.ps1"),
    ("elvish", "mpt.elv"),
];

#[test]
fn the_files_are_what_the_command_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, name) in FILES {
        let printed = World::new().run(&format!("completions {shell}")).ok();
        let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert_eq!(kept, printed, "stale: mpt completions {shell} > completions/{name}");
    }
    assert_eq!(World::new().run("completions tcsh").code, 2);
}

/// The candidates that bash gets for the last word.
fn offered(world: &World, words: &[&str]) -> Vec<String> {
    let mut command = world.command(&["--"]);
    command
        .args(words)
        .env("MPT_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_IFS", "\n");
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn types_formats_and_profiles_are_offered() {
    let world = World::new();
    let ran = world.path("ran");
    world.config(&format!(
        "[profiles.production]\ntoken_command = [\"touch\", {:?}]\n[profiles.staging]\n",
        ran.display().to_string()
    ));
    let types = offered(&world, &["mpt", "webhook", "create", "--type", "ValidateA"]);
    assert_eq!(types, ["ValidateAnswer"]);
    for (typed, whole) in [
        ("validate-a", "validate-answer"),
        ("VALIDATE_A", "VALIDATE_ANSWER"),
        ("validateAn", "validateAnswer"),
    ] {
        let types = offered(&world, &["mpt", "webhook", "list", "--type", typed]);
        assert_eq!(types, [whole]);
    }
    let offered_for = |flag: &str, typed: &str| offered(&world, &["mpt", "wh", "ls", flag, typed]);
    assert_eq!(
        offered_for("--order", "type,-au"),
        ["type,-audit.created.at", "type,-audit.updated.at"]
    );
    assert_eq!(offered_for("--status", "e"), ["enabled"]);
    assert_eq!(offered_for("--columns", "id,ty"), ["id,type"]);
    assert_eq!(offered_for("--columns", "id,i"), [""; 0]);
    let create = |typed: &str| offered(&world, &["mpt", "wh", "create", "--criteria", typed]);
    assert_eq!(create("p"), ["product.id=", "program.id="]);
    let orders = offered(&world, &["mpt", "order", "list", "--status", "qu"]);
    assert_eq!(orders, ["querying", "quoted"]);
    assert_eq!(offered(&world, &["mpt", "-o", "j"]), ["json", "jsonl"]);
    assert_eq!(offered(&world, &["mpt", "-p", ""]), ["production", "staging", "sandbox"]);
    assert!(offered(&world, &["mpt", "webhook", "li"]).contains(&"list".to_owned()));
    assert!(!ran.exists(), "no token_command runs for a completion");
}

#[test]
fn values_come_before_options_and_files_where_files_are_expected() {
    let world = World::new();
    let offered = |words: &str| {
        let words: Vec<_> = words.split(' ').collect();
        let mut command = world.command(&["--"]);
        let index = words.len() - 1;
        command.args(words).env("MPT_COMPLETE", "bash").env("MPT_COMPLETE_FILES", "no");
        command.env("_CLAP_COMPLETE_INDEX", index.to_string()).env("_CLAP_IFS", " ");
        command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "false");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(offered("mpt completions "), "bash zsh fish powershell elvish");
    assert_eq!(offered("mpt help we"), "webhook");
    assert!(offered("mpt help webhook ").starts_with("create show list "), "commands, no options");
    assert_eq!(offered("mpt config set output j"), "json jsonl");
    // Options where there is nothing else, and where one is begun.
    assert!(offered("mpt webhook list ").starts_with("--filter "));
    assert_eq!(offered("mpt webhook apply --pru"), "--prune");
    // bash completes names of files itself.
    for words in [
        "webhook apply ", "webhook diff a", "endpoint test ", "endpoint verify-token ",
        "config import ", "webhook create --from ", "endpoint test x --to y -- ",
        "config set ca_file ",
    ] {
        assert_eq!(offered(&format!("mpt {words}")), "\u{1}", "{words}");
    }
}

/// A world with a product of each of two names on its server.
fn world_with_products(names: [&str; 2]) -> (Server, World) {
    let product = |(index, name): (usize, &&str)| {
        let id = format!("PRD-{}-0001", index + 1000);
        json!({"id": id, "name": name, "status": "Published"})
    };
    let mut products: Vec<_> = names.iter().enumerate().map(product).collect();
    products.push(json!({"id": "PRD-$(touch owned)", "name": "not an ID"}));
    let server = Server::always(200, page(&products, 0, Some(3)));
    let world = World::new();
    let path = format!(
        "{}:{}",
        Path::new(env!("CARGO_BIN_EXE_mpt")).parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    world.config(&format!(
        "[profiles.shop]\nbase_url = \"{}\"\ntoken = \"{TOKEN}\"\n",
        server.url()
    ));
    (server, world.with("PATH", &path))
}

#[test]
fn ids_that_were_shown_are_offered() {
    let (server, world) = world_with_products(["Cloud Editor", "Cloud Storage"]);
    let line = ["mpt", "-p", "shop", "webhook", "create", "--product", ""];
    // A script does not fill the store.
    world.run("-p shop status --all").ok();
    assert_eq!(offered(&world, &line), [""; 0]);

    let shown = Terminal::run(&world, "-p shop status --all").end();
    assert!(shown.starts_with("exit 0"), "{shown}");
    let requests = server.requests().len();
    assert_eq!(offered(&world, &line), ["PRD-1000-0001", "PRD-1001-0001"]);
    let line = ["mpt", "--profile=shop", "webhook", "list", "--object", "PRD-1001"];
    assert_eq!(offered(&world, &line), ["PRD-1001-0001"]);
    let line = ["mpt", "wh", "create", "-pshop", "--criteria", "product.id=PRD-1001"];
    assert_eq!(offered(&world, &line), ["product.id=PRD-1001-0001"]);
    // Another profile, or another address, has other IDs.
    let line = ["mpt", "-p", "sandbox", "webhook", "list", "--object", ""];
    assert_eq!(offered(&world, &line), [""; 0]);
    let line =
        ["mpt", "-p", "shop", "--base-url", "https://other.example", "wh", "ls", "--object", ""];
    assert_eq!(offered(&world, &line), [""; 0]);
    assert_eq!(server.requests().len(), requests, "completion never connects");
    let folder = world.path("mpt/data/shown");
    let files = std::fs::read_dir(&folder).unwrap();
    files.for_each(|file| assert_private(&file.unwrap().path()));
}

#[test]
fn deleted_webhooks_are_not_offered() {
    let world = World::new();
    let create = "-p sandbox webhook create --type validate-answer --form FRM-1111-1111 \
                  --url https://hooks.example.com/ --no-secret";
    Terminal::run(&world, create).end();
    let line = ["mpt", "-p", "sandbox", "webhook", "show", "WBH"];
    assert_eq!(offered(&world, &line), ["WBH-0000-0001"]);
    Terminal::run(&world, "-p sandbox webhook rm WBH-0000-0001 --yes").end();
    assert_eq!(offered(&world, &line), [""; 0]);
}

const HOSTILE: [&str; 2] = [
    "$(touch owned) `touch owned`; touch owned & 'touch owned' \"$(touch owned)\"",
    "x:y\t*?[a]{b,c}~ \\$(touch owned) %F{red} | touch owned > owned #",
];

/// Completes IDs in a real shell, with names that would do harm if the shell evaluated them.
fn complete_in(shell: &str, arguments: &[&str], setup: &str) {
    if std::process::Command::new(shell).arg("--version").output().is_err() {
        report_missing(shell);
        return;
    }
    let (server, world) = world_with_products(HOSTILE);
    Terminal::run(&world, "-p shop status --all").end();
    let mut words = vec![shell];
    words.extend(arguments);
    let mut terminal = Terminal::program(&world, &words, 24, 100);
    terminal.type_keys(setup);
    terminal.type_keys("printf '%s-%s\\n' ready now\r");
    terminal.wait_for("ready-now");
    // Both IDs are listed, then one is completed, and the command line is what was typed.
    terminal.type_keys("mpt -p shop webhook list --object PRD-1\t\t\t");
    terminal.wait_for("PRD-1000-0001");
    terminal.wait_for("PRD-1001-0001");
    terminal.type_keys("\u{15}");
    terminal.type_keys("mpt -p shop webhook list --count --object PRD-1001\t\r");
    terminal.type_keys("printf '%s-%s\\n' all done\r");
    terminal.wait_for("all-done");
    let mut requests = server.requests().into_iter();
    let is_for_completed = |request: Request| request.target.contains("PRD-1001-0001");
    assert!(requests.any(is_for_completed), "{shell} has not completed the ID");
    assert!(!world.path("owned").exists(), "{shell} has run a name");
}

#[test]
fn bash_completes_ids() {
    complete_in("bash", &["--norc", "--noprofile"], "PS1='> '; source <(mpt completions bash)\r");
}

#[test]
fn zsh_completes_ids() {
    let setup = "PS1='> '; autoload -U compinit; compinit -u -D; source <(mpt completions zsh)\r";
    complete_in("zsh", &["-f", "-i"], setup);
}

#[test]
fn fish_completes_ids() {
    complete_in("fish", &["--no-config"], "mpt completions fish | source\r");
}

/// bash splits words at `=` and `:`, and inserts what is completed after them.
#[test]
fn bash_completes_after_an_equals_sign_and_quotes_files() {
    if std::process::Command::new("bash").arg("--version").output().is_err() {
        report_missing("bash");
        return;
    }
    let (server, world) = world_with_products(["Cloud Editor", "Cloud Storage"]);
    Terminal::run(&world, "-p shop status --all").end();
    world.write("q$(touch owned).yaml", "type: SelectOrderLines\nurl: https://a.example/\n");
    let words = ["bash", "--norc", "--noprofile"];
    let mut terminal = Terminal::program(&world, &words, 24, 100);
    terminal.type_keys("PS1='> '; source <(mpt completions bash)\r");
    for (line, expected) in [
        ("mpt -p shop webhook list --object=PRD-1001\t\r", "PRD-1001-0001"),
        (
            "mpt -p shop webhook create --criteria product.id=PRD-1001\t --from q\t --dry-run\r",
            "\"product.id\": \"PRD-1001-0001\"",
        ),
    ] {
        terminal.wait_for("> ");
        terminal.type_keys(line);
        terminal.wait_for(expected);
    }
    terminal.type_keys("exit\r");
    terminal.end();
    assert!(!world.path("owned").exists(), "the name of a file was run");
    let mut requests = server.requests().into_iter();
    assert!(requests.any(|request: Request| request.target.contains("PRD-1001-0001")));
}

/// A name that a shell would run as a command.
const NAME: &str = "production$(touch pwned)";

#[test]
fn a_name_that_a_shell_would_run_is_neither_imported_nor_offered() {
    let world = World::new();
    let account = json!([{"id": NAME, "name": "N", "type": "Vendor", "token": "idt:TKN-1:x",
        "token_id": "", "environment": "https://a.example"}]);
    let file = world.write("accounts.json", &account.to_string());
    let run = world.run(&format!("config import {}", file.display()));
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert!(run.stderr.contains("cannot contain `$`"), "{}", run.stderr);
    for name in [NAME, "-x", "a;b", "a'b", "a\nb"] {
        let name = format!("-p={name}");
        let init = ["config", "init", &name, "--token-env", "T"];
        assert_eq!(world.args(&init).code, 2, "{name}");
    }
    // A file that exists still lists, but completion does not offer such a name.
    world.config(&format!("[profiles.{NAME:?}]\n[profiles.\"prod uction Zoë\"]\n"));
    assert!(world.run("config list").ok().contains(NAME));
    assert_eq!(offered(&world, &["mpt", "-p", "prod"]), ["prod uction Zoë"]);
    let typed = Command::new("bash")
        .args(["-c", &format!(
            "source <({0} completions bash); mpt() {{ {0} \"$@\"; }}; COMP_LINE='mpt -p prod' COMP_POINT=11 COMP_CWORD=2 COMP_TYPE=9 COMP_WORDS=(mpt -p prod); _mpt_complete; printf '%s' \"${{COMPREPLY[@]}}\"",
            env!("CARGO_BIN_EXE_mpt")
        )])
        .env_clear()
        .envs(world.command::<&str>(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("LANG", "C.UTF-8")
        .current_dir(world.path(""))
        .output();
    match typed {
        Ok(output) => assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "prod\\ uction\\ Zoë ",
            "{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => report_missing(&format!("bash: {error}")),
    }
    assert!(!world.path("pwned").exists());
}
