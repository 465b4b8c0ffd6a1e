//! `mpt webhook create`

use clap::ValueEnum;
use clap_complete::engine::ArgValueCandidates;

use crate::api::Webhooks;
use crate::api::webhooks::SELECT;
use crate::commands::shared::body_args::BodyArgs;
use crate::commands::shared::webhook_view::{self, DryRun};
use crate::commands::shared::{Context, candidates, type_arg};
use crate::failure::{CommandResult, Failure};
use crate::model::{Criteria, WebhookBody};
use crate::operations::if_exists::{CreateRequest, IfExists};
use crate::reporter::Reporter;
use crate::ui::Report;

/// Create a webhook
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Validate the draft purchase orders of a product:
    mpt webhook create --type ValidatePurchaseOrderDraft --product PRD-1111-1111 \\
        --url https://hooks.example.com/validate --secret-env HOOK_SECRET

  In a script, create it unless it exists, and get its ID:
    id=$(mpt webhook create --from webhook.yaml --if-exists keep -o id)

  Show what would be sent:
    mpt webhook create --type validate-answer --form FRM-3333-3333 \\
        --url https://hooks.example.com/answers --dry-run")]
pub struct Args {
    /// Webhook type, in any letter case or in kebab-case
    ///
    /// For a product: ValidatePurchaseOrderDraft, ValidatePurchaseOrderQuerying, ValidateChangeOrderDraft,
    /// ValidateConfigurationOrderDraft, ValidateTerminateOrder, SelectOrderLines. For a program:
    /// ValidateEnrollmentDraft, ValidateEnrollmentQuerying, ValidateReEnrollment, ValidateReEnrollmentQuerying.
    /// For a form: ValidateAnswer. An unknown type is sent unchanged, with a warning.
    #[arg(long = "type", value_name = "TYPE")]
    #[arg(add = ArgValueCandidates::new(candidates::webhook_types))]
    webhook_type: Option<String>,

    #[command(flatten)]
    body: BodyArgs,

    /// Disable the webhook as soon as it is created
    #[arg(long)]
    disabled: bool,

    /// What to do if a webhook with this type and object exists
    #[arg(long, value_name = "WHAT", default_value = "error")]
    if_exists: IfExistsArg,

    /// Request these members instead of all except the secret
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,

    /// Print the request and send nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IfExistsArg {
    /// Fail with exit code 6
    Error,
    /// Leave it unchanged, and show it
    Keep,
    /// Update it to match the request
    Update,
}

impl From<IfExistsArg> for IfExists {
    fn from(arg: IfExistsArg) -> Self {
        match arg {
            IfExistsArg::Error => Self::Error,
            IfExistsArg::Keep => Self::Keep,
            IfExistsArg::Update => Self::Update,
        }
    }
}

pub async fn run(args: &Args, context: &Context) -> CommandResult {
    let ui = &context.ui;
    let mut body = args.body.read().await?.into_body(&Criteria::default());
    if let Some(webhook_type) = &args.webhook_type {
        body.webhook_type = Some(webhook_type.clone());
    }
    if body.url.is_none() {
        return Err(Failure::usage("--url is missing").into());
    }
    type_arg::complete(&mut body, context)?;
    let select = args.select.as_deref().unwrap_or(SELECT);
    if args.dry_run {
        return dry_run(&body, select, context);
    }
    // Everything that can fail without a request is done before the secret is written.
    let session = context.connect().await?;
    let report = Report::new(ui, webhook_view::one(false))?;
    let secret = body.secret.as_ref().and_then(Option::as_ref);
    let file = args.body.secret.write(secret, ui)?;
    let request = CreateRequest {
        webhooks: &session.webhooks,
        body: &body,
        select,
        if_exists: args.if_exists.into(),
        disabled: args.disabled,
    };
    let created = request.send(file).await?;
    report.only(&created.webhook)?;
    created
        .failure
        .map_or(Ok(()), |failure| Err(failure.into()))
}

fn dry_run(body: &WebhookBody, select: &str, context: &Context) -> CommandResult {
    let settings = context.settings()?;
    let report = Report::new(&context.ui, DryRun::view())?;
    context.ui.note("Nothing was sent");
    Ok(report.only(&DryRun {
        method: "POST",
        url: Webhooks::collection_url(&settings.base_url.value, select).into(),
        body: body.to_masked_json(),
    })?)
}
