//! How a rendering looks: colour, width, and how times are told. A value; renderers take it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a piece of text means; the colour follows.
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
    /// Columns to fit into; `None`: neither wrap nor shorten.
    pub width: Option<usize>,
    /// Where times are told relative to now; `None`: ISO 8601 in UTC.
    pub clock: Option<Clock>,
}

#[derive(Clone, Debug)]
pub struct Clock {
    pub now: Timestamp,
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
