//! Shell completion: the scripts in `completions/`, and the values that they offer.

use std::path::Path;

use crate::support::World;

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
        assert_eq!(
            kept, printed,
            "stale: mpt completions {shell} > completions/{name}"
        );
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
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn types_formats_and_profiles_are_offered() {
    let world = World::new();
    let ran = world.path("ran");
    world.config(&format!(
        "[profiles.production]\ntoken_command = [\"touch\", \"{}\"]\n[profiles.staging]\n",
        ran.display()
    ));
    let types = offered(&world, &["mpt", "webhook", "create", "--type", "ValidateA"]);
    assert_eq!(types, ["ValidateAnswer"]);
    assert_eq!(offered(&world, &["mpt", "-o", "j"]), ["json", "jsonl"]);
    assert_eq!(
        offered(&world, &["mpt", "-p", ""]),
        ["production", "staging", "sandbox"]
    );
    assert!(offered(&world, &["mpt", "webhook", "li"]).contains(&"list".to_owned()));
    assert!(!ran.exists(), "no token_command runs for a completion");
}
