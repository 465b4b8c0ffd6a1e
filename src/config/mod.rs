//! Configuration: the TOML file, its profiles, and where each value in force comes from
//! (DESIGN, "Configuration"). It sends nothing.

pub mod accounts;
pub mod edit;
pub mod file;
pub mod profile;
pub mod resolve;

use std::path::PathBuf;

pub use file::ConfigFile;
pub use profile::{Profile, TokenSource};
pub use resolve::{Overrides, Settings, Source};

use crate::system::folders;

/// The profile that always exists, and runs the sandbox inside the process.
pub const SANDBOX: &str = "sandbox";

/// `config.toml` in the configuration folder; `None` where there is no such folder.
pub fn default_path() -> Option<PathBuf> {
    Some(folders::configuration()?.join("config.toml"))
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `config.toml:3: …`: what is wrong, at a line of the file where that is known.
    #[error("{}{}: {message}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    File {
        path: PathBuf,
        line: Option<usize>,
        message: String,
        hint: Option<String>,
    },
    /// The value of a flag or a variable is wrong.
    #[error("{name}: {message}")]
    Value { name: String, message: String },
    /// What the command needs is not configured.
    #[error("{message}")]
    Missing { message: String, hint: String },
    /// A combination that would send a token where it does not belong.
    #[error("{message}")]
    Unsafe { message: String, hint: String },
}

/// The candidate that someone who typed `typed` most likely meant.
fn near_miss<'c>(typed: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let typed = typed.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&typed, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ` (did you mean X?)`, or nothing.
pub fn did_you_mean<'c>(typed: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    near_miss(typed, candidates)
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default()
}

/// Reads a duration such as `30s`, `500ms` or `2m`; more than nothing.
pub fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || format!("`{text}` is not a duration; write it as 30s, 500ms or 2m");
    let bare_number = text.trim().parse::<f64>().is_ok();
    let duration: jiff::SignedDuration = text
        .trim()
        .parse()
        .ok()
        .filter(|_| !bare_number)
        .ok_or_else(wrong)?;
    let duration = std::time::Duration::try_from(duration).map_err(|_| wrong())?;
    // Longer ones would overflow clocks, and nobody waits for them.
    let sensible = std::time::Duration::from_nanos(1)..=std::time::Duration::from_secs(86_400);
    if sensible.contains(&duration) {
        Ok(duration)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::proptest;

    use super::{near_miss, parse_duration};

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "30", "-5s", "0s", "soon", "9999999h", "2 days ago"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_near_miss_is_near() {
        assert_eq!(
            near_miss("bse_url", ["base_url", "token"]),
            Some("base_url")
        );
        assert_eq!(
            near_miss("ValidateAnswers", ["ValidateAnswer"]),
            Some("ValidateAnswer")
        );
        assert_eq!(near_miss("colour", ["base_url", "token"]), None);
    }

    proptest! {
        #[test]
        fn no_duration_is_too_strange(text: String) {
            parse_duration(&text).ok();
        }
    }
}
