//! The tour of docs/developing-endpoints.md, with its endpoint and its commands, in one shell.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use regex::Regex;

use crate::support::World;
use crate::support::terminal::HANGS;
use crate::support::world::report_skipped;

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
        let variables = variables
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
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
        self.run(&format!(
            "kill -s {signal} ${name}; wait ${name} 2> /dev/null"
        ));
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
        Regex::new(pattern)
            .unwrap()
            .replace_all(&text, name)
            .into_owned()
    };
    let text = changing.into_iter().fold(text.to_owned(), settle);
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Free ports in the place of those of the page.
fn with_free_ports(page: &str) -> (String, [u16; 3]) {
    let sockets: Vec<_> = (0..3)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let ports: Vec<_> = sockets
        .iter()
        .map(|one| one.local_addr().unwrap().port())
        .collect();
    let page = page
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", ports[0]))
        .replace("127.0.0.1:4000", &format!("127.0.0.1:{}", ports[1]))
        .replace("5000", &ports[2].to_string());
    (page, [ports[0], ports[1], ports[2]])
}

#[test]
fn an_endpoint_is_developed_as_the_page_says() {
    let has = |program: &str, arguments: &[&str]| {
        let run = Command::new(program).args(arguments).output();
        run.is_ok_and(|output| output.status.success())
    };
    if !has("python3", &["-c", "import jwt"]) || !has("openssl", &["version"]) {
        report_skipped("skipped: python3 with pyjwt, or openssl, is not installed");
        return;
    }
    let (page, [platform, listener, endpoint]) = with_free_ports(PAGE);
    let code = page
        .split("```python\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let broken = code.replace(
        "(self, body):\n",
        "(self, body):\n        raise SystemError\n",
    );
    assert_ne!(code, broken);
    let world = World::new().with_passing_time();
    let mut shell = Shell::new(&world);
    let tour = page.split("## The commands").next().unwrap();
    let blocks = tour
        .split("```text\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    let mut outputs = Vec::new();
    let mut fired = 0;
    for block in blocks {
        if !block.starts_with("$ ") {
            outputs.push(block);
            continue;
        }
        for command in format!("\n{block}").split("\n$ ").skip(1) {
            let is_end = |at: &usize| !command[..*at].ends_with('\\');
            let mut ends = command.match_indices('\n').map(|(at, _)| at);
            let end = ends.find(is_end).unwrap_or(command.len());
            let (line, expected) = command.split_at(end);
            match line {
                "mpt sandbox serve" => {
                    shell.start(
                        "platform",
                        &format!("{line} --port {platform}"),
                        Some(platform),
                    );
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
                _ if line.starts_with("mpt webhook listen ") => {
                    shell.start(
                        "listen",
                        &format!("{line} --port {listener}"),
                        Some(listener),
                    );
                }
                _ => {
                    // The endpoint is broken for the second event, and repaired after it.
                    fired += usize::from(line.starts_with("mpt sandbox fire"));
                    let (is_second, is_replay) =
                        (fired == 2, line.starts_with("mpt webhook replay"));
                    if is_replay || line.starts_with("mpt sandbox fire") && is_second {
                        shell.end("endpoint", "KILL");
                        world.write("endpoint.py", if is_replay { code } else { &broken });
                        shell.start("endpoint", "python3 endpoint.py", Some(endpoint));
                    }
                    let printed = shell.run(line);
                    assert_eq!(
                        settled(&printed),
                        settled(expected.trim_start_matches('\n')),
                        "$ {line}"
                    );
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
