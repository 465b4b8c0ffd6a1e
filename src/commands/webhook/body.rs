//! The body of a create or an update, from flags and a file, checked before anything is sent.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::body_file;
use super::secret::SecretArgs;
use crate::commands::shared::input;
use crate::failure::Failure;
use crate::model::url::{is_loopback, parse_http};
use crate::model::{Criteria, WebhookBody};

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
        if self.from.as_deref().is_some_and(input::is_stdin) && self.secret.source.reads_stdin() {
            return Err(Failure::usage(
                "--from - and --secret-file - both read standard input",
            ));
        }
        let mut body = match &self.from {
            Some(path) => body_file::read(path).await?,
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
                    Failure::usage(format!("--criteria {text}: not KEY=VALUE"))
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

#[cfg(test)]
mod tests {
    use super::merge;
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
}
