//! README.md and the pages of docs/ show real output, and lead where they say. `UPDATE_DOCS=1` writes what is printed
//! into the pages (`just docs`).

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Child;

use clap::Parser;
use mpt::cli::Cli;
use regex::Regex;

use crate::support::World;
use crate::support::world::{CHANGING, free_port, spawn};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// README.md and the pages of docs/, by path.
pub fn pages() -> Vec<(PathBuf, String)> {
    let files = std::fs::read_dir(Path::new(ROOT).join("docs")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    for name in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] {
        paths.push(Path::new(ROOT).join(name));
    }
    paths.sort();
    let page = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        (path, text)
    };
    paths.into_iter().map(page).collect()
}

/// Compares a file with what it should be, or writes it.
fn check_file(path: &Path, current: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, current).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(written == current, "{} is stale: run `just docs`", path.display());
}

/// Replaces what differs between runs, and removes trailing spaces of tables.
fn settled(text: &str) -> String {
    let text = CHANGING.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
        Regex::new(pattern).unwrap().replace_all(&text, *replacement).into_owned()
    });
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// What a command prints to both streams, in the order of its lines.
fn printed(world: &World, command: &str) -> String {
    let line = command.strip_prefix("mpt ").unwrap_or_else(|| panic!("{command}"));
    let words = shlex::split(&line.replace("\\\n", " ")).unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut child = {
        let mut command = world.command(&words);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        command.spawn().unwrap()
    };
    let mut printed = String::new();
    reader.read_to_string(&mut printed).unwrap();
    child.wait().unwrap();
    let lines = printed.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// The page with what its commands print now, in order, in one sandbox.
fn with_output(text: &str) -> String {
    let world = World::new();
    // An endpoint that a page starts has a port that no other test uses.
    let port = free_port().to_string();
    let has_listener = text.contains("$ mpt endpoint listen");
    let text = &if has_listener { text.replace("4000", &port) } else { text.to_owned() };
    let mut listener = Listener(None);
    let mut blocks = text.split("```console\n");
    let mut current = blocks.next().unwrap().to_owned();
    for block in blocks {
        let (shown, rest) = block.split_once("```").unwrap();
        current.push_str("```console\n");
        let commands: Vec<_> = shown.split("$ ").skip(1).collect();
        for command in commands {
            // A line that ends with a backslash goes on.
            let is_end = |at: &usize| !command[..*at].ends_with('\\');
            let end = command.match_indices('\n').map(|(at, _)| at).find(is_end).unwrap();
            let (command, expected) = (&command[..end], &command[end + 1..]);
            if command.starts_with("mpt endpoint listen") {
                listener.start(&world, command, &port);
                current.push_str(&format!("$ {command}\n{expected}"));
                continue;
            }
            let output = printed(&world, command);
            let is_same = settled(&output) == settled(expected);
            let output = if is_same { expected } else { &output };
            current.push_str(&format!("$ {command}\n{output}"));
        }
        current.push_str(&format!("```{rest}"));
    }
    if has_listener { current.replace(&port, "4000") } else { current }
}

/// The endpoint in the second terminal of a page.
struct Listener(Option<Child>);

impl Listener {
    /// Starts it in place of the one before, and waits until it listens.
    fn start(&mut self, world: &World, command: &str, port: &str) {
        self.stop();
        let line = command.strip_prefix("mpt ").unwrap();
        let mut words = shlex::split(line).unwrap();
        words.extend(["--port".to_owned(), port.to_owned()]);
        let mut child = spawn(&mut world.command(&words));
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        assert!(url.contains(port), "{url}");
        self.0 = Some(child);
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn every_console_block_shows_real_output() {
    let mut commands = 0;
    for (path, text) in pages() {
        commands += text.matches("\n$ mpt -p sandbox").count();
        if text.contains("```console") {
            check_file(&path, &with_output(&text));
        }
    }
    assert!(commands >= 12, "{commands}");
}

#[test]
fn every_command_line_is_one() {
    let block = Regex::new(r"(?s)```(?:sh|text|console|yaml)\n(.*?)```").unwrap();
    let mut count = 0;
    let mut wrong = Vec::new();
    for (path, text) in pages() {
        if path.ends_with("reference.md") {
            continue;
        }
        for found in block.captures_iter(&text) {
            // Where there are prompts, the other lines are output.
            let has_prompts = found[1].lines().any(|line| line.starts_with("$ "));
            let mut goes_on = false;
            let mut lines = Vec::new();
            for line in found[1].lines() {
                let is_command = !has_prompts || goes_on || line.starts_with("$ ");
                goes_on = is_command && line.ends_with('\\');
                let line = line.trim().trim_start_matches("- ").trim_start_matches("run: ");
                let line = line.strip_prefix("$ ").unwrap_or(line);
                // A comment, and what stands for something else.
                let is_shell =
                    !line.starts_with('#') && !line.contains(['…', '{']) && !line.contains("$RUN");
                if is_command && is_shell {
                    lines.push(line.split("  #").next().unwrap_or(line));
                }
            }
            for words in crate::help::command_lines(&lines.join("\n")) {
                count += 1;
                if let Err(error) = Cli::try_parse_from(&words)
                    && error.use_stderr()
                {
                    wrong.push(format!("{}: {}: {error}", path.display(), words.join(" ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 60, "{count}");
}

/// The names that GitHub gives to the headings of a page.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let name = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        title.chars().filter(kept).collect::<String>().replace(' ', "-")
    };
    headings.map(name).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut broken = Vec::new();
    let pages = pages();
    for (path, text) in &pages {
        for found in link.captures_iter(text) {
            let target = &found[1];
            if target.starts_with("http") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            let page = std::fs::read_to_string(&file).unwrap_or_default();
            let is_there = file.exists()
                && (anchor.is_empty() || anchors(&page).iter().any(|one| one == anchor));
            if !is_there {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    // Every page can be found from README.
    let readme = &pages.iter().find(|(path, _)| path.ends_with("README.md")).unwrap().1;
    for (path, _) in &pages {
        let name = path.strip_prefix(ROOT).unwrap().display().to_string().replace('\\', "/");
        assert!(
            name == "README.md" || readme.contains(&format!("({name})")),
            "README does not name {name}"
        );
    }
    assert!(readme.lines().count() <= 200);
}

#[test]
fn the_reference_is_that_of_the_commands() {
    let world = World::new();
    let whole = world.run("webhook show --help").ok();
    let global = &whole[whole.find("Global options:").unwrap()..];
    let mut reference = "# Reference\n\nWhat `mpt COMMAND -h` prints, for every command. `--help` adds explanations and examples.\n".to_owned();
    reference.push_str(&format!("\n```text\n{}\n```\n", global.trim_end()));
    for path in crate::help::commands() {
        let arguments = [path.clone(), vec!["-h".to_owned()]].concat();
        let help = world.args(&arguments).ok();
        let help = help.split("\n\nGlobal options:").next().unwrap();
        let name = [vec!["mpt".to_owned()], path].concat().join(" ");
        reference.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.trim_end()));
    }
    check_file(&Path::new(ROOT).join("docs/reference.md"), &reference);
}

/// Terminals of Windows draw the same text in another way.
#[cfg(unix)]
mod pictures {
    use std::path::Path;

    use anstyle_svg::{Term, WIN10_CONSOLE};

    use super::{ROOT, check_file};
    use crate::support::{Reply, Server, Terminal, World, documents};

    /// Takes a picture of what a command shows on a terminal.
    fn check_picture(name: &str, world: &World, line: &str, rows: u16, columns: u16) {
        let terminal = Terminal::sized(world, line, rows, columns);
        let shown = terminal.coloured();
        let title = format!("\u{1b}[2m$\u{1b}[0m \u{1b}[1mmpt {line}\u{1b}[0m\n");
        let svg = Term::new().palette(WIN10_CONSOLE).render_svg(&format!("{title}{shown}\n"));
        // Dimmed text has to be readable too.
        let svg = svg.replace("opacity: 0.4", "opacity: 0.7");
        check_file(&Path::new(ROOT).join(format!("docs/pictures/{name}.svg")), &svg);
    }

    #[test]
    fn the_pictures_of_terminals_are_current() {
        let server = Server::new(|_, _| Reply::Json(200, documents::failing()));
        let world = World::at(&server);
        check_picture("show", &world, "webhook show WBH-1234-5678", 24, 90);
        let world = World::new();
        for options in [
            "--type validate-purchase-order-draft --product PRD-1111-1111",
            "--type validate-terminate-order --product PRD-2222-2222",
        ] {
            let line = format!("-p sandbox webhook create --url http://localhost:4000/ {options}");
            world.run(&line).ok();
        }
        check_picture("status", &world, "-p sandbox status", 24, 90);
        check_picture("doctor", &world, "-p sandbox webhook doctor WBH-0000-0002", 24, 110);
    }
}
