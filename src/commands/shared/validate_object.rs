//! `mpt order validate` and `mpt enrollment validate`

use crate::api::webhooks::WebhookDocument;
use crate::commands::shared::{Context, confirm, plan_view, verdict};
use crate::failure::{CommandResult, Failure, Kind};
use crate::operations::validate_object::{Subject, Validated, Validation, ValidationOutcome};
use crate::reporter::Reporter;
use crate::text::MPT;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};
use crate::ui::{Report, Style, View};

pub async fn validate(id: &str, yes: bool, subject: Subject, context: &Context) -> CommandResult {
    confirm::check(yes, context)?;
    let view = View::details(render).with_id(|validated: &Validated| Some(validated.id.clone()));
    let report = Report::new(&context.ui, view)?;
    let session = context.connect_patiently().await?;
    let validation = Validation::read(&session, subject, id).await?;
    let question = format!("{} ({})", validation.described(), session.target_name());
    confirm::or_yes(yes, &question, context).await?;
    let validated = validation.send().await?;
    session.shown.add(Some(id), "");
    report.only(&validated)?;
    match validated.outcome {
        ValidationOutcome::Changed => Ok(()),
        ValidationOutcome::Unchanged => {
            let webhooks = validated.webhooks(&session).await;
            let text = unchanged(&validated, webhooks.as_deref(), context.ui.status_style());
            context.ui.note(&text);
            Ok(())
        }
        ValidationOutcome::Refused => {
            let message = format!("{id} was refused by the endpoint");
            Err(Failure::new(Kind::Rejected, message).into())
        }
        ValidationOutcome::Rejected => {
            let message = format!("the platform rejected the validation of {id}");
            Err(Failure::new(Kind::Rejected, message)
                .with_hint("no refusal of an endpoint was recorded; the message is the platform's")
                .into())
        }
    }
}

/// What it may mean that nothing was changed.
fn unchanged(validated: &Validated, webhooks: Option<&[WebhookDocument]>, style: &Style) -> String {
    let types = validated.webhook_types.join(" or ");
    let object = validated.object.as_deref().unwrap_or("its object");
    if types.is_empty() {
        return "Nothing was changed: no webhook type is for it in this state".to_owned();
    }
    match webhooks {
        None => format!(
            "Nothing was changed, and the platform does not say why. A webhook for it has the type {types}. See more with \
             {MPT} webhook doctor"
        ),
        Some([]) => {
            format!("Nothing was changed: no webhook of the type {types} exists for {object}")
        }
        Some(webhooks) => {
            let lines: Vec<_> = webhooks
                .iter()
                .map(|webhook| {
                    let call = plan_view::last_call(webhook, style);
                    format!("{}: {call}", webhook.described())
                })
                .collect();
            let ids = webhooks.iter().filter_map(|webhook| webhook.id.as_deref());
            let ids = ids.collect::<Vec<_>>().join(" ");
            format!(
                "Nothing was changed, and the platform does not say why. {}. See more with {MPT} webhook doctor {ids}",
                lines.join("; ")
            )
        }
    }
}

fn render(validated: &Validated, style: &Style) -> String {
    let outcome = match validated.outcome {
        ValidationOutcome::Changed => Cell::new("✓ changed", Tone::Good),
        ValidationOutcome::Unchanged => Cell::new("· unchanged", Tone::Dim),
        ValidationOutcome::Refused => Cell::new("⊘ refused by the endpoint", Tone::Caution),
        ValidationOutcome::Rejected => Cell::new("✗ rejected by the platform", Tone::Bad),
    };
    let mut rows = vec![("Validated", Cell::from(validated.id.as_str())), ("Outcome", outcome)];
    if let Some(message) = &validated.message {
        rows.push(("Message", Cell::new(message.as_str(), Tone::Caution)));
    }
    for refusal in &validated.refusals {
        let name = match validated.outcome {
            ValidationOutcome::Rejected => "Rejected",
            _ => "Refused",
        };
        rows.push((name, verdict::refusal_line(refusal)));
    }
    let mut text = table::pairs(&rows, style);
    let lines = validated.changes.iter().map(verdict::change_line).collect();
    text.push_str(&verdict::section("Changed", lines, style));
    text
}
