//! Times for people: relative on a terminal, ISO 8601 UTC otherwise.

use jiff::{SignedDuration, Timestamp};

use super::style::Style;
use crate::model::timestamp;
use crate::text::{duration, escape};

/// A timestamp of the platform; other text is unchanged.
pub fn when(text: &str, style: &Style) -> String {
    match timestamp::parse(text) {
        Some(timestamp) => at(timestamp, style),
        None => escape::line(text).into_owned(),
    }
}

/// A point in time; relative on a terminal.
pub fn at(at: Timestamp, style: &Style) -> String {
    let Some(clock) = &style.clock else {
        return timestamp::format(at);
    };
    let ago = (clock.now)().duration_since(at);
    let seconds = ago.as_secs();
    let (count, unit) = match seconds.unsigned_abs() {
        0..5 => return "just now".to_owned(),
        s @ 5..60 => (s, "second"),
        s @ 60..3_600 => (s / 60, "minute"),
        s @ 3_600..86_400 => (s / 3_600, "hour"),
        s @ 86_400..2_592_000 => (s / 86_400, "day"),
        _ => {
            return at.to_zoned(clock.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        }
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds < 0 {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

/// The time of an event that happens now; on a terminal, the local time of day.
pub fn of_day(at: Timestamp, style: &Style) -> String {
    match &style.clock {
        Some(clock) => at.to_zoned(clock.zone.clone()).strftime("%H:%M:%S").to_string(),
        None => timestamp::format(at),
    }
}

/// A duration.
pub fn took(duration: SignedDuration) -> String {
    duration::shown(duration.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::when;
    use crate::ui::style::{Clock, Style};

    fn terminal() -> Style {
        let clock = Clock { now: || "2026-05-04T12:00:00Z".parse().unwrap(), zone: TimeZone::UTC };
        Style { clock: Some(clock), ..Style::default() }
    }

    #[test]
    fn times_are_relative_on_a_terminal() {
        for (at, expected) in [
            ("2026-05-04T11:59:58Z", "just now"),
            ("2026-05-04T11:59:01Z", "59 seconds ago"),
            ("2026-05-04T10:59:00", "1 hour ago"),
            ("2026-05-01T12:00:00Z", "3 days ago"),
            ("2026-05-04T12:10:00Z", "in 10 minutes"),
            ("2025-06-22T14:56:03.174Z", "2025-06-22 14:56"),
            ("text\u{1b}", "text\\u001b"),
        ] {
            assert_eq!(when(at, &terminal()), expected);
        }
    }

    #[test]
    fn times_are_absolute_in_a_pipe() {
        assert_eq!(
            when("2026-05-04T11:59:58+02:00", &Style::default()),
            "2026-05-04T09:59:58.000Z"
        );
    }
}
