//! Parses and formats durations.

use std::time::Duration;

/// Parses a duration such as `30s`, `500ms` or `2m`, between 1 ns and one day.
///
/// # Errors
/// The text has no unit or number, or is zero, negative or more than a day. The message shows the syntax.
pub fn parse(text: &str) -> Result<Duration, String> {
    let error = || format!("`{text}` is not a duration; write it as 30s, 500ms or 2m");
    let has_unit = text.trim().parse::<f64>().is_err();
    let parsed: Option<jiff::SignedDuration> = text.trim().parse().ok().filter(|_| has_unit);
    // Longer ones would overflow clocks.
    let accepted = Duration::from_nanos(1)..=Duration::from_secs(86_400);
    parsed
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| accepted.contains(duration))
        .ok_or_else(error)
}

/// The same, also for no time at all: `0s`.
///
/// # Errors
/// The text is not a duration.
pub fn parse_or_zero(text: &str) -> Result<Duration, String> {
    match text.trim() {
        "0s" | "0ms" | "0m" => Ok(Duration::ZERO),
        text => parse(text),
    }
}

/// `45 ms`, `0.31 s`, `30 s`, `2 min 5 s`.
pub fn shown(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        ..100 => format!("{millis} ms"),
        1_000..60_000 if millis.is_multiple_of(1_000) => format!("{} s", millis / 1_000),
        100..60_000 => format!("{:.2} s", duration.as_secs_f64()),
        _ => format!("{} min {} s", millis / 60_000, millis / 1_000 % 60),
    }
}

/// A duration as [`parse`] reads it: `30s`, `250ms`.
pub fn typed(duration: Duration) -> String {
    match duration.subsec_nanos() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_secs_f64() * 1_000.0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::proptest;

    use super::{parse, shown, typed};

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "30", "-5s", "0s", "soon", "9999999h", "2 days ago"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_are_short() {
        for (millis, text) in [
            (45, "45 ms"),
            (310, "0.31 s"),
            (1_204, "1.20 s"),
            (30_000, "30 s"),
            (125_000, "2 min 5 s"),
        ] {
            assert_eq!(shown(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn formatted_durations_parse() {
        for text in ["30s", "250ms", "1m 30s", "1500us"] {
            let duration = parse(text).unwrap();
            assert_eq!(parse(&typed(duration)), Ok(duration), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text: String) {
            parse(&text).ok();
        }
    }
}
