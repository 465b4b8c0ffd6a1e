//! The platform's timestamps: RFC 3339, but the zone may be missing (docs/platform-api.md, "Webhook").

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Parses a timestamp; one without a zone is UTC. `None` if the text is not a timestamp.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        // The library's last timestamp is a day before the end of the year 9999.
        let civil: DateTime = text.strip_suffix('Z').unwrap_or(text).parse().ok()?;
        if civil.year() == 9999 {
            return Some(Timestamp::MAX);
        }
        // A date without a time would parse as midnight, which the API never means.
        if !text.contains([':']) {
            return None;
        }
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// Formats a time as the platform does: `2026-05-04T09:12:33.418Z`.
pub fn format(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{format, parse};

    #[test]
    fn a_missing_zone_is_utc() {
        assert_eq!(parse("2025-06-22T14:56:03.174"), parse("2025-06-22T14:56:03.174Z"));
        assert!(parse("2025-06-22T14:56:03+02:00").is_some());
    }

    #[test]
    fn the_last_year_is_a_timestamp() {
        for text in ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59"] {
            assert_eq!(parse(text), Some(jiff::Timestamp::MAX), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_timestamp() {
        for text in ["", "text", "2025-06-22", "14:56", "22/06/2025 14:56"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[0-9TZ:+. -]{0,40}|.{0,20}") {
            // Parsing and formatting are inverse, to the millisecond.
            if let Some(at) = parse(&text).filter(|at| at.as_second() > 0) {
                let again = parse(&format(at)).map(|again| again.as_millisecond());
                prop_assert_eq!(again, Some(at.as_millisecond()));
            }
        }
    }
}
