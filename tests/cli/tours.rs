//! The pages whose commands need an endpoint: they run in one shell, with the endpoint that the page describes.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use mpt::callout::jwt::Claims;
use mpt::model::Secret;
use regex::Regex;
use serde_json::{Value, json};

use crate::support::server::Request;
use crate::support::terminal::HANGS;
use crate::support::world::{free_port, report_missing};
use crate::support::{Reply, Server, World};

const PAGE: &str = include_str!("../../docs/developing-endpoints.md");

/// A shell that runs one command line after the other.
struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    fn new(world: &World) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_mpt")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        let variables = world.command::<&str>(&[]);
        let variables = variables.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command
            .env_clear()
            .envs(variables)
            .env("PATH", format!("{}:{path}", program.display()))
            .current_dir(world.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut shell = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        shell.run("exec 2>&1");
        shell
    }

    /// What a command line prints.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}\necho '[end]'").unwrap();
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "{printed}");
            match line.strip_suffix("[end]\n") {
                Some(rest) => return printed + rest,
                None => printed.push_str(&line),
            }
        }
    }

    /// Starts a program whose output is in a file, and waits until it accepts connections.
    fn start(&mut self, name: &str, line: &str, port: Option<u16>) {
        self.run(&format!("{line} > {name}.out 2>&1 & {name}=$!"));
        let began = std::time::Instant::now();
        while port.is_some_and(|port| TcpStream::connect(("127.0.0.1", port)).is_err()) {
            let printed = self.run(&format!("cat {name}.out"));
            assert!(began.elapsed() < HANGS, "{name} does not listen: {printed}");
            std::thread::yield_now();
        }
    }

    fn end(&mut self, name: &str, signal: &str) -> String {
        self.run(&format!("kill -s {signal} ${name}; wait ${name} 2> /dev/null"));
        self.run(&format!("cat {name}.out"))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        writeln!(self.input, "kill -s KILL $(jobs -p)").ok();
        writeln!(self.input, "exit").ok();
        self.child.wait().ok();
    }
}

/// Replaces what differs between runs.
fn settled(text: &str) -> String {
    let changing = [
        (r"WBH-\d{4}-\d{4}", "[id]"),
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "[time]"),
        (r"(\d+ ms|\d+\.\d\d s)", "[ms]"),
        (r"  +", "  "),
    ];
    let settle = |text: String, (pattern, name): (&str, &str)| {
        Regex::new(pattern).unwrap().replace_all(&text, name).into_owned()
    };
    let text = changing.into_iter().fold(text.to_owned(), settle);
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Runs the commands of a block and compares what they print.
fn follow(shell: &mut Shell, block: &str) {
    let commands = commands(block);
    assert!(!commands.is_empty(), "{block}");
    for (line, expected) in commands {
        let printed = shell.run(line);
        assert_eq!(settled(&printed), settled(expected), "$ {line}");
    }
}

/// The command lines of a block, each with the output that is shown.
fn commands(block: &str) -> Vec<(&str, &str)> {
    let mut commands = Vec::new();
    let starts = block.match_indices("$ ").map(|(at, _)| at);
    let starts = starts.filter(|at| *at == 0 || block[..*at].ends_with('\n'));
    let starts: Vec<_> = starts.chain([block.len()]).collect();
    for range in starts.windows(2) {
        let command = &block[range[0] + 2..range[1]];
        // A line that ends with a backslash goes on.
        let is_end = |at: &usize| !command[..*at].ends_with('\\');
        let mut ends = command.match_indices('\n').map(|(at, _)| at);
        let end = ends.find(is_end).unwrap_or(command.len());
        commands.push((&command[..end], command[end..].trim_start_matches('\n')));
    }
    commands
}

/// The `text` blocks of a part of a page.
fn text_blocks(page: &str) -> impl Iterator<Item = &str> {
    assert!(page.contains("```text\n"), "{page}");
    let blocks = page.split("```text\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap())
}

/// Free ports in the place of those of the page.
fn with_free_ports(page: &str) -> (String, [u16; 3]) {
    let ports = [(); 3].map(|()| free_port());
    let page = page
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", ports[0]))
        .replace("127.0.0.1:4000", &format!("127.0.0.1:{}", ports[1]))
        .replace("5000", &ports[2].to_string());
    (page, ports)
}

#[test]
fn an_endpoint_is_developed_as_the_page_says() {
    let has = |program: &str, arguments: &[&str]| {
        let run = Command::new(program).args(arguments).output();
        run.is_ok_and(|output| output.status.success())
    };
    if !has("python3", &["-c", "import jwt"]) || !has("openssl", &["version"]) {
        report_missing("python3 with pyjwt, or openssl");
        return;
    }
    let (page, [platform, listener, endpoint]) = with_free_ports(PAGE);
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let broken = code.replace("(self, body):\n", "(self, body):\n        raise SystemError\n");
    assert_ne!(code, broken);
    let world = World::new().with_passing_time();
    let mut shell = Shell::new(&world);
    let tour = page.split("## The commands").next().unwrap();
    let mut outputs = Vec::new();
    let mut fired = 0;
    for block in text_blocks(tour) {
        if !block.starts_with("$ ") {
            outputs.push(block);
            continue;
        }
        for (line, expected) in commands(block) {
            match line {
                "mpt sandbox serve" => {
                    shell.start("platform", &format!("{line} --port {platform}"), Some(platform));
                }
                "python3 endpoint.py" => {
                    world.write("endpoint.py", code);
                    shell.start("endpoint", line, Some(endpoint));
                }
                "mpt webhook watch | cat" => {
                    shell.start("watch", "mpt webhook watch --interval 20ms", None);
                    while !shell.run("cat watch.out").contains("Watching") {
                        std::thread::yield_now();
                    }
                }
                _ if line.starts_with("mpt endpoint listen ") => {
                    shell.start("listen", &format!("{line} --port {listener}"), Some(listener));
                }
                _ => {
                    // The endpoint is broken for the second event, and repaired after it.
                    fired += usize::from(line.starts_with("mpt sandbox fire"));
                    let (is_second, is_replay) =
                        (fired == 2, line.starts_with("mpt endpoint replay"));
                    if is_replay || line.starts_with("mpt sandbox fire") && is_second {
                        shell.end("endpoint", "KILL");
                        world.write("endpoint.py", if is_replay { code } else { &broken });
                        shell.start("endpoint", "python3 endpoint.py", Some(endpoint));
                    }
                    let printed = shell.run(line);
                    assert_eq!(settled(&printed), settled(expected), "$ {line}");
                }
            }
        }
    }
    shell.run("mpt sandbox fire --type validate-purchase-order-draft");
    let [listened, watched] = outputs[..] else {
        panic!("the page shows the output of listen and of watch: {outputs:?}")
    };
    // The first line of each stream may come first.
    let sorted = |text: &str| {
        let text = settled(text);
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&shell.end("listen", "INT")), sorted(listened));
    let mut seen = String::new();
    while seen.lines().count() < watched.lines().count() {
        seen = shell.run("cat watch.out");
    }
    assert_eq!(settled(&seen), settled(watched));
}

/// An answer with its number of seats in digits, or a refusal.
fn seats(request: &Request) -> Reply {
    let mut answer: Value = serde_json::from_str(&request.body).unwrap();
    let parameters = answer["parameters"]["ordering"].as_array_mut().unwrap();
    let mut parameters = parameters.iter_mut();
    let seats = parameters.find(|one| one["externalId"] == "seats").unwrap();
    match seats["value"].as_str() {
        Some("40") => seats["value"] = json!("50"),
        _ => {
            let message = "Write the number of seats in digits.";
            seats["error"] = json!({"id": "SEATS01", "message": message});
        }
    }
    Reply::Json(200, answer)
}

#[test]
fn the_commands_for_an_endpoint_print_what_the_page_shows() {
    let endpoint = Server::new(|request, _| seats(request));
    let page = PAGE.split("## The commands").nth(1).unwrap();
    let page = page.replace("http://localhost:4000", &endpoint.url());
    let secret = "a-secret-of-at-least-32-characters";
    let world = World::new().with("HOOK_SECRET", secret);
    let now: jiff::Timestamp = crate::support::world::NOW.parse().unwrap();
    let claims = Claims::new(
        "hooks.example.com",
        "WBH-1234-5678",
        now - jiff::SignedDuration::from_secs(330),
    );
    let token = claims.sign(&Secret::new(secret));
    world.write(
        "request.txt",
        &format!("POST / HTTP/1.1\nAuthorization: Bearer {}\n", token.expose()),
    );
    let mut shell = Shell::new(&world);
    text_blocks(&page).for_each(|block| follow(&mut shell, block));
}

#[test]
fn the_sandbox_calls_as_its_page_shows() {
    let page = include_str!("../../docs/sandbox.md");
    let endpoint = Server::new(|_, _| Reply::text(503, "text/plain", "down for repair"));
    let page = page.replace("http://localhost:4000", &endpoint.url());
    let world = World::new();
    let create =
        "-p sandbox webhook create --type validate-purchase-order-draft --product PRD-1111-1111";
    world.run(&format!("{create} --url {}/validate", endpoint.url())).ok();
    let mut shell = Shell::new(&world);
    text_blocks(&page).for_each(|block| follow(&mut shell, block));
}

#[test]
fn a_manifest_changes_what_its_page_shows() {
    let page = include_str!("../../docs/webhooks-as-code.md");
    let manifest = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let world = World::new()
        .with("HOOK_SECRET", "a-secret-of-at-least-32-characters")
        .with("MPT_PROFILE", "sandbox");
    world.write("webhooks.toml", manifest);
    world.run("webhook apply webhooks.toml --yes").ok();
    let again = world.run("webhook apply webhooks.toml --yes");
    assert_eq!(
        (again.code, again.stdout.contains("1 unchanged")),
        (0, true),
        "{}",
        again.snapshot()
    );
    let mut shell = Shell::new(&world);
    text_blocks(page).for_each(|block| follow(&mut shell, block));
}

/// The lines of the `sh` blocks of a part of a page, without comments.
fn script(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let lines = blocks.flat_map(str::lines);
    let lines = lines.map(|line| line.split("  #").next().unwrap().trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Runs a line of a script in the sandbox; returns its exit code.
fn exit_code(shell: &mut Shell, line: &str) -> (i32, String) {
    let printed = shell.run(&format!("{line}\necho \"exit $?\""));
    let (output, code) = printed.rsplit_once("exit ").unwrap();
    (code.trim().parse().unwrap(), output.to_owned())
}

#[test]
fn the_recipes_of_the_readme_run() {
    let readme = include_str!("../../README.md");
    let recipes = readme.split("## What it does").nth(1).unwrap();
    let endpoint = Server::new(|request, _| match serde_json::from_str::<Value>(&request.body) {
        Ok(object) => Reply::Json(200, object),
        Err(_) => Reply::Json(400, json!({})),
    });
    let world = World::new().with("MPT_PROFILE", "sandbox");
    world.write("cases/a.toml", "[[cases]]\nname = \"a\"\ntype = \"ValidateAnswer\"\n");
    let create = "webhook create --type validate-purchase-order-draft --product PRD-2222-2222";
    let id = world.run(&format!("{create} --url {}/ -o id", endpoint.url())).ok();
    let mut shell = Shell::new(&world);
    let mut count = 0;
    for line in script(recipes) {
        // It runs until Ctrl-C; tests/cli/inspector.rs runs it.
        if line.contains("endpoint listen") {
            continue;
        }
        let line = line
            .replace("WBH-1234-5678", id.trim())
            .replace("http://localhost:5000", &endpoint.url())
            .replace("http://localhost:4000", &endpoint.url());
        // Nobody is there to be asked.
        let asks = line.contains("--fix") || line.contains("webhook apply");
        let line = if asks { format!("{line} --yes") } else { line };
        let expected = match line.as_str() {
            // The switch is off until --fix.
            "mpt webhook doctor" => 10,
            _ => 0,
        };
        let (code, output) = exit_code(&mut shell, &line);
        assert_eq!(code, expected, "{line}\n{output}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn the_script_of_its_page_runs() {
    let page = include_str!("../../docs/scripting.md");
    let body = include_str!("../../docs/ci.md").split("```yaml\n").nth(1).unwrap();
    let world = World::new().with("MPT_PROFILE", "sandbox");
    world.write("webhook.yaml", body.split("```").next().unwrap());
    let mut shell = Shell::new(&world);
    let lines = script(page);
    assert!(lines.len() >= 6, "{lines:?}");
    for line in lines {
        // Nobody calls it.
        let line = line.replace("--for 60s", "--for 10ms");
        let expected = if line.contains("watch") { 10 } else { 0 };
        let (code, output) = exit_code(&mut shell, &line);
        assert_eq!(code, expected, "{line}\n{output}");
    }
    assert!(world.path("webhooks.csv").exists());
}
