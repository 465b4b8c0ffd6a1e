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
}
