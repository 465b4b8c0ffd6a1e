//! A request body in a file: JSON, YAML or TOML, told by its ending or by what it is.

use std::path::Path;

use crate::commands::shared::input;
use crate::failure::Failure;
use crate::model::WebhookBody;

/// Reads a request body.
pub async fn read(path: &Path) -> Result<WebhookBody, Failure> {
    let failed = |why: String| Failure::usage(format!("{}: {why}", input::named("--from", path)));
    let text = input::text("--from", path).await?;
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
            Self::Toml => toml::from_str(text).map_err(|error| input::toml_error(text, &error)),
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

    use super::Form;

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
