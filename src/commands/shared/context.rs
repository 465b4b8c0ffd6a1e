//! What every command needs: the terminal, the configuration, and access to the platform. It is
//! resolved once, before the command runs.

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use crate::api::{self, CaFile, Client, Place, ProxySettings, ProxyUrl, Webhooks};
use crate::config::profile::mask_token;
use crate::config::resolve::Source;
use crate::config::{self, ConfigFile, Error as ConfigError, Overrides, SANDBOX, Settings};
use crate::failure::{Ending, Failure, Kind};
use crate::model::url::without_userinfo;
use crate::model::{BaseUrl, Secret};
use crate::operations::Session;
use crate::operations::webhooks::shown_ids::{self, ShownIds};
use crate::reporter::Reporter;
use crate::sandbox::router::Behaviour;
use crate::sandbox::{self, Running};
use crate::system::files::shell_word;
use crate::system::folders;
use crate::system::signals::Signals;
use crate::text::duration;
use crate::text::own_command::{self, GivenOptions};
use crate::ui::{Format, Options, Ui};

/// The global options.
#[derive(Clone)]
pub struct GlobalOptions {
    pub overrides: Overrides,
    /// `--config`.
    pub config: Option<PathBuf>,
    pub retries: u32,
    /// The number of requests that run at the same time.
    pub jobs: usize,
    /// Builds the whole clap command, for the manual pages.
    pub command_line: fn() -> clap::Command,
}

pub struct Context {
    pub ui: Ui,
    pub overrides: Overrides,
    pub command_line: fn() -> clap::Command,
    config_flag: Option<PathBuf>,
    /// The number of requests that run at the same time.
    pub jobs: usize,
    retries: u32,
    /// The current settings. An error is reported when a command needs them, not before.
    settings: Result<Settings, ConfigError>,
    has_noted: Cell<bool>,
}

/// What a client needs besides its settings.
pub struct Credentials {
    pub token: Secret,
    pub ca_file: Option<CaFile>,
}

impl Context {
    /// Resolves the context. Without `uses_profile`, the configuration is not read.
    ///
    /// # Errors
    /// A variable is not UTF-8, or `--jq` cannot be compiled.
    pub fn resolve(
        request: GlobalOptions,
        options: &Options,
        uses_profile: bool,
    ) -> Result<Self, Ending> {
        check_environment()?;
        let GlobalOptions { overrides, config, .. } = &request;
        let (profile, base_url) = (&overrides.profile_flag, &overrides.base_url_flag);
        repeat_options(profile.as_ref(), config.as_ref(), base_url.as_ref());
        let mut context = Self {
            ui: Ui::without_jq(options, Format::Table),
            overrides: request.overrides.with_environment(|name| std::env::var(name).ok()),
            command_line: request.command_line,
            config_flag: request.config,
            retries: request.retries,
            jobs: request.jobs,
            settings: Err(ConfigError::not_resolved()),
            has_noted: Cell::new(false),
        };
        let mut protected = Vec::new();
        if uses_profile {
            context.settings = context.file_to_resolve().and_then(|file| {
                protected = file.protected().map(str::to_owned).collect();
                Settings::resolve(&context.overrides, &file)
            });
            if let Err(error @ ConfigError::Interrupted) = context.settings {
                return Err(error.into());
            }
        }
        let default = match &context.settings {
            Ok(settings) => Some(settings.output.value),
            Err(_) => context.overrides.output().ok().flatten(),
        };
        context.ui = Ui::new(options, default.unwrap_or(Format::Table))?;
        context.ui.alarming = protected;
        Ok(context)
    }

    /// The path of the configuration file, which may not exist.
    pub fn config_path(&self) -> Result<PathBuf, ConfigError> {
        let named = self.config_flag.clone().or_else(|| self.overrides.config_env.clone());
        named.or_else(config::default_path).ok_or_else(|| ConfigError::Missing {
            message: "cannot determine the configuration folder".to_owned(),
            hint: "set MPT_HOME or HOME, or give a file with --config or MPT_CONFIG".to_owned(),
        })
    }

    pub fn config_file(&self) -> Result<ConfigFile, ConfigError> {
        ConfigFile::load(&self.config_path()?)
    }

    /// The current settings. Notes are printed once if their source may be unexpected.
    pub fn settings(&self) -> Result<&Settings, ConfigError> {
        let settings = self.settings.as_ref().map_err(Clone::clone)?;
        if !self.has_noted.replace(true) {
            for note in &settings.notes {
                self.ui.note(note);
            }
        }
        Ok(settings)
    }

    /// The key of the current profile, if there is one, for commands that work without settings too.
    ///
    /// # Errors
    /// A profile was named, and cannot be used.
    pub fn profile(&self) -> Result<Option<&str>, ConfigError> {
        let is_named =
            self.overrides.profile_flag.is_some() || self.overrides.profile_env.is_some();
        match &self.settings {
            Ok(settings) => Ok(settings.profile.as_ref().map(|profile| profile.value.as_str())),
            Err(error) if is_named => Err(error.clone()),
            Err(_) => Ok(None),
        }
    }

    /// The sandbox and a complete set of flags and variables need no configuration file.
    fn file_to_resolve(&self) -> Result<ConfigFile, ConfigError> {
        let overrides = &self.overrides;
        let named = overrides.profile_flag.as_ref().or(overrides.profile_env.as_ref());
        if named.is_some_and(|name| name == SANDBOX) {
            return Ok(ConfigFile::absent());
        }
        let file = match self.config_path() {
            Err(_) if overrides.token_env.is_some() => return Ok(ConfigFile::absent()),
            path => ConfigFile::load(&path?)?,
        };
        if !file.exists && (self.config_flag.is_some() || self.overrides.config_env.is_some()) {
            return Err(ConfigError::File {
                path: file.path,
                line: None,
                message: "does not exist".to_owned(),
                hint: Some("create it with mpt config init --config FILE".to_owned()),
            });
        }
        Ok(file)
    }

    /// Access to the platform; for the profile `sandbox`, to a sandbox inside this process.
    pub async fn connect(&self) -> Result<Session<'_>, Failure> {
        self.connect_to(self.settings()?).await
    }

    /// The same with other settings than the current ones.
    pub async fn connect_to(&self, settings: &Settings) -> Result<Session<'_>, Failure> {
        if settings.is_sandbox() {
            return self.connect_to_sandbox(settings).await;
        }
        let credentials = self.credentials(settings).await?;
        Ok(self.connect_with(settings, credentials)?)
    }

    /// Access for a request that waits for an endpoint: without a timeout of its own, it may take two minutes.
    pub async fn connect_patiently(&self) -> Result<Session<'_>, Failure> {
        let mut settings = self.settings()?.clone();
        if settings.timeout.source == Source::Default {
            settings.timeout.value = PATIENT_TIMEOUT;
        }
        self.connect_to(&settings).await
    }

    /// Reads the token and the `ca_file`. A file or a command may take long, so Ctrl-C and the timeout end it.
    pub async fn credentials(&self, settings: &Settings) -> Result<Credentials, Failure> {
        let reading = async {
            let token = settings.token().await?;
            let ca_file = settings.ca_file().await?;
            Ok::<_, ConfigError>(Credentials {
                token,
                ca_file: ca_file.map(|(path, pem)| CaFile { name: "ca_file", path, pem }),
            })
        };
        if let Some(warning) = settings.token_warning() {
            self.ui.warn(&warning);
        }
        match timeout(settings.timeout.value, reading).await {
            Ok(credentials) => Ok(credentials?),
            Err(_) => {
                let waited = duration::shown(settings.timeout.value);
                let message =
                    format!("the token or the ca_file cannot be read: timed out after {waited}");
                Err(Failure::new(Kind::Config, message).with_hint("wait longer with --timeout 60s"))
            }
        }
    }

    /// Access to the platform with credentials that were already read.
    pub fn connect_with(
        &self,
        settings: &Settings,
        credentials: Credentials,
    ) -> Result<Session<'_>, api::Error> {
        let base_url = settings.base_url.value.clone();
        let place = place_of(settings, &credentials.token);
        Ok(Session {
            shown: self.shown_ids(settings, &base_url),
            webhooks: Webhooks::new(self.client(settings, base_url, place, credentials)?),
        })
    }

    fn client(
        &self,
        settings: &Settings,
        base_url: BaseUrl,
        place: Place,
        credentials: Credentials,
    ) -> Result<Client<'_>, api::Error> {
        let settings = api::ClientSettings {
            base_url,
            place: place.into(),
            token: credentials.token,
            timeout: settings.timeout.value,
            retries: self.retries,
            ca_file: credentials.ca_file,
            proxy: ProxySettings {
                url: settings.proxy.as_ref().map(|proxy| ProxyUrl {
                    url: proxy.value.clone(),
                    source: proxy.source.to_string(),
                }),
                no_proxy: settings.no_proxy.clone(),
            },
        };
        Client::new(settings, &self.ui)
    }

    pub async fn connect_to_sandbox(&self, settings: &Settings) -> Result<Session<'_>, Failure> {
        let data = sandbox::default_path(folders::data())?;
        let this_machine = Some(Ipv4Addr::LOCALHOST.into());
        let running = Running::bind(&data, this_machine, 0, Behaviour::default()).await?;
        let base_url = BaseUrl::sandbox(&running.base_url).map_err(anyhow::Error::from)?;
        let credentials = Credentials { token: running.token.clone(), ca_file: None };
        let shown = self.shown_ids(settings, &base_url);
        let place = Place {
            access: "the sandbox".to_owned(),
            token: "the token of the sandbox".to_owned(),
            ..Place::default()
        };
        let client = self.client(settings, base_url, place, credentials)?;
        tokio::spawn(running.serve(std::future::pending()));
        Ok(Session { webhooks: Webhooks::new(client), shown })
    }

    /// Only a user at a terminal completes IDs, so nothing is stored elsewhere.
    fn shown_ids(&self, settings: &Settings, base_url: &BaseUrl) -> ShownIds {
        let has_user = self.ui.has_terminal();
        ShownIds::new(has_user.then(|| path_for(settings, &base_url.platform())).flatten())
    }

    /// The file of the IDs that earlier commands have shown. Nothing connects, and no token is read.
    pub fn path_of_shown_ids(&self) -> Option<PathBuf> {
        let settings = self.settings.as_ref().ok()?;
        match settings.is_sandbox() {
            true => path_for(settings, SANDBOX),
            false => path_for(settings, &settings.base_url.value.platform()),
        }
    }
}

fn path_for(settings: &Settings, platform: &str) -> Option<PathBuf> {
    shown_ids::path(settings.profile.as_ref().map_or("", |profile| &profile.value), platform)
}

fn place_of(settings: &Settings, token: &Secret) -> Place {
    let source = settings.token.as_ref().map(|token| token.source.to_string());
    let from = source.unwrap_or_default();
    let access = match &settings.profile {
        Some(profile) if !settings.overrides_profile() => format!("profile {}", profile.value),
        _ => format!("token from {from}"),
    };
    let key = settings.token.as_ref().filter(|token| matches!(token.source, Source::Profile(_)));
    let key = key.map(|token| format!(" ({})", token.value.key().name())).unwrap_or_default();
    Place {
        host: settings.base_url.value.authority(),
        access,
        token: format!("the token {} from {from}{key}", mask_token(token)),
    }
}

/// The timeout of requests during which the platform calls an endpoint.
const PATIENT_TIMEOUT: Duration = Duration::from_secs(120);

/// Lets commands in messages repeat these options.
pub fn repeat_options(
    profile: Option<&String>,
    config: Option<&PathBuf>,
    base_url: Option<&String>,
) {
    own_command::repeat(GivenOptions {
        profile: profile.map(|name| shell_word(Path::new(name))),
        config: config.map(|path| shell_word(path)),
        base_url: base_url.map(|url| shell_word(Path::new(&without_userinfo(url)))),
    });
}

/// Ignoring an unreadable variable could send requests to another platform.
fn check_environment() -> Result<(), ConfigError> {
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_text = value.to_str().is_some() || name == folders::VARIABLE;
        if name.starts_with("MPT_") && !is_text {
            return Err(ConfigError::Value {
                name: name.into_owned(),
                message: "the value is not UTF-8".to_owned(),
            });
        }
    }
    Ok(())
}

/// Runs a future until it ends or a signal asks the program to end.
pub async fn unless_interrupted<T>(
    context: &Context,
    work: impl Future<Output = Result<T, Ending>>,
) -> Result<T, Ending> {
    let mut signals = Signals::listen()?;
    tokio::select! {
        biased;
        result = work => result,
        _ = signals.next() => Err(interrupted(context).into()),
    }
}

fn interrupted(context: &Context) -> Failure {
    if context.ui.is_interactive() {
        // The terminal has printed ^C on the current line.
        context.ui.stderr("");
    }
    let failure = Failure::new(Kind::Interrupted, "interrupted");
    match context.ui.interruption() {
        nothing if nothing.is_empty() => failure,
        hint => failure.with_hint(hint),
    }
}
