//! What becomes of a create: `--if-exists`, `--disabled`, the generated secret, and the truth when
//! it is only known in part.

use serde_json::Value;

use super::create::IfExists;
use super::rows;
use super::secret::SecretFile;
use crate::api::create::{Outcome, Unknown, create};
use crate::api::{Error as ApiError, Webhooks};
use crate::failure::{Failure, Kind};
use crate::model::{Webhook, WebhookBody};
use crate::ui::Console;

/// One create, once its body is settled.
pub struct Request<'a> {
    pub body: &'a WebhookBody,
    pub select: &'a str,
    pub if_exists: IfExists,
    pub disabled: bool,
    pub webhooks: &'a Webhooks<'a>,
    pub console: &'a Console,
}

/// What to print, and what failed after that was done.
type Settled = (Value, Option<Failure>);

impl Request<'_> {
    /// Sends it, and sees to everything that follows.
    pub async fn settle(&self, file: SecretFile<'_>) -> Result<Settled, Failure> {
        match create(self.webhooks, self.body, self.select).await {
            Outcome::Created(document) => {
                self.console
                    .note(&format!("Created {}", rows::described(&document)));
                file.used();
                Ok(self.disable_if_asked(document).await)
            }
            Outcome::Exists {
                existing,
                error,
                in_doubt,
            } => self.settle_existing(existing, error, in_doubt, file).await,
            Outcome::Failed(error) => {
                file.unused();
                Err(cannot_create(error))
            }
            Outcome::Unknown { error, why } => {
                file.in_doubt();
                Err(unknown(error, why))
            }
        }
    }

    async fn settle_existing(
        &self,
        existing: Option<Value>,
        error: ApiError,
        in_doubt: bool,
        file: SecretFile<'_>,
    ) -> Result<Settled, Failure> {
        let existing = match (existing, self.if_exists) {
            (Some(existing), IfExists::Update) => {
                return self.update(existing, in_doubt, file).await;
            }
            (existing, _) => existing,
        };
        // A webhook that may be ours may have the secret.
        if in_doubt {
            file.in_doubt()
        } else {
            file.unused()
        }
        match (existing, self.if_exists) {
            (Some(existing), IfExists::Keep) => self.keep(existing).await,
            (Some(existing), _) => Err(conflict(error, &existing)),
            (None, IfExists::Error) => Err(cannot_create(error).with_hint(
                "--if-exists keep leaves the existing webhook as it is; update changes it",
            )),
            (None, _) => Err(cannot_create(error).with_hint(
                "the existing webhook cannot be found, so --if-exists has nothing to work on",
            )),
        }
    }

    async fn keep(&self, existing: Value) -> Result<Settled, Failure> {
        let differs = !self.body.is_met_by(&Webhook::of(&existing));
        let document = self.read_again(existing).await?;
        self.console.note(&format!(
            "Kept {}, which exists already",
            rows::described(&document)
        ));
        if differs {
            self.console
                .note("It differs from what was given; --if-exists update changes it");
        }
        Ok((document, None))
    }

    /// Changes an existing webhook to what the create asks for.
    async fn update(
        &self,
        existing: Value,
        in_doubt: bool,
        file: SecretFile<'_>,
    ) -> Result<Settled, Failure> {
        let id = id_of(&existing)?;
        if self.body.secret.is_none() && self.body.is_met_by(&Webhook::of(&existing)) {
            let document = self.read_again(existing).await?;
            let described = rows::described(&document);
            self.console
                .note(&format!("Kept {described}, which already matches"));
            return Ok(self.disable_if_asked(document).await);
        }
        let body = WebhookBody {
            webhook_type: None,
            ..self.body.clone()
        };
        match self
            .webhooks
            .update(&id, &body.to_json(), self.select)
            .await
        {
            Ok(document) => {
                let described = rows::described(&document);
                self.console
                    .note(&format!("Updated {described}, which existed already"));
                file.used();
                Ok(self.disable_if_asked(document).await)
            }
            Err(error) => {
                if in_doubt {
                    file.in_doubt()
                } else {
                    file.after(&error)
                }
                let what = format!("update {id}, which exists already");
                Err(Failure::from(error).while_trying(&what))
            }
        }
    }

    async fn read_again(&self, existing: Value) -> Result<Value, Failure> {
        let id = id_of(&existing)?;
        let read = self.webhooks.get(&id, self.select).await;
        read.map_err(|error| {
            Failure::from(error).while_trying(&format!("show {id}, which exists already"))
        })
    }

    /// The second request of `--disabled`; where it fails, the webhook is there, and enabled.
    async fn disable_if_asked(&self, document: Value) -> Settled {
        let is_disabled = document["status"].as_str() == Some("Disabled");
        if !self.disabled || is_disabled {
            return (document, None);
        }
        let id = match id_of(&document) {
            Ok(id) => id,
            Err(failure) => {
                let what = "disable the webhook, which is there and enabled";
                return (document, Some(failure.while_trying(what)));
            }
        };
        match self.webhooks.switch(&id, false, self.select).await {
            Ok(disabled) => (disabled, None),
            Err(error) => {
                let failure = Failure::from(error)
                    .while_trying(&format!("disable {id}, which is there and enabled"))
                    .with_hint(format!("mpt webhook disable {id}"));
                (document, Some(failure))
            }
        }
    }
}

fn cannot_create(error: ApiError) -> Failure {
    Failure::from(error).while_trying("create the webhook")
}

/// There is another webhook, whatever it was that told so.
fn conflict(error: ApiError, existing: &Value) -> Failure {
    let is_told = error.status() == Some(409);
    let mut failure = cannot_create(error);
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

fn unknown(error: ApiError, why: Unknown) -> Failure {
    let again = "run it again with --if-exists keep: there will be one at most";
    let (known, hint) = match why {
        Unknown::NoLookup => (
            "whether it was created is unknown, and a webhook of this type cannot be looked up",
            "mpt webhook list shows whether it is there; create it again only if it is not",
        ),
        Unknown::LookupFailed => (
            "whether it was created is unknown, and looking it up failed too",
            again,
        ),
        Unknown::NoneYet => ("it was sent, and no such webhook is there yet", again),
    };
    let mut failure = cannot_create(error);
    failure.message = format!("{}; {known}", failure.message);
    failure.with_hint(hint)
}

fn id_of(document: &Value) -> Result<String, Failure> {
    let id = Webhook::of(document).id;
    id.ok_or_else(|| Failure::new(Kind::Service, "the platform's answer names no id"))
}
