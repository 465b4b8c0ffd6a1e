//! A profile, and how its values are parsed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Error;
use crate::model::base_url::PRODUCTION;
use crate::model::secret::MASK;
use crate::model::url::without_userinfo;
use crate::model::{BaseUrl, Secret};
use crate::system::{files, folders, program};
use crate::text::escape::{self, is_control};
use crate::text::{did_you_mean, duration};
use crate::ui::{Format, webhook_columns};

/// Why a text cannot be the name of a new profile: shells would give it another meaning. Existing files may have such
/// names.
pub fn objection_to_name(name: &str) -> Option<String> {
    const SPECIAL: &str = "$`\\\"';|&<>()";
    if name.is_empty() {
        return Some("the profile's name is empty".to_owned());
    }
    if name.starts_with('-') {
        return Some(format!("a profile's name cannot begin with `-`: `{name}`"));
    }
    let bad = name.chars().find(|c| is_control(*c) || SPECIAL.contains(*c))?;
    Some(format!(
        "a profile's name cannot contain `{}`: `{}`",
        escape::line(&bad.to_string()),
        escape::line(name)
    ))
}

/// The keys of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    BaseUrl,
    Token,
    TokenEnv,
    TokenFile,
    TokenCommand,
    Timeout,
    Output,
    CaFile,
    Proxy,
    Name,
    Columns,
    Protected,
}

impl Key {
    /// All keys, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::BaseUrl,
        Self::Token,
        Self::TokenEnv,
        Self::TokenFile,
        Self::TokenCommand,
        Self::Timeout,
        Self::Output,
        Self::CaFile,
        Self::Proxy,
        Self::Name,
        Self::Columns,
        Self::Protected,
    ];

    /// The keys for the source of the token; a profile has at most one of them.
    pub const TOKENS: [Self; 4] =
        [Self::Token, Self::TokenEnv, Self::TokenFile, Self::TokenCommand];

    pub fn name(self) -> &'static str {
        match self {
            Self::BaseUrl => "base_url",
            Self::Token => "token",
            Self::TokenEnv => "token_env",
            Self::TokenFile => "token_file",
            Self::TokenCommand => "token_command",
            Self::Timeout => "timeout",
            Self::Output => "output",
            Self::CaFile => "ca_file",
            Self::Proxy => "proxy",
            Self::Name => "name",
            Self::Columns => "columns",
            Self::Protected => "protected",
        }
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }

    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    pub fn is_token(self) -> bool {
        Self::TOKENS.contains(&self)
    }

    /// The error in the text of a value.
    pub fn check(self, text: &str) -> Result<(), String> {
        Profile::default().set(self, text, Path::new(""))
    }
}

/// A value and the text that it was parsed from.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    pub text: String,
    pub value: T,
}

/// The validated values of one profile.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub base_url: Option<Parsed<BaseUrl>>,
    pub token: Option<TokenSource>,
    pub timeout: Option<Parsed<Duration>>,
    pub output: Option<Format>,
    pub ca_file: Option<PathBuf>,
    /// An http or https URL.
    pub proxy: Option<String>,
    /// The name of the account, for people.
    pub name: Option<String>,
    /// The default columns of `list`.
    pub columns: Option<Vec<String>>,
    /// Whether a change asks first; it counts for the origin of the base URL.
    pub protected: Option<bool>,
}

impl Profile {
    /// Sets a value from its text. Paths are relative to `folder`; `~/` is the home folder.
    ///
    /// # Errors
    /// The text is not a valid value.
    pub fn set(&mut self, key: Key, text: &str, folder: &Path) -> Result<(), String> {
        if text.is_empty() && key != Key::Token {
            return Err("is empty".to_owned());
        }
        match key {
            Key::BaseUrl => self.base_url = Some(parse_base_url(text)?),
            Key::Token => {
                let token = checked_token(text, key.name()).map_err(|error| error.to_string())?;
                self.token = Some(TokenSource::Literal(token));
            }
            Key::TokenEnv => self.token = Some(TokenSource::Env(text.to_owned())),
            Key::TokenFile => self.token = Some(TokenSource::File(path_in(folder, text))),
            Key::TokenCommand => {
                return Err(
                    "must be an array of strings; write [\"pass\", \"show\", \"mpt\"]".to_owned()
                );
            }
            Key::Timeout => {
                self.timeout =
                    Some(Parsed { text: text.to_owned(), value: duration::parse(text)? });
            }
            Key::Output => self.output = Some(parse_format(text)?),
            Key::CaFile => self.ca_file = Some(path_in(folder, text)),
            Key::Name => self.name = Some(text.to_owned()),
            Key::Columns => self.columns = Some(parse_columns(text)?),
            Key::Protected => {
                self.protected =
                    Some(text.parse().map_err(|_| {
                        format!("`{}` is neither true nor false", escape::line(text))
                    })?);
            }
            Key::Proxy => match url::Url::parse(text) {
                Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                    self.proxy = Some(text.to_owned());
                }
                _ => return Err("is not an http:// or https:// proxy URL".to_owned()),
            },
        }
        Ok(())
    }

    /// The server that the profile is for.
    pub fn server(&self) -> Option<String> {
        match &self.base_url {
            Some(parsed) => Some(parsed.value.server()),
            None => BaseUrl::parse(PRODUCTION).ok().map(|url| url.server()),
        }
    }

    /// A value as it may be shown, tokens masked.
    pub fn shown(&self, key: Key) -> Option<String> {
        match key {
            Key::BaseUrl => self.base_url.as_ref().map(|parsed| parsed.text.clone()),
            Key::Timeout => self.timeout.as_ref().map(|parsed| parsed.text.clone()),
            Key::Output => self.output.map(|format| format.name().to_owned()),
            Key::CaFile => self.ca_file.as_ref().map(|path| path.display().to_string()),
            Key::Proxy => self.proxy.as_deref().map(without_userinfo),
            Key::Name => self.name.clone(),
            Key::Columns => self.columns.as_ref().map(|names| names.join(",")),
            Key::Protected => self.protected.map(|is_set| is_set.to_string()),
            key => {
                let token = self.token.as_ref().filter(|token| token.key() == key);
                token.map(TokenSource::shown)
            }
        }
    }
}

fn parse_base_url(text: &str) -> Result<Parsed<BaseUrl>, String> {
    match BaseUrl::parse(text) {
        Ok(value) if value.is_safe_for_tokens() => Ok(Parsed { text: text.to_owned(), value }),
        Ok(_) => Err(format!("`{text}` would send the token unencrypted; use https://")),
        Err(error) => Err(format!("`{}`: {error}", without_userinfo(text))),
    }
}

/// # Errors
/// A message that lists the formats.
pub fn parse_format(text: &str) -> Result<Format, String> {
    Format::parse(text).ok_or_else(|| {
        format!(
            "`{text}` is not an output format; use one of {}{}",
            Format::NAMES.join(", "),
            did_you_mean(text, Format::NAMES)
        )
    })
}

fn parse_columns(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<_> = text.split(',').map(str::trim).collect();
    webhook_columns::select(&names).map_err(|unknown| {
        let near = did_you_mean(unknown, webhook_columns::names());
        let known: Vec<_> = webhook_columns::names().collect();
        format!("there is no column `{unknown}`{near}; columns: {}", known.join(", "))
    })?;
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn path_in(folder: &Path, text: &str) -> PathBuf {
    folders::below_home(text).unwrap_or_else(|| folder.join(text))
}

/// The maximum size of a token file, in bytes.
const MAX_TOKEN: u64 = 64 * 1024;

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    Literal(Secret),
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

impl TokenSource {
    /// The key of this source.
    pub fn key(&self) -> Key {
        match self {
            Self::Literal(_) => Key::Token,
            Self::Env(_) => Key::TokenEnv,
            Self::File(_) => Key::TokenFile,
            Self::Command(_) => Key::TokenCommand,
        }
    }

    /// The source as it may be shown, tokens masked.
    pub fn shown(&self) -> String {
        match self {
            Self::Literal(token) => mask_token(token),
            Self::Env(name) => name.clone(),
            Self::File(path) => path.display().to_string(),
            Self::Command(words) => shlex::try_join(words.iter().map(String::as_str))
                .unwrap_or_else(|_| words.join(" ")),
        }
    }

    /// Reads the token. This is the only place that runs a token command or reads a token file.
    pub async fn read(&self) -> Result<Secret, Error> {
        let name = self.key().name();
        let failed = |message: String| Error::Value { name: name.to_owned(), message };
        let text = match self {
            Self::Literal(token) => token.expose().to_owned(),
            Self::Env(variable) => std::env::var(variable)
                .map_err(|_| failed(format!("the variable {variable} is not set")))?,
            Self::File(path) => {
                let read = files::read_in_background(path, MAX_TOKEN).await;
                read.and_then(files::text_of)
                    .map_err(|error| failed(format!("cannot read {}: {error}", path.display())))?
            }
            Self::Command(words) => {
                let output = program::output_of(words)
                    .await
                    .map_err(|error| failed(format!("{error:#}")))?;
                let text = files::text_of(output);
                text.map_err(|error| failed(format!("the output of the command: {error}")))?
            }
        };
        checked_token(&text, name)
    }
}

/// A token as it is shown: its ID is public, the rest is masked.
pub fn mask_token(token: &Secret) -> String {
    match token.expose().split(':').collect::<Vec<_>>()[..] {
        ["idt", id, _] if id.starts_with("TKN-") => format!("idt:{id}:{MASK}"),
        _ => MASK.to_owned(),
    }
}

/// Validates a token for a header, without the line end that files and commands add.
pub fn checked_token(text: &str, name: &str) -> Result<Secret, Error> {
    let failed =
        |message: &str| Error::Value { name: name.to_owned(), message: message.to_owned() };
    let token = text.trim_start_matches('\u{feff}').trim();
    if token.is_empty() {
        return Err(failed("the token is empty"));
    }
    if token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        return Err(failed(
            "the token begins with `Bearer`, which is added to it; leave the word out",
        ));
    }
    if token.starts_with(['"', '\'', '`']) || token.ends_with(['"', '\'', '`']) {
        return Err(failed("the token is in quotes; leave the quotes out"));
    }
    if !token.chars().all(|c| c.is_ascii_graphic()) {
        return Err(failed("the token contains characters that are not allowed in an HTTP header"));
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::{Key, TokenSource, checked_token, mask_token, objection_to_name};
    use crate::model::Secret;

    #[test]
    fn a_token_shows_its_id_only() {
        for (token, shown) in [
            ("idt:TKN-1234-5678:s3cret", "idt:TKN-1234-5678:********"),
            ("s3cret:TKN-1:x", "********"),
            ("idt:s3cret", "********"),
        ] {
            assert_eq!(mask_token(&Secret::new(token)), shown);
        }
    }

    #[test]
    fn names_that_a_shell_reads_otherwise_are_refused() {
        for name in ["prod", "Zoë Ltd.", "東京", "a.b/c-d_e:f@g+h", "a b", "100%"] {
            assert_eq!(objection_to_name(name), None, "{name}");
        }
        let special = "$`\\\"';|&<>()\n\u{1b}\u{202e}".chars();
        for name in special.map(|c| format!("a{c}b")).chain(["".into(), "-p".into()]) {
            assert!(objection_to_name(&name).is_some(), "{name:?}");
        }
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
        for (key, text, part) in [
            (Key::Output, "jsn", "did you mean `json`?"),
            (Key::Timeout, "30", "not a duration"),
            (Key::BaseUrl, "api.example.com", "URL"),
            (Key::Proxy, "proxy:3128", "proxy URL"),
            (Key::CaFile, "", "empty"),
            (Key::TokenCommand, "pass", "array"),
        ] {
            let message = key.check(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }

    #[tokio::test]
    async fn a_command_that_fails_is_an_error() {
        for words in [vec!["false".to_owned()], vec!["/no/such/program".to_owned()], vec![]] {
            assert!(TokenSource::Command(words).read().await.is_err());
        }
    }
}
