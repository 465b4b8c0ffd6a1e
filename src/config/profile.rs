//! What one profile holds, and how each of its values reads.

use std::path::PathBuf;

use super::{Error, parse_duration};
use crate::model::Secret;
use crate::model::secret::MASK;
use crate::model::url::without_userinfo;

/// The keys of a profile, in the order in which they are shown.
pub const KEYS: [&str; 9] = [
    "base_url",
    "token",
    "token_env",
    "token_file",
    "token_command",
    "timeout",
    "output",
    "ca_file",
    "proxy",
];

/// The keys that say where the token comes from; a profile has at most one of them.
pub const TOKEN_KEYS: [&str; 4] = ["token", "token_env", "token_file", "token_command"];

/// Values as they stand in the file, each checked.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub base_url: Option<String>,
    pub token: Option<TokenSource>,
    pub timeout: Option<String>,
    pub output: Option<String>,
    pub ca_file: Option<PathBuf>,
    pub proxy: Option<String>,
}

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    Literal(Secret),
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

impl TokenSource {
    /// The key that holds it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Literal(_) => "token",
            Self::Env(_) => "token_env",
            Self::File(_) => "token_file",
            Self::Command(_) => "token_command",
        }
    }

    /// As it may be shown.
    pub fn shown(&self) -> String {
        match self {
            Self::Literal(token) => mask_token(token),
            Self::Env(name) => name.clone(),
            Self::File(path) => path.display().to_string(),
            Self::Command(words) => shlex::try_join(words.iter().map(String::as_str))
                .unwrap_or_else(|_| words.join(" ")),
        }
    }

    /// Reads the token. Only this runs a command, and only this reads a file.
    pub fn read(&self) -> Result<Secret, Error> {
        let name = self.key().to_owned();
        let wrong = |message: String| Error::Value {
            name: name.clone(),
            message,
        };
        let text = match self {
            Self::Literal(token) => return checked_token(token.expose(), &name),
            Self::Env(variable) => std::env::var(variable)
                .map_err(|_| wrong(format!("the variable {variable} is not set")))?,
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|error| wrong(format!("cannot read {}: {error}", path.display())))?,
            Self::Command(words) => run(words).map_err(wrong)?,
        };
        checked_token(&text, &name)
    }
}

/// What is left of a token when it is shown: the id in it is public, the rest is not.
pub fn mask_token(token: &Secret) -> String {
    match token.expose().split(':').collect::<Vec<_>>()[..] {
        ["idt", id, _] if id.starts_with("TKN-") => format!("idt:{id}:{MASK}"),
        _ => MASK.to_owned(),
    }
}

/// A token as it is sent: without the line end that files and commands add, and fit for a header.
pub fn checked_token(text: &str, name: &str) -> Result<Secret, Error> {
    let wrong = |message: &str| Error::Value {
        name: name.to_owned(),
        message: message.to_owned(),
    };
    let token = text.trim();
    if token.is_empty() {
        return Err(wrong("the token is empty"));
    }
    if !token.chars().all(|c| c.is_ascii_graphic()) {
        return Err(wrong(
            "the token holds spaces or characters that no header can carry",
        ));
    }
    Ok(Secret::new(token))
}

/// The standard output of a command; its standard error goes to ours.
fn run(words: &[String]) -> Result<String, String> {
    let [program, arguments @ ..] = words else {
        return Err("the command is empty".to_owned());
    };
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run `{program}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{program}` failed ({})", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("what `{program}` printed is not UTF-8"))
}

/// Checks the text of one value; the message says what is wrong with it.
pub fn check_value(key: &str, value: &str) -> Result<(), String> {
    match key {
        "base_url" => match crate::api::BaseUrl::parse(value) {
            Ok(base_url) if base_url.is_https() || base_url.is_loopback() => Ok(()),
            Ok(_) => Err(format!(
                "`{value}` would send the token unencrypted; use https://"
            )),
            Err(error) => Err(format!("`{}` {error}", without_userinfo(value))),
        },
        "timeout" => parse_duration(value).map(drop),
        "output" => match crate::ui::Format::parse(value) {
            Some(_) => Ok(()),
            None => Err(format!(
                "`{value}` is not an output format; use one of {}{}",
                crate::ui::Format::NAMES.join(", "),
                super::did_you_mean(value, crate::ui::Format::NAMES)
            )),
        },
        "proxy" => match url::Url::parse(value) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
            _ => Err("is not an http:// or https:// proxy URL".to_owned()),
        },
        "token" => checked_token(value, key)
            .map(drop)
            .map_err(|error| error.to_string()),
        _ if value.is_empty() => Err("is empty".to_owned()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenSource, check_value, checked_token, mask_token};
    use crate::model::Secret;

    #[test]
    fn a_token_shows_its_id_only() {
        assert_eq!(
            mask_token(&Secret::new("idt:TKN-1234-5678:hush")),
            "idt:TKN-1234-5678:********"
        );
        assert_eq!(mask_token(&Secret::new("hush:TKN-1:x")), "********");
        assert_eq!(mask_token(&Secret::new("idt:hush")), "********");
    }

    #[test]
    fn a_token_is_fit_for_a_header() {
        assert_eq!(checked_token("idt:x\n", "token").unwrap().expose(), "idt:x");
        for wrong in ["", " \n", "a b", "a\u{7f}", "ä"] {
            assert!(checked_token(wrong, "token").is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn values_are_checked_by_key() {
        assert!(
            check_value("output", "jsn")
                .unwrap_err()
                .contains("did you mean `json`?")
        );
        assert!(check_value("timeout", "30").is_err());
        assert!(check_value("base_url", "api.example.com").is_err());
        assert!(check_value("proxy", "proxy:3128").is_err());
        assert!(check_value("ca_file", "").is_err());
    }

    #[test]
    fn a_command_that_fails_is_an_error() {
        for words in [
            vec!["false".to_owned()],
            vec!["/no/such/program".to_owned()],
            vec![],
        ] {
            assert!(TokenSource::Command(words).read().is_err());
        }
    }
}
