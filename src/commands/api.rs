//! `mpt api`

use std::ops::ControlFlow;
use std::path::PathBuf;

use http::Method;
use serde_json::{Map, Value};

use crate::api::raw::ApiPath;
use crate::api::{Fate, List, Part};
use crate::callout::path;
use crate::commands::shared::{Context, candidates, confirm, input};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::model::Document;
use crate::operations::Session;
use crate::reporter::Reporter;
use crate::text::plain;
use crate::ui::{Report, View};

/// Send any request to the platform
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The path is below /public/v1. The request has the profile's token, retries and timeout. Tokens in the answer are masked.

Examples:
  Look at an order:
    mpt api GET /commerce/orders/ORD-4821-7305-1196

  List the names of all products:
    mpt api GET /catalog/products --paginate --jq '.[].name'

  Read the settings of a product; some members are only sent if select names them:
    mpt api GET '/catalog/products/PRD-1111-1111?select=settings' --jq .settings

  Change a setting:
    mpt api PUT /catalog/products/PRD-1111-1111/settings \\
        --field preValidation.changeOrderDraft=true")]
pub struct Args {
    /// GET, POST, PUT, PATCH or DELETE
    #[arg(value_name = "METHOD", ignore_case = true, value_parser = ["GET", "POST", "PUT", "PATCH", "DELETE"])]
    method: String,

    /// Path below /public/v1, with a query
    #[arg(value_name = "PATH")]
    path: String,

    /// Set a member of the body, to JSON or text (can be repeated)
    #[arg(short, long, value_name = "PATH=VALUE", conflicts_with = "input")]
    field: Vec<String>,

    /// Send the JSON in this file (`-` for standard input)
    #[arg(long, value_name = "FILE", add = candidates::files())]
    input: Option<PathBuf>,

    /// Read all pages of a list, as one array
    #[arg(long)]
    paginate: bool,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let method = self.method.to_ascii_uppercase();
        let method = Method::from_bytes(method.as_bytes()).map_err(anyhow::Error::from)?;
        let path = ApiPath::parse(&self.path).map_err(|reason| {
            Failure::usage(format!("PATH {}: {reason}", self.path))
                .with_hint("for example /notifications/webhooks?limit=1")
        })?;
        let is_get = method == Method::GET;
        if self.paginate && !is_get {
            return Err(Failure::usage("--paginate only works with GET").into());
        }
        if is_get && (self.input.is_some() || !self.field.is_empty()) {
            return Err(
                Failure::usage("a GET has no body; put parameters into the query of PATH").into()
            );
        }
        let yes = self.yes || is_get;
        confirm::check(yes, context)?;
        let body = self.body().await?;
        let report = Report::new(&context.ui, View::<Value>::json(false))?;
        let session = context.connect().await?;
        let question = format!("{method} {} ({})?", path.path(), session.target_name());
        confirm::or_yes_with_key(yes, &question, context).await?;
        if self.paginate {
            return paginate(&path, &session, context).await;
        }
        let client = session.webhooks.client();
        let trying = format!("{method} {}", path.path());
        let answer = client.raw(method, &path, body.as_ref()).await.map_err(|error| {
            let is_unknown = !is_get && error.fate() == Fate::Unknown;
            let failure = Failure::from(error).while_trying(&trying);
            match is_unknown {
                true => failure
                    .with_hint("the request may have taken effect; look before you send it again"),
                false => failure,
            }
        })?;
        match answer {
            Some(value) => Ok(report.only(&value)?),
            None => {
                context.ui.note("The answer has no body");
                Ok(())
            }
        }
    }
}

impl Args {
    async fn body(&self) -> Result<Option<Value>, Failure> {
        if let Some(file) = &self.input {
            let text = input::text("--input", file).await?;
            let body = serde_json::from_str(&text).map_err(|error| {
                Failure::usage(format!(
                    "{}: not valid JSON: {}",
                    input::named("--input", file),
                    plain::json(&error)
                ))
            });
            return body.map(Some);
        }
        if self.field.is_empty() {
            return Ok(None);
        }
        let mut body = Value::Object(Map::new());
        for text in &self.field {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| Failure::usage(format!("--field {text}: not PATH=VALUE")))?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            path::set(&mut body, name, value)
                .map_err(|reason| Failure::usage(format!("--field {text}: {reason}")))?;
        }
        Ok(Some(body))
    }
}

/// Reads all pages of a list.
async fn paginate(path: &ApiPath, session: &Session<'_>, context: &Context) -> CommandResult {
    let mut report = Report::new(&context.ui, View::<Document<()>>::json(true))?;
    let mut pushed = Ok(());
    let list = List::at(path).at_once(context.jobs);
    let read = list.read(session.webhooks.client(), |part| {
        match part {
            Part::Start => report.clear(),
            Part::Rows(rows) => pushed = rows.iter().try_for_each(|row| report.push(row)),
        }
        match pushed {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    let trying = format!("read all pages of {}", path.path());
    read.await.map_err(|error| Failure::from(error).while_trying(&trying))?;
    pushed?;
    Ok(report.finish()?)
}
