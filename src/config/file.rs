//! The configuration file, read with positions so that errors have line numbers.

use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use super::profile::Key;
use super::{Error, Profile, TokenSource};
use crate::model::BaseUrl;
use crate::system::files;
use crate::system::files::{is_open_to_others, shell_word};
use crate::text::plain;
use crate::text::{bom, did_you_mean};

/// The file as it was read; a missing file is empty.
#[derive(Debug)]
pub struct ConfigFile {
    pub path: PathBuf,
    pub exists: bool,
    pub(super) text: String,
    /// The profiles in the order of the file.
    pub profiles: Vec<(String, Profile)>,
    pub default_profile: Option<String>,
    /// Whether a byte order mark of UTF-8 comes before the text.
    pub(super) has_bom: bool,
}

impl ConfigFile {
    /// Reads and checks the whole file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, has an unknown key or a bad value, or contains a token that
    /// other users can read.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let mut file = Self { path: path.to_owned(), exists: true, ..Self::absent() };
        let read = files::read(path, files::MAX_INPUT).and_then(|bytes| {
            file.has_bom = bytes.starts_with(&bom::UTF_8);
            files::text_of(bytes)
        });
        match read {
            Ok(text) => file.text = text,
            // Without a home folder, such as /dev/null, there is no file either.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                file.exists = false;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                return Err(Error::Interrupted);
            }
            Err(error) => return Err(file.error(None, format!("cannot be read: {error}"))),
        }
        file.parse()?;
        file.check_mode()?;
        Ok(file)
    }

    /// A file that does not exist.
    pub fn absent() -> Self {
        Self {
            path: PathBuf::new(),
            exists: false,
            text: String::new(),
            profiles: Vec::new(),
            default_profile: None,
            has_bom: false,
        }
    }

    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|(known, _)| known == name).map(|(_, profile)| profile)
    }

    /// The key of the profile that is meant: a key, or the `name` of exactly one profile. What is neither is returned
    /// as it is.
    ///
    /// # Errors
    /// Several profiles have this name.
    pub fn key_of(&self, typed: &str) -> Result<String, Error> {
        if typed == super::SANDBOX || self.profile(typed).is_some() {
            return Ok(typed.to_owned());
        }
        let is_named = |profile: &Profile| profile.name.as_deref() == Some(typed);
        let named = self.profiles.iter().filter(|(_, profile)| is_named(profile));
        match named.map(|(key, _)| key.as_str()).collect::<Vec<_>>()[..] {
            [] => Ok(typed.to_owned()),
            [key] => Ok(key.to_owned()),
            ref keys => Err(Error::Missing {
                message: format!("several profiles have the name `{typed}`"),
                hint: format!("use one of their keys: {}", keys.join(", ")),
            }),
        }
    }

    /// The keys of the protected profiles.
    pub fn protected(&self) -> impl Iterator<Item = &str> {
        let profiles = self.profiles.iter();
        let protected = profiles.filter(|(_, profile)| profile.protected == Some(true));
        protected.map(|(key, _)| key.as_str())
    }

    /// A protected profile of the server at an address: this one, or the first.
    pub fn protector_of(&self, base_url: &BaseUrl, current: Option<&str>) -> Option<&str> {
        let server = base_url.server();
        let protects = |profile: &Profile| {
            profile.protected == Some(true) && profile.server().as_deref() == Some(&server)
        };
        let protecting = self.profiles.iter().filter(|(_, profile)| protects(profile));
        let keys: Vec<_> = protecting.map(|(key, _)| key.as_str()).collect();
        let own = keys.iter().find(|key| Some(**key) == current);
        own.or_else(|| keys.first()).copied()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|(name, _)| name.as_str())
    }

    fn parse(&mut self) -> Result<(), Error> {
        let document = Document::parse(self.text.as_str()).map_err(|error| {
            let line = error.span().map(|span| line_of(&self.text, span.start));
            self.error(line, plain::toml(error.message()))
        })?;
        let mut profiles = Vec::new();
        let mut default = None;
        for (key, item) in document.iter() {
            let line = self.line_of_key(document.as_table(), key);
            match key {
                "default_profile" => default = Some((self.text_of(item, key, line)?, line)),
                "profiles" => {
                    let table = item.as_table_like().ok_or_else(|| {
                        self.error(
                            line,
                            "`profiles` must be a table; write [profiles.NAME]".to_owned(),
                        )
                    })?;
                    for (name, item) in table.iter() {
                        let line = self.line_of_key(table, name);
                        let members = item.as_table_like().ok_or_else(|| {
                            self.error(line, format!("profile `{name}` must be a table"))
                        })?;
                        profiles.push((name.to_owned(), self.parse_profile(name, members)?));
                    }
                }
                unknown => {
                    let near = did_you_mean(unknown, ["default_profile", "profiles"]);
                    return Err(self.error(line, format!("unknown key `{unknown}`{near}")));
                }
            }
        }
        self.profiles = profiles;
        if let Some((name, line)) = default {
            if name != super::SANDBOX && self.profile(&name).is_none() {
                let near = did_you_mean(&name, self.names());
                let message = format!("default_profile `{name}` does not exist{near}");
                return Err(self.error(line, message));
            }
            self.default_profile = Some(name);
        }
        Ok(())
    }

    fn parse_profile(&self, name: &str, members: &dyn TableLike) -> Result<Profile, Error> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut profile = Profile::default();
        for (key_name, item) in members.iter() {
            let line = self.line_of_key(members, key_name);
            let key = Key::find(key_name).ok_or_else(|| {
                let near = did_you_mean(key_name, Key::names());
                let message = format!("unknown key `{key_name}` in profile `{name}`{near}");
                self.error(line, message)
            })?;
            if key.is_token()
                && let Some(first) = &profile.token
            {
                let message = format!(
                    "profile `{name}` has both `{}` and `{key_name}`; only one source of the token is allowed",
                    first.key().name()
                );
                return Err(self.error(line, message));
            }
            if key == Key::TokenCommand {
                profile.token = Some(TokenSource::Command(self.words_of(item, line)?));
                continue;
            }
            let text = match key {
                Key::Protected => self.bool_of(item, key_name, line)?.to_string(),
                _ => self.text_of(item, key_name, line)?,
            };
            profile
                .set(key, &text, folder)
                .map_err(|why| self.error(line, format!("{key_name}: {why}")))?;
        }
        Ok(profile)
    }

    fn text_of(&self, item: &Item, key: &str, line: Option<usize>) -> Result<String, Error> {
        item.as_str().map(str::to_owned).ok_or_else(|| {
            self.error(line, format!("{key}: must be a string; write {key} = \"…\""))
        })
    }

    fn bool_of(&self, item: &Item, key: &str, line: Option<usize>) -> Result<bool, Error> {
        item.as_bool().ok_or_else(|| {
            self.error(line, format!("{key}: must be true or false, without quotes"))
        })
    }

    fn words_of(&self, item: &Item, line: Option<usize>) -> Result<Vec<String>, Error> {
        let words: Option<Vec<String>> = item
            .as_array()
            .and_then(|array| array.iter().map(|word| word.as_str().map(str::to_owned)).collect());
        words.filter(|words| !words.is_empty()).ok_or_else(|| {
            self.error(
                line,
                "token_command: must be an array of strings; write [\"pass\", \"show\", \"mpt\"]"
                    .to_owned(),
            )
        })
    }

    fn line_of_key(&self, table: &dyn TableLike, key: &str) -> Option<usize> {
        let span = table.key(key)?.span()?;
        Some(line_of(&self.text, span.start))
    }

    pub(super) fn error(&self, line: Option<usize>, message: String) -> Error {
        Error::File { path: self.path.clone(), line, message, hint: None }
    }

    /// A file with a token must only be readable by its owner.
    fn check_mode(&self) -> Result<(), Error> {
        let holds_token = self
            .profiles
            .iter()
            .any(|(_, profile)| matches!(profile.token, Some(TokenSource::Literal(_))));
        if holds_token && is_open_to_others(&self.path) {
            return Err(Error::File {
                path: self.path.clone(),
                line: None,
                message: "contains a token, and other users can read the file".to_owned(),
                hint: Some(format!("chmod 600 {}", shell_word(&self.path))),
            });
        }
        Ok(())
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::proptest;

    use super::ConfigFile;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        let mut file = ConfigFile {
            path: Path::new("config.toml").to_owned(),
            text: text.to_owned(),
            ..ConfigFile::absent()
        };
        file.parse().map_err(|error| error.to_string())?;
        Ok(file)
    }

    #[test]
    fn errors_name_the_line() {
        for (text, message) in [
            ("\nprofile = 1", "config.toml:2: unknown key `profile` (did you mean `profiles`?)"),
            (
                "[profiles.a]\n\nbse_url = \"x\"",
                "config.toml:3: unknown key `bse_url` in profile `a` (did you mean `base_url`?)",
            ),
            (
                "[profiles.a]\ntimeout = 30",
                "config.toml:2: timeout: must be a string; write timeout = \"…\"",
            ),
            (
                "[profiles.a]\ntoken_env = \"A\"\ntoken = \"b\"",
                "config.toml:3: profile `a` has both `token_env` and `token`; only one source of the token is allowed",
            ),
            (
                "default_profile = \"prod\"\n[profiles.prd]",
                "config.toml:1: default_profile `prod` does not exist (did you mean `prd`?)",
            ),
            ("profiles = 3", "config.toml:1: `profiles` must be a table; write [profiles.NAME]"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message);
        }
        assert!(parse("[profiles.a\n").unwrap_err().starts_with("config.toml:1: "));
    }

    #[test]
    fn a_name_may_hold_any_character() {
        let file = parse("[profiles.\"a b/ä.c\"]\n[profiles.'']").unwrap();
        assert_eq!(file.names().collect::<Vec<_>>(), ["a b/ä.c", ""]);
    }

    proptest! {
        #[test]
        fn any_file_is_read_without_a_panic(text in "(\\[|\\]|profiles|\\.a|token|base_url|=|\"|\n|'|#|.){0,60}") {
            parse(&text).ok();
        }
    }
}
