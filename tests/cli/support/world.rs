//! An isolated environment: an own home folder and no inherited variables.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

/// A host name that cannot be resolved: a label is too long, so no DNS server is asked.
pub const UNRESOLVABLE: &str =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";

/// A port on this machine that nothing listens on. It is below those that systems give to programs that ask for any,
/// so that no other test gets it in the meantime.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another process of the tests begins elsewhere.
    let first = u16::try_from(std::process::id() % 9_000).unwrap();
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + (first + next) % 9_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The origin of such a port.
pub fn closed_port() -> String {
    format!("http://127.0.0.1:{}", free_port())
}

/// Ends the tests if one of them waits for what does not happen.
fn limit_waits() {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| {
        std::thread::spawn(|| {
            std::thread::sleep(LONGEST);
            let message = b"a test waits for what does not happen: see which one has no result\n";
            std::io::Write::write_all(&mut std::io::stderr(), message).ok();
            std::process::exit(1);
        });
    });
}

/// The time for all tests; a complete run takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(1_800);

pub const TOKEN: &str = "idt:TKN-1234-5678:hush-hush";

/// The fixed time of every command.
pub const NOW: &str = "2026-05-04T09:12:33Z";

/// Variables without which programs do not run on a system; sockets on Windows need `SystemRoot`.
const SYSTEM: &[&str] = if cfg!(windows) {
    &["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "TEMP", "TMP"]
} else {
    &[]
};

/// A command that takes longer is considered to hang.
const HANGS: Duration = Duration::from_secs(60);

pub struct World {
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// The output and the exit code of a command.
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl World {
    pub fn new() -> Self {
        limit_waits();
        Self {
            home: tempfile::tempdir().unwrap(),
            variables: vec![("MPT_TEST_TIME".to_owned(), NOW.to_owned())],
        }
    }

    /// A world whose environment points at a server.
    pub fn at(server: &super::Server) -> Self {
        Self::new().with("MPT_API_BASE_URL", &server.url()).with("MPT_API_TOKEN", TOKEN)
    }

    /// Lets the time pass, for a test whose commands compare times.
    #[must_use]
    pub fn with_passing_time(mut self) -> Self {
        self.variables.retain(|(name, _)| name != "MPT_TEST_TIME");
        self
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes the configuration, readable by its owner only.
    pub fn config(&self, text: &str) -> PathBuf {
        let path = self.write("mpt/config.toml", text);
        set_mode(&path, 0o600);
        path
    }

    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mpt"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("MPT_HOME", self.path("mpt"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(SYSTEM.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command line, split at spaces.
    pub fn run(&self, line: &str) -> Run {
        self.args(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn args<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Run {
        self.args_with_stdin(arguments, "")
    }

    pub fn run_with_stdin(&self, line: &str, input: &str) -> Run {
        self.args_with_stdin(&line.split_whitespace().collect::<Vec<_>>(), input)
    }

    fn args_with_stdin<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Run {
        let output = assert_cmd::Command::from_std(self.command(arguments))
            .write_stdin(input)
            .timeout(HANGS)
            .output()
            .unwrap();
        Run::of(&output)
    }
}

pub fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

impl Run {
    pub fn of(output: &Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// The text of a snapshot.
    pub fn snapshot(&self) -> String {
        let mut text = format!("exit {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                write!(text, "--- {name}\n{stream}").unwrap();
            }
        }
        with_slashes(text)
    }

    /// Asserts success and returns standard output.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.snapshot());
        self.stdout
    }

    /// Asserts success, and reads standard output as JSON.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// Asserts that a check has found something, and reads standard output as JSON.
    #[track_caller]
    pub fn found(&self) -> serde_json::Value {
        assert_eq!(self.code, 10, "{}", self.snapshot());
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error object, which is the last line of standard error under `-o json`.
    #[track_caller]
    pub fn error(&self) -> serde_json::Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let object: serde_json::Value =
            serde_json::from_str(last).unwrap_or_else(|_| panic!("{}", self.snapshot()));
        assert_eq!(object["error"]["exitCode"], self.code);
        object["error"].clone()
    }
}

/// A text in which the paths of files are written as on Unix.
fn with_slashes(text: String) -> String {
    if !cfg!(windows) {
        return text;
    }
    let path = r"[A-Z]:\\\S+|[\w.-]+(?:\\[\w.-]+)*\\[\w.-]+\.(?:toml|json|yaml|xml|db|pem|txt)";
    let path = regex::Regex::new(path).unwrap();
    let slashed =
        path.replace_all(&text, |found: &regex::Captures<'_>| found[0].replace('\\', "/"));
    // What begins with `/` is on the current drive.
    let root = regex::Regex::new(r"\b[A-Z]:/(absent|ca)\b").unwrap();
    root.replace_all(&slashed, "/$1").into_owned()
}

/// Asserts that only the owner can use a file or folder. On systems without permission bits, files
/// inherit the protection of the user's folder.
#[track_caller]
pub fn assert_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
    assert!(path.exists(), "{}", path.display());
}

/// Says that a test cannot run because something is not installed. In CI, where everything is installed, the test fails.
#[track_caller]
pub fn report_missing(tool: &str) {
    let is_complete = cfg!(target_os = "linux") && std::env::var_os("CI").is_some();
    assert!(!is_complete, "{tool}: not installed, and CI must test with it");
    report_skipped(&format!("skipped: {tool} is not installed"));
}

/// Prints why a test is skipped. The test harness would hide `println!` of a test that passes.
pub fn report_skipped(why: &str) {
    use std::io::Write;
    std::io::stderr().write_all(format!("{why}\n").as_bytes()).unwrap();
}

/// Sends a signal to a process, such as `INT`.
#[cfg(unix)]
pub fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(status.unwrap().success());
}

pub fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
}

/// Replacements in snapshots for what differs between runs.
pub const CHANGING: [(&str, &str); 7] = [
    (r"localhost:\d{5}", "localhost:[port]"),
    (r"(: )(Too many levels of symbolic links|Broken pipe)", "$1[system error]"),
    (r"127\.0\.0\.1:\d+", "[host]"),
    (r"[A-Z]:/\S*/\.tmp\w+", "[home]"),
    (r"/\S*/\.tmp\w+", "[home]"),
    (r"in \d+ ms", "in [ms] ms"),
    (r"trying again in \d+\.\d s", "trying again in [pause] s"),
];

/// Asserts the snapshot of a run.
macro_rules! assert_run {
    ($run:expr, @$snapshot:literal) => {{
        let mut settings = insta::Settings::clone_current();
        for (pattern, replacement) in crate::support::world::CHANGING {
            settings.add_filter(pattern, replacement);
        }
        let text = $run.snapshot();
        settings.bind(|| insta::assert_snapshot!(text, @$snapshot));
    }};
}
pub(crate) use assert_run;
