//! How layers that do not know the terminal report progress.

pub trait Reporter {
    /// 0: nothing, 1: a line for each request, 2: also headers and bodies.
    fn verbosity(&self) -> u8;
    /// A line of the request log, redacted.
    fn log(&self, line: &str);
    /// Prints a note.
    fn note(&self, text: &str);
    /// Prints a warning.
    fn warn(&self, text: &str);
    /// Adds a line that is printed if the command is interrupted.
    fn on_interrupt(&self, text: &str);
    /// Removes such a line.
    fn forget_on_interrupt(&self, text: &str);
    /// A wait begins or ends; several may overlap.
    fn wait(&self, begins: bool);
}

/// Reports only the request log, from any thread.
#[derive(Clone, Copy)]
pub struct LogLines {
    pub verbosity: u8,
    pub write: fn(&str),
}

impl Default for LogLines {
    fn default() -> Self {
        Self { verbosity: 0, write: |_| {} }
    }
}

impl Reporter for LogLines {
    fn verbosity(&self) -> u8 {
        self.verbosity
    }

    fn log(&self, line: &str) {
        (self.write)(line);
    }

    fn note(&self, _text: &str) {}

    fn warn(&self, _text: &str) {}

    fn on_interrupt(&self, _text: &str) {}

    fn forget_on_interrupt(&self, _text: &str) {}

    fn wait(&self, _begins: bool) {}
}

/// Reports a wait for as long as it exists.
#[must_use]
pub struct Waiting<'r>(&'r dyn Reporter);

impl<'r> Waiting<'r> {
    pub fn begin(reporter: &'r dyn Reporter) -> Self {
        reporter.wait(true);
        Self(reporter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.wait(false);
    }
}
