//! README.md shows real output.

use std::io::Read;

use regex::Regex;

use crate::support::World;
use crate::support::world::CHANGING;

const README: &str = include_str!("../../README.md");

/// The command lines of the `console` blocks, each with its output.
fn examples() -> Vec<(String, String)> {
    let mut examples: Vec<(String, String)> = Vec::new();
    for block in README.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for line in block.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => examples.push((command.to_owned(), String::new())),
                None => {
                    let (_, output) = examples.last_mut().unwrap();
                    output.push_str(line);
                    output.push('\n');
                }
            }
        }
    }
    examples
}

/// Replaces what differs between runs, and removes trailing spaces of tables.
fn settled(text: &str) -> String {
    let text = CHANGING
        .iter()
        .fold(text.to_owned(), |text, (pattern, replacement)| {
            Regex::new(pattern)
                .unwrap()
                .replace_all(&text, *replacement)
                .into_owned()
        });
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_console_block_shows_real_output() {
    let world = World::new();
    let examples = examples();
    assert!(examples.len() >= 5, "README shows the main job");
    for (command, expected) in examples {
        let line = command
            .strip_prefix("mpt ")
            .unwrap_or_else(|| panic!("{command}"));
        let words = shlex::split(line).unwrap();
        // One pipe for both streams keeps the order in which lines were printed.
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut child = {
            let mut command = world.command(&words);
            command.stdout(writer.try_clone().unwrap()).stderr(writer);
            command.spawn().unwrap()
        };
        let mut printed = String::new();
        reader.read_to_string(&mut printed).unwrap();
        child.wait().unwrap();
        assert_eq!(settled(&printed), settled(&expected), "$ {command}");
    }
}
