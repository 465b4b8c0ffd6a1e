//! `mpt config init`

use std::path::PathBuf;

use clap::ValueHint;
use toml_edit::value;

use super::check;
use crate::commands::config::token_source;
use crate::commands::shared::{Context, candidates, confirm};
use crate::commands::verb::Verb;
use crate::config::edit::{edit_profile, set_token};
use crate::config::profile::{checked_token, objection_to_name};
use crate::config::{ConfigFile, Key, Overrides, SANDBOX, Settings, TokenSource};
use crate::failure::{self, CommandResult, Ending, Failure};
use crate::model::base_url::PRODUCTION;
use crate::model::{BaseUrl, Secret};
use crate::reporter::Reporter;
use crate::text::MPT;

/// Create a profile; asks for what is missing on a terminal
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Answer questions:
    mpt config init

  In a script, with the token from standard input:
    mpt config init -p staging --base-url https://api.example.com \\
        --token-stdin < token.txt

  Keep the token in a password manager:
    mpt config init --token-command 'pass show mpt'")]
pub struct Args {
    #[command(flatten)]
    token: TokenArgs,

    /// Ask before every change on this platform
    #[arg(long)]
    protected: bool,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct TokenArgs {
    /// Read the token from standard input and store it in the configuration file
    #[arg(long)]
    token_stdin: bool,

    /// Read the token from this environment variable each time
    #[arg(long, value_name = "VAR")]
    token_env: Option<String>,

    /// Read the token from this file each time
    #[arg(long, value_name = "FILE", add = candidates::files())]
    token_file: Option<PathBuf>,

    /// Run this command each time to get the token
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    token_command: Option<String>,
}

/// The name of the created profile if none is given.
const FIRST: &str = "default";

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let mut file = context.config_file()?;
        let asks = context.ui.is_interactive();
        let name = name(context, &file, asks).await?;
        let base_url = base_url(context, asks).await?;
        let source = match self.token.source().await? {
            Some(source) => source,
            None if asks => TokenSource::Literal(ask_token(context).await?),
            None => {
                let failure = Failure::usage("cannot ask for the token without a terminal");
                let hint = "use one of --token-stdin, --token-env, --token-file, --token-command";
                return Err(failure.with_hint(hint).into());
            }
        };
        if asks {
            try_it(&base_url, &source, context).await?;
        } else if let TokenSource::Literal(token) = &source
            && let Some(objection) = objection_to(token.expose())
        {
            context.ui.warn(&objection);
        }
        let is_protected = self.protected || asks && wants_protection(&base_url, context).await?;
        let mut becomes_default = false;
        file.try_edit(|document, current| {
            // Another process may have created it since.
            if current.profile(&name).is_some() {
                return Err(exists(&name));
            }
            becomes_default = current.default_profile.is_none() && current.profiles.is_empty();
            if becomes_default {
                document["default_profile"] = value(&name);
            }
            edit_profile(document, &name, |table| {
                table.insert("base_url", value(&base_url));
                set_token(table, &source);
                if is_protected {
                    table.insert(Key::Protected.name(), value(true));
                }
            });
            Ok(())
        })?;
        let default = if becomes_default { " (the default)" } else { "" };
        context.ui.note(&format!("Profile `{name}`{default} is in {}", file.path.display()));
        if !asks {
            let option = match becomes_default {
                true => String::new(),
                false => format!(" -p '{name}'"),
            };
            let note = format!("Try it: mpt config check{option}");
            context.ui.note(&note);
        }
        Ok(())
    }
}

/// Production is where an accident costs most.
async fn wants_protection(base_url: &str, context: &Context) -> Result<bool, Ending> {
    let server = |text: &str| BaseUrl::parse(text).ok().map(|url| url.server());
    if server(base_url) != server(PRODUCTION) {
        return Ok(false);
    }
    Ok(context.ui.confirm("Protect this profile, so that every change asks first?").await?)
}

/// Checks what was typed before it is stored. If the check fails, the user decides.
async fn try_it(base_url: &str, source: &TokenSource, context: &Context) -> CommandResult {
    let token = source.read().await?;
    let overrides = Overrides {
        profile_flag: None,
        profile_env: None,
        base_url_flag: None,
        base_url_env: Some(base_url.to_owned()),
        token_env: Some(token.expose().to_owned()),
        ..context.overrides.clone()
    };
    let settings = Settings::resolve(&overrides, &ConfigFile::absent())?;
    match check::check(&settings, context).await {
        Err(Ending::Failed(failure)) => {
            failure::print(&failure, &context.ui);
            confirm::ask("Store the profile all the same?", context).await
        }
        checked => checked,
    }
}

async fn ask_token(context: &Context) -> Result<Secret, Ending> {
    let question = "Token (idt:TKN-…, hidden):";
    let validate = |typed: &str| match checked_token(typed, "token") {
        Ok(token) => objection_to(token.expose()),
        Err(error) => Some(error.to_string()),
    };
    let typed = context.ui.ask_hidden(question, validate).await?;
    Ok(checked_token(&typed, "token")?)
}

/// What speaks against a text as a token of the platform.
fn objection_to(token: &str) -> Option<String> {
    let objection = "this is not a token: tokens look like idt:TKN-1234-5678:…; copy the whole token from the platform";
    (!token.starts_with("idt:TKN-")).then(|| objection.to_owned())
}

async fn name(context: &Context, file: &ConfigFile, asks: bool) -> Result<String, Ending> {
    let taken: Vec<String> = file.names().map(str::to_owned).collect();
    let validate = move |name: &str| {
        if let Some(objection) = objection_to_name(name) {
            Some(objection)
        } else if name == SANDBOX {
            Some("the profile `sandbox` is built in".to_owned())
        } else if taken.iter().any(|taken| taken == name) {
            Some(format!("profile `{name}` exists already"))
        } else {
            None
        }
    };
    let name = match &context.overrides.profile_flag {
        Some(name) => name.clone(),
        None if asks => {
            return Ok(context.ui.ask("Name of the profile:", FIRST, Box::new(validate)).await?);
        }
        None => FIRST.to_owned(),
    };
    match validate(&name) {
        Some(_) if file.profile(&name).is_some() => Err(exists(&name).into()),
        Some(why) => Err(Failure::usage(why).with_hint("use another name with -p").into()),
        None => Ok(name),
    }
}

fn exists(name: &str) -> Failure {
    Failure::usage(format!("profile `{name}` exists already"))
        .with_hint(format!("use another name with -p, or change the profile with {MPT} config set"))
}

async fn base_url(context: &Context, asks: bool) -> Result<String, Ending> {
    let validate = |text: &str| Key::BaseUrl.check(text).err();
    let base_url = match &context.overrides.base_url_flag {
        Some(base_url) => base_url.clone(),
        None if asks => {
            return Ok(context.ui.ask("Base URL:", PRODUCTION, Box::new(validate)).await?);
        }
        None => PRODUCTION.to_owned(),
    };
    match validate(&base_url) {
        Some(why) => Err(Failure::usage(format!("--base-url: {why}")).into()),
        None => Ok(base_url),
    }
}

impl TokenArgs {
    async fn source(&self) -> Result<Option<TokenSource>, Failure> {
        if self.token_stdin {
            return Ok(Some(TokenSource::Literal(token_source::from_stdin().await?)));
        }
        if let Some(variable) = &self.token_env {
            if variable.is_empty() {
                return Err(Failure::usage("--token-env: the name is empty"));
            }
            return Ok(Some(TokenSource::Env(variable.clone())));
        }
        if let Some(path) = &self.token_file {
            return token_source::file(path).map(Some);
        }
        match &self.token_command {
            Some(command) => token_source::command_words(std::slice::from_ref(command)).map(Some),
            None => Ok(None),
        }
    }
}
