//! The type of a webhook as it is typed: known ones in the platform's spelling, others with a warning.

use crate::commands::shared::Context;
use crate::config::did_you_mean;
use crate::failure::Failure;
use crate::model::WebhookBody;
use crate::model::webhook_type::{self, WebhookType};

/// Settles the type of a create: known ones in the platform's spelling and with their anchor, an
/// unknown one as typed, with a warning.
pub fn settle(body: &mut WebhookBody, context: &Context) -> Result<(), Failure> {
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
            warn_if_unknown(&typed, context);
            body.webhook_type = Some(typed);
        }
    }
    Ok(())
}

/// The platform adds types, so one that is not known may be right.
pub fn warn_if_unknown(typed: &str, context: &Context) {
    if webhook_type::find(typed).is_none() {
        let near = did_you_mean(typed, webhook_type::KNOWN.iter().map(|known| known.name));
        let message = format!("the type `{typed}` is not known{near}; it is taken as it is");
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
