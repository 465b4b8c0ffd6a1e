//! Resolves the current settings: flag, then environment, then profile, then default, and records
//! where each value comes from.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::overrides::{BASE_URL, Overrides, TOKEN};
use super::profile::checked_token;
use super::{ConfigFile, Error, Profile, SANDBOX, TokenSource};
use crate::model::BaseUrl;
use crate::model::base_url::PRODUCTION;
use crate::model::url::without_userinfo;
use crate::text::own_command::mpt_for_profile;
use crate::text::{did_you_mean, duration};
use crate::ui::Format;

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

/// The current settings of one command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `None`: no profile; all values come from flags and environment.
    pub profile: Option<Sourced<String>>,
    /// For the sandbox, it is only known once the sandbox runs.
    pub base_url: Sourced<BaseUrl>,
    pub token: Option<Sourced<TokenSource>>,
    pub timeout: Sourced<Duration>,
    pub output: Sourced<Format>,
    pub ca_file: Option<Sourced<PathBuf>>,
    pub proxy: Option<Sourced<String>>,
    /// The hosts that need no proxy, in the syntax of `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// The configuration file that the profile is from.
    pub file: Option<PathBuf>,
    /// Whether `MPT_API_TOKEN` is set, but empty.
    pub is_token_env_empty: bool,
    /// The key of the protected profile that the base URL belongs to: a change asks first.
    pub protected_by: Option<String>,
    /// The default columns of `list`.
    pub columns: Option<Vec<String>>,
    /// The keys of all profiles, for messages.
    pub known_profiles: Vec<String>,
    /// Notes for the user about unexpected sources.
    pub notes: Vec<String>,
}

/// A placeholder for the sandbox inside this process, whose port is only known once it runs.
const SANDBOX_URL: &str = "http://localhost";

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

impl Settings {
    pub fn is_sandbox(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.value == SANDBOX)
    }

    /// # Errors
    /// The profile does not exist, a value cannot be parsed, or a token would be sent to
    /// an origin that it does not belong to.
    pub fn resolve(overrides: &Overrides, file: &ConfigFile) -> Result<Self, Error> {
        let name = chosen_profile(overrides, file)?;
        let is_sandbox = name.as_ref().is_some_and(|name| name.value == SANDBOX);
        let profile = match &name {
            Some(name) if !is_sandbox => file
                .profile(&name.value)
                .cloned()
                .ok_or_else(|| no_such_profile(&name.value, file))?,
            _ => Profile::default(),
        };
        let layers = Layers {
            overrides,
            profile: &profile,
            from_profile: Source::Profile(
                name.as_ref().map(|n| n.value.clone()).unwrap_or_default(),
            ),
            selected_by: name.as_ref().map(|name| name.source.clone()),
            ignores_environment: overrides.profile_flag.is_some() || is_sandbox,
            is_sandbox,
        };
        let base_url = layers.base_url()?;
        let ca_file = profile.ca_file.clone();
        Ok(Self {
            token: layers.token(&base_url)?,
            timeout: layers.timeout()?,
            output: layers.output()?,
            notes: layers.note().into_iter().collect(),
            ca_file: ca_file.map(|path| sourced(path, layers.from_profile.clone())),
            protected_by: file
                .protector_of(&base_url.value, name.as_ref().map(|name| name.value.as_str()))
                .map(str::to_owned),
            profile: name,
            columns: profile.columns.clone(),
            known_profiles: file.names().map(str::to_owned).collect(),
            proxy: layers.proxy(&base_url.value)?,
            base_url,
            file: file.exists.then(|| file.path.clone()),
            is_token_env_empty: overrides.is_token_empty(),
            no_proxy: overrides.no_proxy.clone(),
        })
    }

    /// Whether the address or the token do not come from the profile.
    pub fn overrides_profile(&self) -> bool {
        let sources = [Some(&self.base_url.source), self.token.as_ref().map(|token| &token.source)];
        sources
            .into_iter()
            .flatten()
            .any(|source| matches!(source, Source::Flag(_) | Source::Env(_)))
    }
}

/// One method for each value: flag, environment, profile, default.
struct Layers<'a> {
    overrides: &'a Overrides,
    profile: &'a Profile,
    from_profile: Source,
    /// Where the name of the profile comes from.
    selected_by: Option<Source>,
    /// Whether the environment's address and token are ignored.
    ignores_environment: bool,
    is_sandbox: bool,
}

impl Layers<'_> {
    fn token_env(&self) -> Option<&String> {
        self.overrides.token_env.as_ref().filter(|_| !self.ignores_environment)
    }

    fn base_url_env(&self) -> Option<&String> {
        self.overrides.base_url_env.as_ref().filter(|_| !self.ignores_environment)
    }

    /// The variables that are ignored because of `-p`, or because the token is empty.
    fn note(&self) -> Option<String> {
        let overrides = self.overrides;
        let has_own =
            [(TOKEN, self.profile.token.is_some()), (BASE_URL, self.profile.base_url.is_some())];
        let is_replaced = |(name, has): &(&str, bool)| *has && overrides.empty.contains(name);
        let replaced: Vec<_> = has_own.into_iter().filter(is_replaced).collect();
        if let [(first, _), rest @ ..] = &*replaced
            && !self.ignores_environment
        {
            let names = rest.iter().map(|(name, _)| format!(" and {name}"));
            let verb = if rest.is_empty() { "is" } else { "are" };
            return Some(format!(
                "{first}{} {verb} set, but empty: {} is used",
                names.collect::<String>(),
                self.from_profile
            ));
        }
        let set =
            [(TOKEN, overrides.token_env.is_some()), (BASE_URL, overrides.base_url_env.is_some())];
        let ignored: Vec<_> =
            set.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect();
        (self.ignores_environment && !ignored.is_empty()).then(|| {
            let how = match &self.selected_by {
                Some(Source::Flag(_)) => "was selected with -p".to_owned(),
                Some(Source::Env(name)) => format!("was selected with {name}"),
                _ => "is the default".to_owned(),
            };
            let ignored = ignored.join(" and ");
            format!("{} {how}: {ignored} ignored", self.from_profile)
        })
    }

    /// The profile's own base URL, even if another one is used.
    fn profile_url(&self) -> Result<BaseUrl, Error> {
        if let Some(parsed) = &self.profile.base_url {
            return Ok(parsed.value.clone());
        }
        let default = if self.is_sandbox { SANDBOX_URL } else { PRODUCTION };
        parse_base_url(default, "base_url")
    }

    fn base_url(&self) -> Result<Sourced<BaseUrl>, Error> {
        if let Some(text) = &self.overrides.base_url_flag {
            if self.is_sandbox {
                return Err(Error::Unsafe {
                    message: "the profile `sandbox` has its own base URL".to_owned(),
                    hint: "omit --base-url or the profile".to_owned(),
                });
            }
            return Ok(sourced(parse_base_url(text, "--base-url")?, Source::Flag("--base-url")));
        }
        if let Some(text) = self.base_url_env() {
            return Ok(sourced(parse_base_url(text, BASE_URL)?, Source::Env(BASE_URL)));
        }
        let is_empty = self.overrides.empty.contains(&BASE_URL);
        if is_empty && !self.ignores_environment && self.profile.base_url.is_none() {
            // Without the variable, requests would go to production.
            return Err(Error::Value {
                name: BASE_URL.to_owned(),
                message: "it is set, but empty; unset it, or set it to the address of the platform"
                    .to_owned(),
            });
        }
        let is_set = self.profile.base_url.is_some();
        let source = if is_set { self.from_profile.clone() } else { Source::Default };
        Ok(sourced(self.profile_url()?, source))
    }

    /// Returns an error unless the token belongs to the origin of the base URL.
    fn token(&self, base_url: &Sourced<BaseUrl>) -> Result<Option<Sourced<TokenSource>>, Error> {
        if let Some(text) = self.token_env() {
            let token = TokenSource::Literal(checked_token(text, TOKEN)?);
            return Ok(Some(sourced(token, Source::Env(TOKEN))));
        }
        let Some(token) = &self.profile.token else {
            return Ok(None);
        };
        let own = self.profile_url()?.origin();
        if base_url.value.origin() == own {
            return Ok(Some(sourced(token.clone(), self.from_profile.clone())));
        }
        let hint = if self.overrides.profile_flag.is_some() {
            "omit -p and set MPT_API_TOKEN, or create a profile for that address"
        } else {
            "set MPT_API_TOKEN for that address, or create a profile for it"
        };
        Err(Error::Unsafe {
            message: format!(
                "the token of {} belongs to {own}, and {} says {}",
                self.from_profile,
                base_url.source,
                base_url.value.origin()
            ),
            hint: hint.to_owned(),
        })
    }

    fn timeout(&self) -> Result<Sourced<Duration>, Error> {
        if let Some(timeout) = self.overrides.timeout_flag {
            return Ok(sourced(timeout, Source::Flag("--timeout")));
        }
        if let Some(text) = &self.overrides.timeout_env {
            let name = "MPT_TIMEOUT";
            let timeout = duration::parse(text)
                .map_err(|message| Error::Value { name: name.to_owned(), message })?;
            return Ok(sourced(timeout, Source::Env(name)));
        }
        Ok(match &self.profile.timeout {
            Some(parsed) => sourced(parsed.value, self.from_profile.clone()),
            None => sourced(DEFAULT_TIMEOUT, Source::Default),
        })
    }

    fn output(&self) -> Result<Sourced<Format>, Error> {
        if let Some(format) = self.overrides.output()? {
            return Ok(sourced(format, Source::Env("MPT_OUTPUT")));
        }
        Ok(match self.profile.output {
            Some(format) => sourced(format, self.from_profile.clone()),
            None => sourced(Format::Table, Source::Default),
        })
    }

    /// This machine is reached without a proxy.
    fn proxy(&self, base_url: &BaseUrl) -> Result<Option<Sourced<String>>, Error> {
        if !base_url.is_loopback()
            && let Some((name, url)) = self.overrides.proxy(base_url.is_https())?
        {
            return Ok(Some(sourced(url, Source::Env(name))));
        }
        let profile = self.profile.proxy.clone();
        Ok(profile.map(|url| sourced(url, self.from_profile.clone())))
    }
}

fn parse_base_url(text: &str, name: &str) -> Result<BaseUrl, Error> {
    BaseUrl::parse(text).map_err(|error| Error::Value {
        name: name.to_owned(),
        message: format!("`{}`: {error}", without_userinfo(text)),
    })
}

/// The key of the current profile, even if it does not exist.
///
/// # Errors
/// Several profiles have the name that was given.
pub fn chosen_profile(
    overrides: &Overrides,
    file: &ConfigFile,
) -> Result<Option<Sourced<String>>, Error> {
    let named = [
        (&overrides.profile_flag, Source::Flag("--profile")),
        (&overrides.profile_env, Source::Env("MPT_PROFILE")),
    ];
    for (name, source) in named {
        if let Some(name) = name {
            return Ok(Some(sourced(file.key_of(name)?, source)));
        }
    }
    Ok(file.default_profile.clone().map(|name| sourced(name, Source::Default)))
}

pub fn no_such_profile(name: &str, file: &ConfigFile) -> Error {
    let names: Vec<_> = file.names().chain([SANDBOX]).collect();
    Error::Missing {
        message: format!("profile `{name}` does not exist{}", did_you_mean(name, names)),
        hint: {
            let mpt = mpt_for_profile("");
            format!(
                "list profiles with {mpt} config list, or create one with {mpt} config init -p NAME"
            )
        },
    }
}
