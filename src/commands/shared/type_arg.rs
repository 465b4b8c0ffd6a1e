//! The type of a webhook: known types in the platform's spelling, unknown ones with a warning.

use super::Context;
use crate::failure::Failure;
use crate::model::webhook_type::{self, WebhookType};
use crate::model::{Anchor, WebhookBody};
use crate::reporter::Reporter;
use crate::text::did_you_mean;

/// The help of `--type`, with all known types.
pub fn help() -> String {
    let types = Anchor::ALL.map(|anchor| {
        let names: Vec<_> = webhook_type::of(anchor).map(|known| known.name).collect();
        format!("For a {}: {}.", anchor.name(), names.join(", "))
    });
    format!(
        "Webhook type, in any letter case or in kebab-case\n\n{} An unknown type is sent unchanged, with a warning.",
        types.join(" ")
    )
}

/// Completes the body of a create: a known type in the platform's spelling and with its anchor, an
/// unknown one as typed, with a warning.
pub fn complete(body: &mut WebhookBody, context: &Context) -> Result<(), Failure> {
    if let Some(status) =
        body.status.take().filter(|status| !status.eq_ignore_ascii_case("enabled"))
    {
        let message = format!("status: a webhook is created Enabled, not {status}");
        return Err(Failure::usage(message).with_hint("use --disabled"));
    }
    let Some(typed) = body.webhook_type.take() else {
        let names: Vec<_> = webhook_type::names().collect();
        return Err(
            Failure::usage("--type is missing").with_hint(format!("one of {}", names.join(", ")))
        );
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

/// The platform adds types, so an unknown type may be correct.
pub fn warn_if_unknown(typed: &str, context: &Context) {
    if webhook_type::find(typed).is_none() {
        let message = format!("unknown type `{typed}`{}; it is sent unchanged", meant_by(typed));
        context.ui.warn(&message);
    }
}

/// ` (did you mean X?)` for an unknown type: one with a similar name, or those that contain the text.
pub fn meant_by(typed: &str) -> String {
    let near = did_you_mean(typed, webhook_type::names());
    let containing: Vec<_> = webhook_type::containing(typed).collect();
    match containing[..] {
        [] => near,
        [only] => format!(" (did you mean `{only}`?)"),
        _ => format!(" (did you mean one of {}?)", containing.join(", ")),
    }
}

/// Checks the type of a filter: for a misspelt one, an empty list would be no answer.
pub fn check_filter(typed: &str, context: &Context) -> Result<(), Failure> {
    let meant = meant_by(typed);
    if webhook_type::find(typed).is_none() && !meant.is_empty() {
        let hint = "for a type that is new on the platform: --filter 'eq(type,TYPE)'";
        let message = format!("--type {typed}: unknown type{meant}");
        return Err(Failure::usage(message).with_hint(hint));
    }
    warn_if_unknown(typed, context);
    Ok(())
}

fn check_anchor(known: &WebhookType, body: &WebhookBody) -> Result<(), Failure> {
    let (flag, criterion) = (known.anchor().name(), known.anchor().criterion());
    let value = body.criteria().and_then(|criteria| criteria.get(criterion));
    let problem = match value {
        Some("") => "is empty",
        Some(_) => return Ok(()),
        None => "is missing",
    };
    let message = format!("--type {}: its criterion {criterion} {problem}", known.name);
    Err(Failure::usage(message)
        .with_hint(format!("use --{flag} ID to say which {flag} the webhook is for")))
}
