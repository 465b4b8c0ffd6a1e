//! The values in force: flag, then environment, then profile, then default; and where each one
//! comes from.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::profile::{check_value, checked_token};
use super::{ConfigFile, Error, Profile, SANDBOX, TokenSource, did_you_mean, parse_duration};
use crate::api::base_url::PRODUCTION;
use crate::api::{BaseUrl, ProxySettings};
use crate::model::Secret;
use crate::model::url::without_userinfo;
use crate::output::Format;

/// What the command line and the environment say. Empty variables count as unset.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `-p`: such a profile is taken whole.
    pub profile_flag: Option<String>,
    pub base_url_flag: Option<String>,
    pub timeout_flag: Option<Duration>,
    pub profile_env: Option<String>,
    pub token_env: Option<String>,
    pub base_url_env: Option<String>,
    pub output_env: Option<String>,
    pub timeout_env: Option<String>,
    pub https_proxy: Option<String>,
    pub http_proxy: Option<String>,
    pub no_proxy: Option<String>,
}

impl Overrides {
    /// Adds what the environment says.
    pub fn with_environment(self, var: impl Fn(&str) -> Option<String>) -> Self {
        let either = |upper: &str, lower: &str| var(upper).or_else(|| var(lower));
        Self {
            profile_env: var("MPT_PROFILE"),
            token_env: var("MPT_API_TOKEN"),
            base_url_env: var("MPT_API_BASE_URL"),
            output_env: var("MPT_OUTPUT"),
            timeout_env: var("MPT_TIMEOUT"),
            https_proxy: either("HTTPS_PROXY", "https_proxy"),
            http_proxy: either("HTTP_PROXY", "http_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
            ..self
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Flag(&'static str),
    Env(&'static str),
    Profile(String),
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Env(name) => f.write_str(name),
            Self::Profile(name) => write!(f, "profile `{name}`"),
            Self::Default => f.write_str("default"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Sourced<T> {
    pub value: T,
    pub source: Source,
}

fn sourced<T>(value: T, source: Source) -> Sourced<T> {
    Sourced { value, source }
}

/// Everything that is in force for one command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `None`: no profile; flags and environment say it all.
    pub profile: Option<Sourced<String>>,
    /// For the sandbox it is known only once the sandbox runs.
    pub base_url: Sourced<BaseUrl>,
    pub token: Option<Sourced<TokenSource>>,
    pub timeout: Sourced<Duration>,
    pub output: Sourced<Format>,
    pub ca_file: Option<Sourced<PathBuf>>,
    pub proxy: ProxySettings,
    pub proxy_source: Option<Source>,
    /// What to tell the user about how this came about.
    pub notes: Vec<String>,
}

/// Stands for the sandbox inside the process, whose port is known only once it runs.
const SANDBOX_URL: &str = "http://localhost";

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

impl Settings {
    pub fn is_sandbox(&self) -> bool {
        self.profile
            .as_ref()
            .is_some_and(|profile| profile.value == SANDBOX)
    }

    /// # Errors
    /// A profile that does not exist, a value that cannot be read, a token that would go to an
    /// origin that it does not belong to.
    pub fn resolve(overrides: &Overrides, file: &ConfigFile) -> Result<Self, Error> {
        let name = chosen_profile(overrides, file);
        let profile = match &name {
            Some(name) if name.value == SANDBOX => Profile::default(),
            Some(name) => file
                .profile(&name.value)
                .cloned()
                .ok_or_else(|| no_such_profile(&name.value, file))?,
            None => Profile::default(),
        };
        let is_sandbox = name.as_ref().is_some_and(|name| name.value == SANDBOX);
        let from_profile =
            Source::Profile(name.as_ref().map(|n| n.value.clone()).unwrap_or_default());
        let mut notes = Vec::new();

        // A profile that -p names is taken whole.
        let whole = overrides.profile_flag.is_some() || is_sandbox;
        let (mut token_env, mut base_url_env) = (&overrides.token_env, &overrides.base_url_env);
        if whole {
            let ignored: Vec<_> = [
                ("MPT_API_TOKEN", token_env),
                ("MPT_API_BASE_URL", base_url_env),
            ]
            .into_iter()
            .filter(|(_, value)| value.is_some())
            .map(|(variable, _)| variable)
            .collect();
            if !ignored.is_empty() {
                notes.push(format!(
                    "{from_profile} is taken whole: {} ignored",
                    ignored.join(" and ")
                ));
            }
            (token_env, base_url_env) = (&None, &None);
        }

        let parse_base = |text: &str, label: &str| {
            BaseUrl::parse(text).map_err(|error| Error::Value {
                name: label.to_owned(),
                message: format!("`{}` {error}", without_userinfo(text)),
            })
        };
        let default_url = if is_sandbox { SANDBOX_URL } else { PRODUCTION };
        let profile_url = profile.base_url.as_deref().unwrap_or(default_url);
        let profile_url = parse_base(profile_url, "base_url")?;
        let base_url = if let Some(text) = &overrides.base_url_flag {
            if is_sandbox {
                return Err(Error::Unsafe {
                    message: "the profile `sandbox` has its own base URL".to_owned(),
                    hint: "leave out --base-url, or leave out the profile".to_owned(),
                });
            }
            sourced(parse_base(text, "--base-url")?, Source::Flag("--base-url"))
        } else if let Some(text) = base_url_env {
            sourced(
                parse_base(text, "MPT_API_BASE_URL")?,
                Source::Env("MPT_API_BASE_URL"),
            )
        } else if profile.base_url.is_some() {
            sourced(profile_url.clone(), from_profile.clone())
        } else {
            sourced(profile_url.clone(), Source::Default)
        };

        let token = match (token_env, profile.token) {
            (Some(text), _) => {
                let token = checked_token(text, "MPT_API_TOKEN")?;
                Some(sourced(
                    TokenSource::Literal(token),
                    Source::Env("MPT_API_TOKEN"),
                ))
            }
            (None, Some(token)) => {
                if base_url.value.origin() != profile_url.origin() {
                    return Err(Error::Unsafe {
                        message: format!(
                            "the token of {from_profile} belongs to {}, and {} says {}",
                            profile_url.origin(),
                            base_url.source,
                            base_url.value.origin()
                        ),
                        hint: if overrides.profile_flag.is_some() {
                            "leave out -p and set MPT_API_TOKEN, or make a profile for that address"
                        } else {
                            "set MPT_API_TOKEN for that address, or make a profile for it"
                        }
                        .to_owned(),
                    });
                }
                Some(sourced(token, from_profile.clone()))
            }
            (None, None) => None,
        };

        let timeout = if let Some(timeout) = overrides.timeout_flag {
            sourced(timeout, Source::Flag("--timeout"))
        } else if let Some(text) = &overrides.timeout_env {
            sourced(duration(text, "MPT_TIMEOUT")?, Source::Env("MPT_TIMEOUT"))
        } else if let Some(text) = &profile.timeout {
            sourced(duration(text, "timeout")?, from_profile.clone())
        } else {
            sourced(DEFAULT_TIMEOUT, Source::Default)
        };

        let output = match (
            output_from_environment(overrides)?,
            profile.output.as_deref(),
        ) {
            (Some(format), _) => sourced(format, Source::Env("MPT_OUTPUT")),
            (None, Some(text)) => sourced(
                Format::parse(text).unwrap_or(Format::Table),
                from_profile.clone(),
            ),
            (None, None) => sourced(Format::Table, Source::Default),
        };

        let (proxy_variable, proxy_env) = if base_url.value.is_https() {
            ("HTTPS_PROXY", &overrides.https_proxy)
        } else {
            ("HTTP_PROXY", &overrides.http_proxy)
        };
        let (proxy, proxy_source) = match (proxy_env, profile.proxy) {
            (Some(url), _) => (Some(url.clone()), Some(Source::Env(proxy_variable))),
            (None, Some(url)) => (Some(url), Some(from_profile.clone())),
            (None, None) => (None, None),
        };

        Ok(Self {
            ca_file: profile
                .ca_file
                .map(|path| sourced(path, from_profile.clone())),
            profile: name,
            base_url,
            token,
            timeout,
            output,
            proxy: ProxySettings {
                url: proxy,
                no_proxy: overrides.no_proxy.clone(),
            },
            proxy_source,
            notes,
        })
    }

    /// Reads the token from where it is kept.
    pub fn token(&self) -> Result<Secret, Error> {
        match &self.token {
            Some(token) => token.value.read(),
            None => Err(self.no_token()),
        }
    }

    fn no_token(&self) -> Error {
        match &self.profile {
            Some(profile) => Error::Missing {
                message: format!("profile `{}` has no token", profile.value),
                hint: "mpt config set token - reads one from standard input".to_owned(),
            },
            None => Error::Missing {
                message: "no profile is configured, and MPT_API_TOKEN is not set".to_owned(),
                hint:
                    "mpt config init makes a profile; -p sandbox needs none and tries everything \
                       locally"
                        .to_owned(),
            },
        }
    }
}

/// `MPT_OUTPUT`, which needs no profile to be known.
pub fn output_from_environment(overrides: &Overrides) -> Result<Option<Format>, Error> {
    let Some(text) = &overrides.output_env else {
        return Ok(None);
    };
    check_value("output", text).map_err(|message| Error::Value {
        name: "MPT_OUTPUT".to_owned(),
        message,
    })?;
    Ok(Format::parse(text))
}

/// The name of the profile in force, whether it exists or not.
pub fn chosen_profile(overrides: &Overrides, file: &ConfigFile) -> Option<Sourced<String>> {
    if let Some(name) = &overrides.profile_flag {
        return Some(sourced(name.clone(), Source::Flag("--profile")));
    }
    if let Some(name) = &overrides.profile_env {
        return Some(sourced(name.clone(), Source::Env("MPT_PROFILE")));
    }
    let name = file.default_profile.clone()?;
    Some(sourced(name, Source::Default))
}

pub fn no_such_profile(name: &str, file: &ConfigFile) -> Error {
    let names: Vec<_> = file.names().chain([SANDBOX]).collect();
    Error::Missing {
        message: format!(
            "profile `{name}` does not exist{}",
            did_you_mean(name, names)
        ),
        hint: "mpt config list shows the profiles; mpt config init -p NAME makes one".to_owned(),
    }
}

fn duration(text: &str, name: &str) -> Result<Duration, Error> {
    parse_duration(text).map_err(|message| Error::Value {
        name: name.to_owned(),
        message,
    })
}
