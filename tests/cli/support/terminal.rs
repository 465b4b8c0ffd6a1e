//! A command in a pseudo-terminal, and the screen that its user sees.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::World;

pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    output: Arc<Output>,
}

/// What the command has written.
struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    is_closed: bool,
}

/// A command that takes longer is considered to hang.
pub const HANGS: Duration = Duration::from_secs(60);

impl Terminal {
    /// Runs a command line of `mpt`, split at spaces, in a terminal with 24 lines of 80 columns.
    pub fn run(world: &World, line: &str) -> Self {
        Self::sized(world, line, 24, 80)
    }

    pub fn sized(world: &World, line: &str, rows: u16, columns: u16) -> Self {
        let mut words = vec![env!("CARGO_BIN_EXE_mpt")];
        words.extend(line.split_whitespace());
        Self::program(world, &words, rows, columns)
    }

    /// Runs any program in the environment of a world.
    pub fn program(world: &World, words: &[&str], rows: u16, columns: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(words[0]);
        command.args(&words[1..]);
        command.env_clear();
        for (name, value) in world.command::<&str>(&[]).get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        if command.get_env("TERM").is_none() {
            command.env("TERM", "xterm-256color");
        }
        command.env("TZ", "UTC");
        command.cwd(world.path(""));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let number = |number| NonZeroU16::new(number).unwrap();
        let output = Arc::new(Output {
            state: Mutex::new(State {
                screen: vt100::Parser::new(number(rows), number(columns), 1000),
                bytes: Vec::new(),
                is_closed: false,
            }),
            changed: Condvar::new(),
        });
        let reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&output);
        std::thread::spawn(move || shared.read(reader));
        Self { keyboard: pair.master.take_writer().unwrap(), master: pair.master, child, output }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let shows = |state: &State| state.screen.screen().contents().contains(text);
        let state = self.wait_until(|state| shows(state) || state.is_closed);
        let screen = state.screen.screen().contents();
        assert!(screen.contains(text), "no `{text}` on:\n{screen}");
    }

    fn wait_until(&self, is_true: impl Fn(&State) -> bool) -> std::sync::MutexGuard<'_, State> {
        let state = self.output.state.lock().unwrap();
        let waits = |state: &mut State| !is_true(state);
        let waited = self.output.changed.wait_timeout_while(state, HANGS, waits);
        waited.unwrap().0
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for a question and answers it.
    #[track_caller]
    pub fn answer(&mut self, question: &str, keys: &str) {
        self.wait_for(question);
        self.type_keys(keys);
    }

    pub fn resize(&self, rows: u16, columns: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
        let number = |number| NonZeroU16::new(number).unwrap();
        let mut state = self.output.state.lock().unwrap();
        let screen = state.screen.screen_mut();
        screen.set_size(number(rows), number(columns));
    }

    /// The lines of the screen, without spaces at their ends.
    pub fn screen(&self) -> String {
        let state = self.output.state.lock().unwrap();
        let contents = state.screen.screen().contents();
        let lines: Vec<_> = contents.lines().map(str::trim_end).collect();
        lines.join("\n")
    }

    /// Everything that was written, with escape sequences.
    pub fn bytes(&self) -> String {
        let state = self.output.state.lock().unwrap();
        String::from_utf8_lossy(&state.bytes).into_owned()
    }

    /// Waits for the end; returns the screen with colours, without empty lines at its end.
    pub fn coloured(mut self) -> String {
        drop(self.wait_until(|state| state.is_closed));
        self.child.wait().unwrap();
        let state = self.output.state.lock().unwrap();
        let screen = state.screen.screen();
        let width = screen.size().1.get();
        let plain: Vec<_> = screen.rows(0, width).collect();
        let last = plain.iter().rposition(|row| !row.trim().is_empty());
        let rows = screen.rows_formatted(0, width);
        let rows: Vec<_> = rows.take(last.map_or(0, |last| last + 1)).collect();
        rows.join("\u{1b}[0m\n")
    }

    #[cfg(unix)]
    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the end; returns the screen, below its exit code.
    pub fn end(mut self) -> String {
        let is_closed = self.wait_until(|state| state.is_closed).is_closed;
        assert!(is_closed, "it hangs:\n{}", self.screen());
        let code = self.child.wait().unwrap().exit_code();
        let state = self.output.state.lock().unwrap();
        let screen = state.screen.screen();
        assert!(!screen.hide_cursor(), "the cursor is left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is left on");
        drop(state);
        format!("exit {code}\n{}", self.screen())
    }
}

impl Output {
    fn read(&self, mut reader: impl Read) {
        let mut buffer = [0; 4096];
        loop {
            let read = reader.read(&mut buffer).unwrap_or_default();
            let Ok(mut state) = self.state.lock() else {
                return;
            };
            state.screen.process(&buffer[..read]);
            state.bytes.extend(&buffer[..read]);
            state.is_closed = read == 0;
            self.changed.notify_all();
            if read == 0 {
                return;
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
    }
}
