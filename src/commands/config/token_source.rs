//! The source of a profile's token, as given to `init` and `set`.

use std::path::{Path, PathBuf};

use crate::commands::shared::input;
use crate::config::TokenSource;
use crate::config::profile::checked_token;
use crate::failure::Failure;
use crate::model::Secret;

/// Reads the token from standard input.
pub async fn from_stdin() -> Result<Secret, Failure> {
    let text = input::text("", Path::new("-")).await?;
    checked_token(&text, "standard input").map_err(|error| Failure::usage(error.to_string()))
}

/// The words of a command: several words unchanged, one word split as a shell would, or a TOML array.
pub fn command_words(words: &[String]) -> Result<TokenSource, Failure> {
    let words = match words {
        [one] if one.trim_start().starts_with('[') => {
            let document: toml::Table = format!("words = {one}")
                .parse()
                .map_err(|_| Failure::usage(format!("`{one}` is not an array of strings")))?;
            let words: Option<Vec<String>> = document["words"].as_array().and_then(|words| {
                words.iter().map(|word| word.as_str().map(str::to_owned)).collect()
            });
            words.unwrap_or_default()
        }
        [one] => shlex::split(one).unwrap_or_default(),
        several => several.to_vec(),
    };
    if words.is_empty() || words[0].is_empty() {
        return Err(Failure::usage("cannot parse the token command")
            .with_hint("for example \"pass show mpt\", or ['pass', 'show', 'mpt']"));
    }
    Ok(TokenSource::Command(words))
}

/// The absolute path of a token file, since the working directory may change.
pub fn file(path: &Path) -> Result<TokenSource, Failure> {
    Ok(TokenSource::File(absolute(path)?))
}

pub fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::file("name", path, &error))
}

#[cfg(test)]
mod tests {
    use super::command_words;
    use crate::config::TokenSource;

    #[test]
    fn a_command_is_words_a_line_or_an_array() {
        for words in [
            vec!["pass", "show", "my token"],
            vec!["pass show 'my token'"],
            vec!["['pass', 'show', \"my token\"]"],
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            let expected = ["pass", "show", "my token"].map(str::to_owned).to_vec();
            assert_eq!(command_words(&words).ok(), Some(TokenSource::Command(expected)));
        }
        for wrong in ["", "'", "[1]", "[", "[]"] {
            assert!(command_words(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
