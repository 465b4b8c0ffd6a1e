//! The options that say how `listen` answers.

use std::path::{Path, PathBuf};

use clap::ValueHint;

use crate::commands::shared::{Context, candidates, input};
use crate::failure::{Failure, Kind};
use crate::listener::routes::{self, Routes};
use crate::listener::{Answering, Forwarder, Listener};
use crate::model::webhook_type;
use crate::operations::endpoints::target::check_reach;
use crate::reporter::Reporter;
use crate::system::files::shell_quoted;
use crate::text::did_you_mean;

#[derive(Debug, clap::Args)]
#[group(multiple = true)]
#[command(next_help_heading = "Answer")]
pub struct AnswerArgs {
    /// Answer with the received object (echo) or with the contents of a file
    #[arg(long, value_name = "echo|FILE", default_value = "echo", add = candidates::files())]
    #[arg(conflicts_with_all = ["refuse", "forward_to", "routes"])]
    respond: PathBuf,

    /// Answer with the received object and this error
    #[arg(long, value_name = "MESSAGE", conflicts_with_all = ["forward_to", "routes"])]
    refuse: Option<String>,

    /// Forward callouts to this URL and return its answers
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "routes")]
    forward_to: Option<String>,

    /// Forward callouts by the routes in this file
    #[arg(long, value_name = "FILE", add = candidates::files())]
    routes: Option<PathBuf>,

    /// Allow forwarding to other machines
    #[arg(long)]
    remote: bool,
}

impl AnswerArgs {
    pub async fn read(&self, listener: &Listener, context: &Context) -> Result<Answering, Failure> {
        if let Some(message) = &self.refuse {
            if !(1..=4000).contains(&message.chars().count()) {
                return Err(Failure::usage("--refuse: the message must have 1 to 4000 characters"));
            }
            return Ok(Answering::Refuse(message.clone()));
        }
        if let Some(text) = &self.forward_to {
            let url = self.endpoint(text, listener)?;
            return forward(Routes::all_to(url));
        }
        if let Some(path) = &self.routes {
            let file = read_routes(path).await?;
            let named = input::named("--routes", path);
            let endpoint = |text: &str| {
                self.endpoint(text, listener).map_err(|failure| Failure {
                    message: format!("{named}: {}", failure.message),
                    ..failure
                })
            };
            return forward(Routes::new(file, endpoint)?);
        }
        if self.respond == Path::new("echo") {
            return Ok(Answering::Echo);
        }
        if input::is_stdin(&self.respond) {
            let message =
                "--respond: the file is read for every callout; standard input cannot be used";
            return Err(Failure::usage(message));
        }
        // The file is read for every callout, so that it can be edited while `listen` runs.
        let answer = input::bytes("--respond", &self.respond).await?;
        if let Err(error) = crate::text::json::parse::<serde_json::Value>(&answer) {
            let name = input::named("--respond", &self.respond);
            let warning =
                format!("{name} is not valid JSON, so the platform would count a failure: {error}");
            context.ui.warn(&warning);
        }
        Ok(Answering::File(self.respond.clone()))
    }

    /// The arguments that make `mpt endpoint replay` send callouts to the same endpoint.
    pub fn replay_arguments(&self) -> String {
        let to = self.forward_to.as_deref().map(shell_quoted);
        let remote = if self.remote { " --remote" } else { "" };
        to.map_or_else(String::new, |to| format!(" --to {to}{remote}"))
    }

    fn endpoint(&self, text: &str, listener: &Listener) -> Result<url::Url, Failure> {
        let url = check_reach(text, self.remote)?;
        if url.is_local() && url.port_or_known_default() == Some(listener.port) {
            return Err(Failure::usage(format!("{text} is the address of this listener")));
        }
        Ok(url.into_url())
    }
}

fn forward(routes: Routes) -> Result<Answering, Failure> {
    let forwarder =
        Forwarder::new(routes).map_err(|error| Failure::new(Kind::Config, error.to_string()))?;
    Ok(Answering::Forward(forwarder))
}

async fn read_routes(path: &Path) -> Result<routes::RoutesFile, Failure> {
    let text = input::text("--routes", path).await?;
    let named = input::named("--routes", path);
    let file: routes::RoutesFile = toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("{named}: {}", input::toml_error(&text, &error)))
    })?;
    if file.routes.is_empty() {
        return Err(Failure::usage(format!("{named}: contains no routes")));
    }
    for route in &file.routes {
        if let Some(path) = &route.path
            && !path.starts_with('/')
        {
            let message = format!("{named}: the path `{path}` must begin with /");
            return Err(Failure::usage(message));
        }
        if let Some(name) = &route.webhook_type
            && webhook_type::find(name).is_none()
        {
            let near = did_you_mean(name, webhook_type::names());
            let message = format!(
                "{named}: the type of a callout is found by its object, and `{name}` is not known{near}"
            );
            return Err(Failure::usage(message));
        }
    }
    Ok(file)
}
