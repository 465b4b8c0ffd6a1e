//! The style of rendered text: colour, width, and the format of times.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The meaning of a text, which decides its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Strong,
    Dim,
    Good,
    Bad,
    Caution,
}

#[derive(Clone, Debug, Default)]
pub struct Style {
    pub color: bool,
    /// The width in columns; `None`: do not wrap or shorten.
    pub width: Option<usize>,
    /// The clock for relative times; `None`: ISO 8601 in UTC.
    pub clock: Option<Clock>,
}

#[derive(Clone, Debug)]
pub struct Clock {
    /// Read whenever something is rendered: a question may wait for minutes.
    pub now: fn() -> Timestamp,
    pub zone: TimeZone,
}

impl Style {
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => "",
            Tone::Strong => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Caution => "33",
        };
        if self.color && !code.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
