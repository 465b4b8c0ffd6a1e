//! Builds the body of a create or an update from flags and a file, and checks it before anything is sent.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::secret_args::SecretArgs;
use super::{Context, candidates, input};
use crate::failure::Failure;
use crate::model::url::PASSWORD_WARNING;
use crate::model::url::without_userinfo;
use crate::model::{Anchor, Criteria, EndpointUrl, WebhookBody, WebhookChanges};
use crate::reporter::Reporter;
use crate::source::FileFormat;
use crate::source::node::explained;
use crate::text::plain;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct BodyArgs {
    /// URL of the endpoint; http:// is only allowed for this machine
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub url: Option<String>,

    /// What the webhook is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// Value that the event's object must have at this path (can be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    #[arg(add = candidates::criteria())]
    pub criteria: Vec<String>,

    /// Product that it is for: its ID or whole name; short for --criteria product.id=ID
    #[arg(long, value_name = "ID|NAME")]
    #[arg(add = candidates::ids("PRD"))]
    pub product: Option<String>,

    /// Program that it is for: its ID or whole name; short for --criteria program.id=ID
    #[arg(long, value_name = "ID|NAME")]
    #[arg(add = candidates::ids("PRG"))]
    pub program: Option<String>,

    /// Form that it is for: its ID or whole name; short for --criteria form.id=ID
    #[arg(long, value_name = "ID|NAME")]
    #[arg(add = candidates::ids("FRM"))]
    pub form: Option<String>,

    /// Read the request body from a JSON, YAML or TOML file (`-` for standard input); flags override it
    #[arg(long, value_name = "FILE", add = candidates::files())]
    pub from: Option<PathBuf>,

    #[command(flatten)]
    pub secret: SecretArgs,
}

/// Warns of a password in a URL, which everyone sees who may see the webhook.
pub fn warn_of_password(url: Option<&str>, context: &Context) {
    if url.is_some_and(|url| without_userinfo(url) != url) {
        context.ui.warn(PASSWORD_WARNING);
    }
}

impl BodyArgs {
    /// Whether any flag changes the body.
    pub fn is_given(&self) -> bool {
        self.url.is_some()
            || self.description.is_some()
            || self.from.is_some()
            || self.secret.is_given()
            || !self.criteria.is_empty()
            || Anchor::ALL.into_iter().any(|anchor| self.anchor(anchor).is_some())
    }

    fn anchor(&self, anchor: Anchor) -> Option<&str> {
        match anchor {
            Anchor::Product => self.product.as_deref(),
            Anchor::Program => self.program.as_deref(),
            Anchor::Form => self.form.as_deref(),
        }
    }

    /// The members of the file, overridden by flags.
    pub async fn read(&self) -> Result<WebhookChanges, Failure> {
        if self.from.as_deref().is_some_and(input::is_stdin) && self.secret.source.reads_stdin() {
            let message = "--from - and --secret-file - cannot both read standard input";
            return Err(Failure::usage(message));
        }
        let mut body = match &self.from {
            Some(path) => read_file(path).await?,
            None => WebhookBody::default(),
        };
        let url_name = if self.url.is_some() { "--url" } else { "url" };
        body.url = self.url.clone().or(body.url);
        if let Some(url) = &body.url {
            check_url(url, url_name)?;
        }
        if let Some(description) = &self.description {
            body.description = Some(Some(description.clone()));
        }
        let criteria = self.criteria()?;
        if let Some(secret) = self.secret.read().await? {
            body.secret = Some(Some(secret));
        } else if let Some(Some(secret)) = &body.secret
            && secret.expose().is_empty()
        {
            return Err(Failure::usage("secret: it is empty; omit it, or use null to clear it"));
        }
        Ok(WebhookChanges { body, criteria })
    }

    fn criteria(&self) -> Result<Criteria, Failure> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for text in &self.criteria {
            let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
            let (key, value) = pair.ok_or_else(|| {
                Failure::usage(format!("--criteria {text}: not KEY=VALUE"))
                    .with_hint("for example --criteria product.id=PRD-1111-1111")
            })?;
            add(&mut pairs, key, value)?;
        }
        for anchor in Anchor::ALL {
            match self.anchor(anchor) {
                Some("") => {
                    let message = format!("--{}: the ID is empty", anchor.name());
                    return Err(Failure::usage(message));
                }
                Some(id) => add(&mut pairs, anchor.criterion(), id)?,
                None => {}
            }
        }
        Ok(pairs.into_iter().collect())
    }
}

fn add(pairs: &mut Vec<(String, String)>, key: &str, value: &str) -> Result<(), Failure> {
    if pairs.iter().any(|(known, _)| known == key) {
        let failure = Failure::usage(format!("--criteria: the key `{key}` is given twice"));
        return Err(match key {
            "status" => failure.with_hint(
                "to match several values: --criteria 'status=in(status,(Draft,Quoted))'",
            ),
            _ => failure,
        });
    }
    pairs.push((key.to_owned(), value.to_owned()));
    Ok(())
}

/// Checks what the platform is known to refuse in a URL; the error names the flag or member.
fn check_url(text: &str, name: &str) -> Result<(), Failure> {
    match url_error(text) {
        Some((message, hint)) => {
            Err(Failure::usage(format!("{name} {}: {message}", without_userinfo(text)))
                .with_hint(hint))
        }
        None => Ok(()),
    }
}

/// What is wrong with a URL, and a hint.
pub fn url_error(text: &str) -> Option<(String, &'static str)> {
    use crate::model::url::Error;
    let error = EndpointUrl::parse(text).err()?;
    let hint = match error {
        Error::Unencrypted => "the platform only calls https:// endpoints",
        _ => "for example https://hooks.example.com/validate",
    };
    Some((error.to_string(), hint))
}

/// A request body in a file: JSON, YAML or TOML, by its extension or its content.
async fn read_file(path: &Path) -> Result<WebhookBody, Failure> {
    let text = input::text("--from", path).await?;
    let format = FileFormat::from_extension(path).unwrap_or(FileFormat::from_content(&text));
    parse(&text, format).map_err(|message| {
        let name = input::named("--from", path);
        Failure::usage(format!("{name}: {message}")).with_hint(
            "the file is a request body with url, type, description, criteria and secret",
        )
    })
}

fn parse(text: &str, format: FileFormat) -> Result<WebhookBody, String> {
    match format {
        FileFormat::Json => serde_json::from_str(text).map_err(|error| plain::json(&error)),
        FileFormat::Yaml => serde_saphyr::from_str(text).map_err(|error| {
            let (line, message) = explained(&error);
            line.map_or(message.clone(), |line| format!("{message} (line {line})"))
        }),
        FileFormat::Toml => toml::from_str(text).map_err(|error| input::toml_error(text, &error)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{FileFormat, parse};

    #[test]
    fn three_formats_say_the_same() {
        let formats = [
            (
                FileFormat::Json,
                r#"{"type": "T", "url": "https://a.example", "criteria": {"product.id": "P"}}"#,
            ),
            (FileFormat::Yaml, "type: T\nurl: https://a.example\ncriteria:\n  product.id: P\n"),
            (
                FileFormat::Toml,
                "type = \"T\"\nurl = \"https://a.example\"\ncriteria = { \"product.id\" = \"P\" }\n",
            ),
        ];
        for (format, text) in formats {
            assert_eq!(FileFormat::from_content(text), format);
            let body = parse(text, format).unwrap();
            assert_eq!(
                body.to_json().to_string(),
                r#"{"type":"T","url":"https://a.example","criteria":{"product.id":"P"}}"#
            );
        }
    }

    proptest! {
        #[test]
        fn any_file_is_parsed_or_refused(text in "(\\{|\\}|url|type|:|=|\"|\n| |- |&a|\\*a|.){0,60}") {
            for format in FileFormat::ALL {
                parse(&text, format).ok();
            }
            FileFormat::from_content(&text);
        }
    }
}
