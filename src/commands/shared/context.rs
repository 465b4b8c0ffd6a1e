//! What every command runs in: the console, the configuration, and the way to the platform.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::api::{self, BaseUrl, Client, Reporter, Webhooks};
use crate::cli::Globals;
use crate::config::resolve::output_from_environment;
use crate::config::{self, ConfigFile, Error as ConfigError, Overrides, SANDBOX, Settings};
use crate::model::Secret;
use crate::sandbox;
use crate::sandbox::router::Behaviour;
use crate::system::folders;
use crate::ui::Console;

pub struct Context {
    pub console: Console,
    pub overrides: Overrides,
    config_flag: Option<PathBuf>,
    retries: u32,
}

/// A way to the platform, and how to name it to a person.
pub struct Session<'c> {
    pub webhooks: Webhooks<'c>,
    /// `profile production, api.platform.softwareone.com`
    pub place: String,
    /// The origin; of the sandbox inside this process, its name.
    pub platform: String,
}

impl Context {
    /// # Errors
    /// A variable that is no UTF-8: to go on without it would be to go elsewhere.
    pub fn new(globals: &Globals, console: Console) -> Result<Self, ConfigError> {
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("MPT_") && name != folders::VARIABLE && value.to_str().is_none() {
                let message = "its value is not UTF-8".to_owned();
                return Err(ConfigError::Value {
                    name: name.into_owned(),
                    message,
                });
            }
        }
        let overrides = globals.overrides().with_environment(variable);
        // One that is wrong is told once the settings are needed.
        if let Ok(Some(format)) = output_from_environment(&overrides) {
            console.set_fallback_format(format);
        }
        Ok(Self {
            console,
            overrides,
            config_flag: globals.config.clone(),
            retries: globals.retries,
        })
    }

    /// Where the configuration is, or would be.
    pub fn config_path(&self) -> Result<PathBuf, ConfigError> {
        let named = self
            .config_flag
            .clone()
            .or_else(|| variable("MPT_CONFIG").map(PathBuf::from));
        named
            .or_else(config::default_path)
            .ok_or_else(|| ConfigError::Missing {
                message: "the system has no configuration folder".to_owned(),
                hint: "set MPT_HOME or HOME, or name a file with --config or MPT_CONFIG".to_owned(),
            })
    }

    pub fn config_file(&self) -> Result<ConfigFile, ConfigError> {
        ConfigFile::load(&self.config_path()?)
    }

    /// The values in force. Tells how they came about where that may surprise, and sets what `-o`
    /// falls back to.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        output_from_environment(&self.overrides)?;
        let file = self.file_to_resolve()?;
        let settings = Settings::resolve(&self.overrides, &file)?;
        self.console.set_fallback_format(settings.output.value);
        for note in &settings.notes {
            self.console.note(note);
        }
        Ok(settings)
    }

    /// The sandbox needs no file, and flags and variables that say it all need none either.
    fn file_to_resolve(&self) -> Result<ConfigFile, ConfigError> {
        let named = self
            .overrides
            .profile_flag
            .as_ref()
            .or(self.overrides.profile_env.as_ref());
        if named.is_some_and(|name| name == SANDBOX) {
            return Ok(ConfigFile::absent());
        }
        let file = match self.config_path() {
            Err(_) if self.overrides.token_env.is_some() => return Ok(ConfigFile::absent()),
            path => ConfigFile::load(&path?)?,
        };
        if !file.exists && self.config_flag.is_some() {
            return Err(ConfigError::File {
                path: file.path,
                line: None,
                message: "does not exist".to_owned(),
                hint: Some("mpt config init --config FILE makes it".to_owned()),
            });
        }
        Ok(file)
    }

    /// The way to the platform; for the profile `sandbox`, to one inside this process.
    pub async fn connect(&self) -> anyhow::Result<Session<'_>> {
        let settings = self.settings()?;
        if settings.is_sandbox() {
            return self.connect_to_sandbox(&settings).await;
        }
        let token = settings.token()?;
        Ok(self.connect_with(&settings, token)?)
    }

    /// The way to the platform with a token that was read already.
    pub fn connect_with(
        &self,
        settings: &Settings,
        token: Secret,
    ) -> Result<Session<'_>, api::Error> {
        let place = match &settings.profile {
            Some(profile) => {
                format!(
                    "profile {}, {}",
                    profile.value,
                    settings.base_url.value.host()
                )
            }
            None => settings.base_url.value.origin(),
        };
        let client = self.client(settings, settings.base_url.value.clone(), token)?;
        Ok(Session {
            webhooks: Webhooks::new(client),
            place,
            // One name for each: a take-over must not be taken over by another name.
            platform: settings
                .base_url
                .value
                .origin()
                .replace("//localhost:", "//127.0.0.1:"),
        })
    }

    fn client(
        &self,
        settings: &Settings,
        base_url: BaseUrl,
        token: Secret,
    ) -> Result<Client<'_>, api::Error> {
        let settings = api::Settings {
            base_url,
            token,
            timeout: settings.timeout.value,
            retries: self.retries,
            ca_file: settings
                .ca_file
                .as_ref()
                .map(|ca_file| ca_file.value.clone()),
            proxy: settings.proxy.clone(),
        };
        Client::new(settings, &self.console)
    }

    pub async fn connect_to_sandbox(&self, settings: &Settings) -> anyhow::Result<Session<'_>> {
        let data = sandbox::default_path(folders::data())?;
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let running = sandbox::Running::bind(&data, any_port, Behaviour::default()).await?;
        let base_url = BaseUrl::parse(&running.base_url)?;
        let client = self.client(settings, base_url, running.token.clone())?;
        tokio::spawn(running.serve(std::future::pending()));
        Ok(Session {
            webhooks: Webhooks::new(client),
            place: "the sandbox".to_owned(),
            platform: config::SANDBOX.to_owned(),
        })
    }
}

/// A variable of the environment; an empty one counts as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Reporter for Console {
    fn verbosity(&self) -> u8 {
        self.verbosity
    }

    fn log(&self, line: &str) {
        Console::log(self, line);
    }

    fn tell(&self, line: &str) {
        self.note(line);
    }

    fn changing(&self) {
        self.tell_if_interrupted(
            "a request that was on its way may have been carried out: mpt webhook list shows it",
        );
    }
}
