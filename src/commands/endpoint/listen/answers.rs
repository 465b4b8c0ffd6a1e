//! The options that say how `listen` answers.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use http::{HeaderName, HeaderValue};
use url::Url;

use crate::callout::{Place, Target};
use crate::commands::shared::connection_args::ConnectionArgs;
use crate::commands::shared::{Context, candidates, input};
use crate::failure::{Failure, Kind};
use crate::listener::routes::{self, Routes};
use crate::listener::{Answering, Forwarder, Listener};
use crate::model::url::{shown, without_userinfo};
use crate::model::webhook_type;
use crate::operations::endpoints::target::Access;
use crate::reporter::{LogLines, Reporter};
use crate::system::files::shell_quoted;
use crate::text::did_you_mean;
use crate::text::plain;
use crate::ui::log_line;

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

    /// Set a header of forwarded callouts, such as Host (can be repeated)
    #[arg(long = "header", value_name = "NAME:VALUE")]
    headers: Vec<String>,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Parses a header. The error does not contain its value, which may be a secret.
fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let refused = |why: &str| Failure::usage(format!("--header: {why}"));
    let (name, value) =
        text.split_once(':').ok_or_else(|| refused("not a header; write it as NAME:VALUE"))?;
    let name: HeaderName = name
        .trim()
        .parse()
        .map_err(|_| refused("what is before the colon is not the name of a header"))?;
    let value: HeaderValue = value
        .trim()
        .parse()
        .map_err(|_| refused(&format!("{name}: the value contains a control character")))?;
    let is_host = |value: &HeaderValue| {
        value.to_str().is_ok_and(|host| host.parse::<http::uri::Authority>().is_ok())
    };
    match name.as_str() {
        "connection" | "content-length" | "expect" | "mpt-listener" | "te" | "trailer"
        | "transfer-encoding" | "upgrade" => Err(refused(&format!("{name} is set by mpt itself"))),
        "host" if !is_host(&value) => {
            Err(refused("host: the value is not a host, with a port or without"))
        }
        _ => Ok((name, value)),
    }
}

impl AnswerArgs {
    pub async fn read(&self, listener: &Listener, context: &Context) -> Result<Answering, Failure> {
        let is_forwarding = self.forward_to.is_some() || self.routes.is_some();
        if !self.headers.is_empty() && !is_forwarding {
            let message = "--header is for callouts that are forwarded";
            return Err(Failure::usage(message).with_hint("add --forward-to URL or --routes FILE"));
        }
        self.connection.need("--forward-to or --routes", is_forwarding)?;
        if let Some(message) = &self.refuse {
            if !(1..=4000).contains(&message.chars().count()) {
                return Err(Failure::usage("--refuse: the message must have 1 to 4000 characters"));
            }
            return Ok(Answering::Refuse(message.clone()));
        }
        if let Some(text) = &self.forward_to {
            let access = self.connection.read(context).await?;
            let target = endpoint(text, listener, &access).await?;
            return self.forward(Routes::all_to(target), &access);
        }
        if let Some(path) = &self.routes {
            let file = read_routes(path).await?;
            let named = input::named("--routes", path);
            let access = self.connection.read(context).await?;
            let mut routes = Vec::new();
            for route in file.routes {
                let target = endpoint(&route.to, listener, &access).await;
                let target = target.map_err(|failure| Failure {
                    message: format!("{named}: {}", failure.message),
                    ..failure
                })?;
                routes.push((route, target));
            }
            return self.forward(Routes::new(routes), &access);
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
            let why = plain::json(&error);
            let warning =
                format!("{name} is not valid JSON, so the platform would count a failure: {why}");
            context.ui.warn(&warning);
        }
        Ok(Answering::File(self.respond.clone()))
    }

    /// The arguments that make `mpt endpoint replay` send callouts to the same endpoint; its URL without user, password and
    /// query, which the page shows nowhere.
    pub fn replay_arguments(&self) -> String {
        let to = self.forward_to.as_deref();
        let to = to.and_then(|to| Url::parse(to).ok()).map(|to| shell_quoted(&shown(&to)));
        to.map_or_else(String::new, |to| format!(" --to {to}{}", self.connection.as_flags()))
    }

    fn forward(&self, routes: Routes, access: &Access<'_>) -> Result<Answering, Failure> {
        let headers = self.headers.iter().map(|text| parse_header(text));
        let headers = headers.collect::<Result<_, _>>()?;
        let log = LogLines { verbosity: access.reporter.verbosity(), write: log_line };
        let forwarder = Forwarder::new(routes, headers, &access.connection, log);
        let forwarder = forwarder.map_err(|error| Failure::new(Kind::Config, error.to_string()))?;
        Ok(Answering::Forward(Box::new(forwarder)))
    }
}

async fn endpoint(text: &str, listener: &Listener, access: &Access<'_>) -> Result<Target, Failure> {
    let target = access.target(text).await?;
    let port = target.url.port_or_known_default();
    if target.place == Place::ThisMachine && port == Some(listener.port) {
        let text = without_userinfo(text);
        return Err(Failure::usage(format!("{text} is the address of this listener")));
    }
    Ok(target)
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
