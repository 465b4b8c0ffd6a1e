//! How layers without a terminal report what they do while they do it.

pub trait Reporter {
    /// 0: nothing, 1: a line for each request, 2: headers and bodies too.
    fn verbosity(&self) -> u8;
    /// A line of the request log, redacted.
    fn log(&self, line: &str);
    /// Something that happened and is worth a line.
    fn note(&self, text: &str);
    /// Something that the user should look at.
    fn warn(&self, text: &str);
    /// Adds a line to what is reported if the command is interrupted.
    fn on_interrupt(&self, text: &str);
    /// Takes such a line back.
    fn forget_on_interrupt(&self, text: &str);
}
