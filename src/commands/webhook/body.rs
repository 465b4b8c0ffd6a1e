//! The body of a create or an update, from flags and a file, checked before anything is sent.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::secret::SecretArgs;
use crate::commands::Context;
use crate::config::did_you_mean;
use crate::error::Failure;
use crate::model::url::{is_loopback, parse_http};
use crate::model::webhook_type::{self, WebhookType};
use crate::model::{Criteria, WebhookBody};
use crate::output::prompt::read_stdin;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct BodyArgs {
    /// The endpoint to call: https://, or http:// to this machine
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub url: Option<String>,

    /// What the webhook is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// What the event's object must match, by path (can be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    pub criteria: Vec<String>,

    /// The product that it is for: --criteria product.id=ID
    #[arg(long, value_name = "ID")]
    pub product: Option<String>,

    /// The program that it is for: --criteria program.id=ID
    #[arg(long, value_name = "ID")]
    pub program: Option<String>,

    /// The form that it is for: --criteria form.id=ID
    #[arg(long, value_name = "ID")]
    pub form: Option<String>,

    /// Take the request body from a JSON, YAML or TOML file, `-` for standard input; flags win
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub from: Option<PathBuf>,

    #[command(flatten)]
    pub secret: SecretArgs,
}

impl BodyArgs {
    /// Whether any flag says something about the body.
    pub fn is_given(&self) -> bool {
        self.url.is_some()
            || self.description.is_some()
            || self.from.is_some()
            || self.secret.is_given()
            || !self.criteria.is_empty()
            || self.product.is_some()
            || self.program.is_some()
            || self.form.is_some()
    }

    /// The file's members with the flags on top.
    pub async fn read(&self) -> Result<Given, Failure> {
        if self.from.as_deref() == Some(Path::new("-")) && self.secret.source.reads_stdin() {
            return Err(Failure::usage(
                "--from - and --secret-file - both read standard input",
            ));
        }
        let mut body = match &self.from {
            Some(path) => read_file(path).await?,
            None => WebhookBody::default(),
        };
        if let Some(url) = &self.url {
            body.url = Some(url.clone());
        }
        if let Some(url) = &body.url {
            check_url(url, if self.url.is_some() { "--url" } else { "url" })?;
        }
        if let Some(description) = &self.description {
            body.description = Some(Some(description.clone()));
        }
        let criteria = self.criteria_flags()?;
        self.secret.check_out()?;
        if let Some(secret) = self.secret.read().await? {
            body.secret = Some(Some(secret));
        } else if let Some(Some(secret)) = &body.secret
            && secret.expose().is_empty()
        {
            return Err(Failure::usage(
                "secret: it is empty; leave it out, or use null to clear it",
            ));
        }
        Ok(Given { body, criteria })
    }

    fn criteria_flags(&self) -> Result<Criteria, Failure> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for text in &self.criteria {
            let (key, value) = text
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| {
                    Failure::usage(format!("--criteria {text}: is not KEY=VALUE"))
                        .with_hint("for example --criteria product.id=PRD-1111-1111")
                })?;
            add(&mut pairs, key, value)?;
        }
        for (flag, key, value) in [
            ("--product", "product.id", &self.product),
            ("--program", "program.id", &self.program),
            ("--form", "form.id", &self.form),
        ] {
            let Some(id) = value else { continue };
            if id.is_empty() {
                return Err(Failure::usage(format!("{flag}: the id is empty")));
            }
            add(&mut pairs, key, id)?;
        }
        Ok(pairs.into_iter().collect())
    }
}

/// What was given: a body, and criteria whose keys change those of the body, or of the webhook that
/// is there.
pub struct Given {
    pub body: WebhookBody,
    criteria: Criteria,
}

impl Given {
    pub fn has_criteria_flags(&self) -> bool {
        !self.criteria.is_empty()
    }

    /// The body to send. The flags change the file's criteria, and those of `current` without any.
    pub fn into_body(mut self, current: Criteria) -> WebhookBody {
        if !self.criteria.is_empty() {
            let base = self.body.criteria().cloned().unwrap_or(current);
            self.body.criteria = Some(Some(merge(base, &self.criteria)));
        }
        self.body
    }
}

fn add(pairs: &mut Vec<(String, String)>, key: &str, value: &str) -> Result<(), Failure> {
    if pairs.iter().any(|(known, _)| known == key) {
        let failure = Failure::usage(format!("--criteria: the key `{key}` is given twice"));
        return Err(if key == "status" {
            failure.with_hint(
                "several values go into one: --criteria 'status=in(status,(Draft,Quoted))'",
            )
        } else {
            failure
        });
    }
    pairs.push((key.to_owned(), value.to_owned()));
    Ok(())
}

/// `base` with the keys of `changes` replaced or added.
fn merge(base: Criteria, changes: &Criteria) -> Criteria {
    let kept = base
        .iter()
        .map(|(key, value)| (key, changes.get(key).unwrap_or(value)));
    let added = changes.iter().filter(|(key, _)| base.get(key).is_none());
    kept.chain(added)
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// What the platform is known to refuse of a URL, by the name of the flag or member.
fn check_url(text: &str, name: &str) -> Result<(), Failure> {
    let url = parse_http(text).map_err(|error| {
        Failure::usage(format!("{name} {text}: {error}"))
            .with_hint("for example https://hooks.example.com/validate")
    })?;
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(
            Failure::usage(format!("{name} {text}: http:// is for this machine only"))
                .with_hint("the platform calls https:// endpoints"),
        );
    }
    Ok(())
}

/// Settles the type of a create: known ones in the platform's spelling and with their anchor, an
/// unknown one as typed, with a warning.
pub fn settle_type(body: &mut WebhookBody, context: &Context) -> Result<(), Failure> {
    let Some(typed) = body.webhook_type.take() else {
        return Err(Failure::usage("--type is missing").with_hint(format!(
            "one of {}",
            webhook_type::KNOWN
                .iter()
                .map(|known| known.name)
                .collect::<Vec<_>>()
                .join(", ")
        )));
    };
    match webhook_type::find(&typed) {
        Some(known) => {
            check_anchor(known, body)?;
            body.webhook_type = Some(known.name.to_owned());
        }
        None if typed.trim().is_empty() => {
            return Err(Failure::usage("--type: the type is empty"));
        }
        None => {
            warn_of_unknown_type(&typed, context);
            body.webhook_type = Some(typed);
        }
    }
    Ok(())
}

/// The platform adds types, so one that is not known may be right.
pub fn warn_of_unknown_type(typed: &str, context: &Context) {
    if webhook_type::find(typed).is_none() {
        let near = did_you_mean(typed, webhook_type::KNOWN.iter().map(|known| known.name));
        let message = format!("the type `{typed}` is not known{near}; sent as it is");
        context.console.warn(&message);
    }
}

fn check_anchor(known: &WebhookType, body: &WebhookBody) -> Result<(), Failure> {
    let anchor = known.anchor;
    match body.criteria().and_then(|criteria| criteria.get(anchor)) {
        Some(value) if !value.is_empty() => Ok(()),
        found => {
            let flag = anchor.trim_end_matches(".id");
            let problem = if found.is_some() {
                "is empty"
            } else {
                "is missing"
            };
            Err(Failure::usage(format!(
                "--type {}: its criterion {anchor} {problem}",
                known.name
            ))
            .with_hint(format!("--{flag} ID says which {flag} the webhook is for")))
        }
    }
}

async fn read_file(path: &Path) -> Result<WebhookBody, Failure> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let failed = |message: String| Failure::usage(format!("--from {name}: {message}"));
    let bytes = if is_stdin {
        read_stdin().await
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("it is no UTF-8 text".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let format = path
        .extension()
        .and_then(|ending| Form::of_ending(&ending.to_string_lossy()))
        .unwrap_or_else(|| Form::of_content(text));
    format.parse(text).map_err(|message| {
        failed(message)
            .with_hint("it is the request body: url, type, description, criteria, secret")
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Yaml,
    Toml,
}

impl Form {
    fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }

    /// Told by what it is: an object of JSON, else a table of TOML, else YAML.
    fn of_content(text: &str) -> Self {
        if text.trim_start().starts_with('{') {
            Self::Json
        } else if text.parse::<toml::Table>().is_ok() {
            Self::Toml
        } else {
            Self::Yaml
        }
    }

    fn parse(self, text: &str) -> Result<WebhookBody, String> {
        match self {
            Self::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
            Self::Yaml => {
                serde_saphyr::from_str(text).map_err(|error| one_line(&error.to_string()))
            }
            Self::Toml => toml::from_str(text).map_err(|error| {
                let line = error
                    .span()
                    .map(|span| text[..span.start].matches('\n').count() + 1);
                let at = line
                    .map(|line| format!(" at line {line}"))
                    .unwrap_or_default();
                format!("{}{at}", error.message())
            }),
        }
    }
}

/// The first line of a report that draws the place below it.
fn one_line(report: &str) -> String {
    report
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Form, merge};
    use crate::model::Criteria;

    fn criteria(pairs: &[(&str, &str)]) -> Criteria {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn merging_changes_the_named_keys_and_keeps_the_rest() {
        let merged = merge(
            criteria(&[("a", "1"), ("b", "2")]),
            &criteria(&[("b", "3"), ("c", "4")]),
        );
        assert_eq!(merged, criteria(&[("a", "1"), ("b", "3"), ("c", "4")]));
    }

    #[test]
    fn three_forms_say_the_same() {
        let forms = [
            r#"{"type": "T", "url": "https://a.example", "criteria": {"product.id": "P"}}"#,
            "type: T\nurl: https://a.example\ncriteria:\n  product.id: P\n",
            "type = \"T\"\nurl = \"https://a.example\"\ncriteria = { \"product.id\" = \"P\" }\n",
        ];
        for (text, form) in forms.into_iter().zip([Form::Json, Form::Yaml, Form::Toml]) {
            assert_eq!(Form::of_content(text), form);
            let body = form.parse(text).unwrap();
            assert_eq!(
                body.to_json().to_string(),
                r#"{"type":"T","url":"https://a.example","criteria":{"product.id":"P"}}"#
            );
        }
    }

    proptest! {
        #[test]
        fn no_file_is_too_strange(text in "(\\{|\\}|url|type|:|=|\"|\n| |- |&a|\\*a|.){0,60}") {
            for form in [Form::Json, Form::Yaml, Form::Toml] {
                form.parse(&text).ok();
            }
            Form::of_content(&text);
        }
    }
}
