//! `mpt order validate` and `mpt enrollment validate`

use super::{Context, candidates, change_lines, confirm};
use crate::failure::{CommandResult, Failure, Kind};
use crate::operations::validate::{Outcome, Subject, Validated, Validation};
use crate::reporter::Reporter;
use crate::ui::style::Tone;
use crate::ui::table::{self, Cell};
use crate::ui::{Report, Style, View};

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct ValidateArgs {
    /// ID of the order or enrollment
    #[arg(value_name = "ID", add = candidates::orders_or_enrollments())]
    id: String,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub async fn validate(args: &ValidateArgs, subject: Subject, context: &Context) -> CommandResult {
    confirm::check(args.yes, context)?;
    let view = View::details(render).with_id(|validated: &Validated| Some(validated.id.clone()));
    let report = Report::new(&context.ui, view)?;
    let session = context.connect_patiently().await?;
    let validation = Validation::read(&session, subject, &args.id).await?;
    let question = format!("{} ({})", validation.described(), session.place);
    confirm::or_yes(args.yes, &question, "nothing was sent", context).await?;
    let validated = validation.send().await?;
    session.shown.add(Some(&args.id), "");
    report.only(&validated)?;
    match validated.outcome {
        Outcome::Changed => Ok(()),
        Outcome::Unchanged => {
            context.ui.note(&unchanged(&validated));
            Ok(())
        }
        Outcome::Refused => {
            let message = validated
                .message
                .unwrap_or_else(|| "without a message".to_owned());
            Err(Failure::new(
                Kind::Rejected,
                format!("{} was refused: {message}", args.id),
            )
            .into())
        }
    }
}

/// What it may mean that nothing was changed.
fn unchanged(validated: &Validated) -> String {
    let types = validated.webhook_types.join(" or ");
    let needed = match types.as_str() {
        "" => "no webhook is for it in this state".to_owned(),
        types => format!("a webhook for it has the type {types}"),
    };
    format!(
        "Nothing was changed, and the platform does not say why: the endpoint changed nothing or could not be reached, or no webhook \
         was called ({needed}). See more with mpt webhook doctor"
    )
}

fn render(validated: &Validated, style: &Style) -> String {
    let outcome = match validated.outcome {
        Outcome::Changed => Cell::new("✓ changed", Tone::Good),
        Outcome::Unchanged => Cell::new("· unchanged", Tone::Dim),
        Outcome::Refused => Cell::new("⊘ refused by the endpoint", Tone::Caution),
    };
    let mut rows = vec![
        ("Validated", Cell::from(validated.id.as_str())),
        ("Outcome", outcome),
    ];
    if let Some(message) = &validated.message {
        rows.push(("Message", Cell::new(message.as_str(), Tone::Caution)));
    }
    let mut text = table::pairs(&rows, style);
    let lines = validated
        .changes
        .iter()
        .map(change_lines::change_line)
        .collect();
    text.push_str(&change_lines::section("Changed", lines, style));
    text
}
