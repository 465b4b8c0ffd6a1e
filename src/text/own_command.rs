//! Commands of mpt in messages. They repeat the global options that were given, so that a pasted command does what it
//! says, in the same place.

use std::fmt;
use std::sync::OnceLock;

/// `mpt`, with the options that choose profile, configuration and address: `mpt -p production`.
pub struct Mpt;

pub const MPT: Mpt = Mpt;

/// The options of this process, each as a word of a shell.
#[derive(Clone, Debug, Default)]
pub struct GivenOptions {
    pub profile: Option<String>,
    pub config: Option<String>,
    /// Without user and password.
    pub base_url: Option<String>,
}

static GIVEN: OnceLock<GivenOptions> = OnceLock::new();

/// Sets the options that commands in messages repeat. Only the first call has an effect.
pub fn repeat(options: GivenOptions) {
    GIVEN.set(options).ok();
}

/// `mpt` for another profile, in the same configuration.
pub fn mpt_for_profile(profile: &str) -> String {
    let given = GIVEN.get().cloned().unwrap_or_default();
    let profile = (!profile.is_empty()).then(|| profile.to_owned());
    GivenOptions { profile, ..given }.command()
}

impl GivenOptions {
    fn command(&self) -> String {
        let options =
            [("-p", &self.profile), ("--config", &self.config), ("--base-url", &self.base_url)];
        let given = options.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let words = given.map(|(name, value)| format!(" {name} {value}"));
        format!("mpt{}", words.collect::<String>())
    }
}

impl fmt::Display for Mpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match GIVEN.get() {
            Some(given) => f.write_str(&given.command()),
            None => f.write_str("mpt"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GivenOptions;

    #[test]
    fn a_command_repeats_the_options() {
        let given = GivenOptions {
            profile: Some("a".to_owned()),
            base_url: Some("http://localhost:8080".to_owned()),
            config: None,
        };
        assert_eq!(given.command(), "mpt -p a --base-url http://localhost:8080");
        assert_eq!(GivenOptions::default().command(), "mpt");
    }
}
