//! `mpt webhook create`

use clap::ValueEnum;
use clap_complete::engine::ArgValueCandidates;
use serde_json::{Value, json};

use super::body::{self, BodyArgs};
use super::rows;
use super::secret::SecretFile;
use crate::api::create::{Outcome, Unknown, create};
use crate::api::webhooks::SELECT;
use crate::api::{Error as ApiError, Webhooks};
use crate::commands::{Context, Session, candidates};
use crate::error::{Failure, Kind};
use crate::model::{Criteria, Webhook, WebhookBody};
use crate::output::Records;

/// Create a webhook, exactly one
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Validate the draft purchase orders of a product:
    mpt webhook create --type ValidatePurchaseOrderDraft --product PRD-1111-1111 \\
        --url https://hooks.example.com/validate --secret-env HOOK_SECRET

  In a script: create it unless it is there, and take the id:
    id=$(mpt webhook create --from webhook.yaml --if-exists keep -o id)

  See what would be sent:
    mpt webhook create --type validate-answer --form FRM-1111-1111 \\
        --url https://hooks.example.com/answers --dry-run")]
pub struct Args {
    /// What is to be validated, in any case, kebab-case too
    #[arg(long = "type", value_name = "TYPE")]
    #[arg(add = ArgValueCandidates::new(candidates::webhook_types))]
    webhook_type: Option<String>,

    #[command(flatten)]
    body: BodyArgs,

    /// Disable it as soon as it is created
    #[arg(long)]
    disabled: bool,

    /// What to do when there is one with this type and object
    #[arg(long, value_name = "WHAT", default_value = "error")]
    if_exists: IfExists,

    /// Ask for these members of the answer, instead of all but the secret
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,

    /// Print the request and send nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IfExists {
    /// Fail, exit 6
    Error,
    /// Leave it as it is, and show it
    Keep,
    /// Change it to what is given
    Update,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut body = args.body.read().await?.into_body(Criteria::default());
    if let Some(webhook_type) = &args.webhook_type {
        body.webhook_type = Some(webhook_type.clone());
    }
    if body.url.is_none() {
        return Err(Failure::usage("--url is missing").into());
    }
    body::settle_type(&mut body, context)?;
    let select = args.select.as_deref().unwrap_or(SELECT);
    if args.dry_run {
        return dry_run(&body, select, context);
    }

    // Everything that can fail without a request comes before the secret is written.
    let session = context.connect().await?;
    let mut records = Records::new(&context.console, rows::one(false))?;
    let secret = body.secret.as_ref().and_then(Option::as_ref);
    let file = args.body.secret.write(secret, context)?;
    let task = Task {
        args,
        body: &body,
        select,
        session: &session,
        context,
    };
    let (document, failure) = task
        .settle(create(&session.webhooks, &body, select).await, file)
        .await?;
    records.push(document)?;
    records.finish()?;
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

fn dry_run(body: &WebhookBody, select: &str, context: &Context) -> anyhow::Result<()> {
    let settings = context.settings()?;
    let mut records = Records::new(&context.console, rows::request())?;
    records.push(json!({
        "method": "POST",
        "url": Webhooks::collection_url(&settings.base_url.value, select).as_str(),
        "body": body.to_masked_json(),
    }))?;
    context.console.note("Nothing was sent");
    Ok(records.finish()?)
}

/// One create, once its body is settled.
struct Task<'a> {
    args: &'a Args,
    body: &'a WebhookBody,
    select: &'a str,
    session: &'a Session<'a>,
    context: &'a Context,
}

/// A generated secret whose webhook did not come to be, as far as is known.
struct Secret {
    file: SecretFile,
    in_doubt: bool,
}

/// What to print, and what failed after that was done.
type Settled = (Value, Option<Failure>);

impl Task<'_> {
    async fn settle(&self, outcome: Outcome, file: SecretFile) -> Result<Settled, Failure> {
        match outcome {
            Outcome::Created(document) => {
                self.keep(file);
                self.note(&format!("Created {}", rows::described(&document)));
                Ok(self.disable_if_asked(document).await)
            }
            Outcome::Exists {
                existing,
                error,
                in_doubt,
            } => {
                let secret = Secret { file, in_doubt };
                self.settle_existing(existing, error, secret).await
            }
            Outcome::Failed(error) => {
                file.discard();
                Err(Failure::from(error).while_trying("create the webhook"))
            }
            Outcome::Unknown { error, why } => Err(self.unknown(&error, why, file)),
        }
    }

    async fn settle_existing(
        &self,
        existing: Option<Value>,
        error: ApiError,
        secret: Secret,
    ) -> Result<Settled, Failure> {
        let Some(existing) = existing else {
            self.settle_secret(secret);
            let failure = Failure::from(error).while_trying("create the webhook");
            return Err(failure.with_hint(match self.args.if_exists {
                IfExists::Error => {
                    "--if-exists keep leaves the existing webhook as it is; update changes it"
                }
                _ => "the existing webhook cannot be found, so --if-exists has nothing to work on",
            }));
        };
        match self.args.if_exists {
            IfExists::Error => {
                self.settle_secret(secret);
                Err(conflict(error, &existing))
            }
            IfExists::Keep => {
                let differs = !self.body.is_met_by(&Webhook::of(&existing));
                let document = self.read_again(existing).await?;
                self.note(&format!(
                    "Kept {}, which exists already",
                    rows::described(&document)
                ));
                if differs {
                    self.note("It is not what was asked for; --if-exists update changes it");
                }
                self.settle_secret(secret);
                Ok((document, None))
            }
            IfExists::Update => self.update(existing, secret.file).await,
        }
    }

    /// A generated secret that no webhook has goes; one that a webhook may have stays.
    fn settle_secret(&self, secret: Secret) {
        if secret.in_doubt {
            self.keep(secret.file);
        } else if secret.file.discard() {
            self.note("The generated secret was not used, and its file is removed");
        }
    }

    /// Changes an existing webhook to what the create asks for.
    async fn update(&self, existing: Value, file: SecretFile) -> Result<Settled, Failure> {
        let id = id_of(&existing)?;
        if self.body.secret.is_none() && self.body.is_met_by(&Webhook::of(&existing)) {
            file.discard();
            let document = self.read_again(existing).await?;
            self.note(&format!(
                "Kept {}, which is just so already",
                rows::described(&document)
            ));
            return Ok(self.disable_if_asked(document).await);
        }
        let body = WebhookBody {
            webhook_type: None,
            ..self.body.clone()
        };
        match self
            .session
            .webhooks
            .update(&id, &body.to_json(), self.select)
            .await
        {
            Ok(document) => {
                self.keep(file);
                self.note(&format!(
                    "Updated {}, which existed already",
                    rows::described(&document)
                ));
                Ok(self.disable_if_asked(document).await)
            }
            Err(error) => {
                if error.leaves_fate_unknown() {
                    self.keep(file);
                } else {
                    file.discard();
                }
                Err(Failure::from(error)
                    .while_trying(&format!("update {id}, which exists already")))
            }
        }
    }

    async fn read_again(&self, existing: Value) -> Result<Value, Failure> {
        let id = id_of(&existing)?;
        let read = self.session.webhooks.get(&id, self.select).await;
        read.map_err(|error| {
            Failure::from(error).while_trying(&format!("show {id}, which exists already"))
        })
    }

    /// The second request of `--disabled`; where it fails, the webhook is there, and enabled.
    async fn disable_if_asked(&self, document: Value) -> Settled {
        let is_disabled = document["status"].as_str() == Some("Disabled");
        if !self.args.disabled || is_disabled {
            return (document, None);
        }
        let disabled = match id_of(&document) {
            Ok(id) => {
                let switched = self.session.webhooks.switch(&id, false, self.select).await;
                switched.map_err(|error| {
                    Failure::from(error)
                        .while_trying(&format!("disable {id}, which is there, and enabled"))
                        .with_hint(format!("mpt webhook disable {id}"))
                })
            }
            Err(failure) => {
                Err(failure.while_trying("disable the webhook, which is there, and enabled"))
            }
        };
        match disabled {
            Ok(disabled) => (disabled, None),
            Err(failure) => (document, Some(failure)),
        }
    }

    fn unknown(&self, error: &ApiError, why: Unknown, file: SecretFile) -> Failure {
        self.keep(file);
        let failure = Failure::from(error);
        let (known, hint) = match why {
            Unknown::NoLookup => (
                "whether it was created is unknown, and a webhook of this type cannot be looked up",
                "mpt webhook list shows whether it is there; then create it again, or do not"
                    .to_owned(),
            ),
            Unknown::LookupFailed => (
                "whether it was created is unknown, and looking it up failed too",
                "run it again with --if-exists keep: at most one will be there".to_owned(),
            ),
            Unknown::NoneYet => (
                "it was sent, and no such webhook is there yet",
                "run it again with --if-exists keep: at most one will be there".to_owned(),
            ),
        };
        let message = format!("cannot create the webhook: {}; {known}", failure.message);
        Failure { message, ..failure }.with_hint(hint)
    }

    fn keep(&self, file: SecretFile) {
        if let Some(path) = file.keep() {
            self.note(&format!("The secret is in {}", path.display()));
        }
    }

    fn note(&self, text: &str) {
        self.context.console.note(text);
    }
}

/// There is another webhook, whatever it was that told so.
fn conflict(error: ApiError, existing: &Value) -> Failure {
    let is_told = error.status() == Some(409);
    let mut failure = Failure::from(error).while_trying("create the webhook");
    if !is_told {
        failure
            .message
            .push_str("; another one of this type and object exists");
        failure.kind = Kind::Conflict;
    }
    failure.with_hint(format!(
        "it is {}; --if-exists keep leaves it as it is, --if-exists update changes it",
        rows::described(existing)
    ))
}

fn id_of(document: &Value) -> Result<String, Failure> {
    Webhook::of(document)
        .id
        .ok_or_else(|| Failure::new(Kind::Service, "the platform's answer names no id"))
}
