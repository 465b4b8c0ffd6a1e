//! `mpt webhook rotate-secret`

use std::path::PathBuf;

use clap::ValueHint;

use super::secret::{SecretArgs, SecretSource};
use super::{rows, target};
use crate::api::webhooks::SELECT;
use crate::callout::{Caller, Endpoint, path, sample};
use crate::commands::shared::{Context, Session};
use crate::failure::{Failure, Kind};
use crate::model::url::parse_http;
use crate::model::{Secret, Webhook, WebhookBody, webhook_type};
use crate::ui::Records;

/// Give a webhook a new secret: made here, or one that you have
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Let the endpoint accept both secrets first: between the platform's change and the endpoint's, one of
the two would be refused.

Examples:
  Make one; it is on disk before the platform is told:
    mpt webhook rotate-secret WBH-1234-5678 --secret-out hook.secret

  Take one that the endpoint has already, and try that before:
    mpt webhook rotate-secret WBH-1234-5678 --secret-file new.secret --probe")]
pub struct Args {
    /// The id of the webhook
    #[arg(value_name = "ID")]
    id: String,

    /// Where a new secret goes; created 0600, never overwritten
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(required_unless_present_any = ["secret_file", "secret_env"])]
    #[arg(conflicts_with_all = ["secret_file", "secret_env"])]
    secret_out: Option<PathBuf>,

    /// Call the endpoint with the new secret first, and change nothing when it refuses
    #[arg(long)]
    probe: bool,

    #[command(flatten)]
    source: SecretSource,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, rows::one(false))?;
    let secret_args = SecretArgs {
        source: args.source.clone(),
        generate_secret: args.secret_out.is_some(),
        secret_out: args.secret_out.clone(),
    };
    secret_args.check_out()?;
    let secret = secret_args.read().await?;
    let session = context.connect().await?;
    let id = &args.id;
    let document = target::read(&session, id, &format!("rotate the secret of {id}")).await?;
    if args.probe
        && let Some(secret) = &secret
    {
        probe(id, &Webhook::of(&document), secret, context).await?;
    }

    let file = secret_args.write(secret.as_ref(), &context.console)?;
    let body = WebhookBody {
        secret: Some(secret),
        ..WebhookBody::default()
    };
    match session.webhooks.update(id, &body.to_json(), SELECT).await {
        Ok(document) => {
            let described = rows::described(&document);
            context
                .console
                .note(&format!("The secret of {described} is rotated"));
            file.used();
            records.push(document)?;
            Ok(records.finish()?)
        }
        Err(error) => {
            file.after(&error);
            let hint = if error.leaves_fate_unknown() {
                way_back(args, &session)
            } else {
                "the old secret is still in force".to_owned()
            };
            let failure = Failure::from(error).while_trying(&format!("rotate the secret of {id}"));
            Err(failure.with_hint(hint).into())
        }
    }
}

/// What to do when nobody can say which secret the platform has.
fn way_back(args: &Args, session: &Session<'_>) -> String {
    let kept = match (&args.secret_out, &args.source.secret_file) {
        (Some(path), _) => format!("--secret-file {}", crate::system::files::shell_word(path)),
        (_, Some(path)) => format!("--secret-file {}", crate::system::files::shell_word(path)),
        _ => format!(
            "--secret-env {}",
            args.source.secret_env.as_deref().unwrap_or_default()
        ),
    };
    format!(
        "either secret may be in force ({}); let the endpoint accept both, then go on with \
         mpt webhook rotate-secret {id} {kept}, or back with mpt webhook rotate-secret {id} \
         --secret-file OLD",
        session.place,
        id = args.id,
    )
}

/// Calls the endpoint as the platform would with the new secret.
async fn probe(
    id: &str,
    webhook: &Webhook,
    secret: &Secret,
    context: &Context,
) -> Result<(), Failure> {
    let url = webhook.url.as_deref().unwrap_or_default();
    let url = parse_http(url).map_err(|error| Failure::usage(format!("{url}: {error}")))?;
    let typed = webhook.webhook_type.as_deref().unwrap_or_default();
    let known = webhook_type::find(typed).ok_or_else(|| {
        Failure::usage(format!(
            "there is no sample for the type `{typed}` to probe with"
        ))
    })?;
    let mut payload = sample::payload(known);
    if let Some(object) = webhook.criteria.get(known.anchor) {
        // The sample has every anchor.
        path::set(&mut payload, known.anchor, object.into()).ok();
    }
    let caller = Caller::new(&url).map_err(|error| Failure::usage(error.to_string()))?;
    let endpoint = Endpoint {
        url,
        webhook_id: id.to_owned(),
        secret: Some(secret.clone()),
    };
    let record = caller.call(&endpoint, payload.to_string().as_bytes()).await;
    match record.error {
        None => {
            context.console.note("The endpoint accepts the new secret");
            Ok(())
        }
        Some(error) if record.answer.is_none() => Err(Failure::new(
            Kind::Check,
            format!("the endpoint does not answer: {error}; nothing was changed"),
        )
        .with_hint("without --probe the secret is rotated all the same")),
        Some(error) => Err(Failure::new(
            Kind::Check,
            format!("the endpoint does not accept the new secret: {error}; nothing was changed"),
        )
        .with_hint("let the endpoint accept both secrets, then try again")),
    }
}
