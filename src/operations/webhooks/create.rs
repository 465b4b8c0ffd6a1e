//! The whole create command: `--if-exists`, `--disabled`, the file of a generated secret, and the
//! report if the outcome is only partly known.

use std::path::Path;

use crate::api::webhooks::WebhookDocument;
use crate::api::{Error as ApiError, Fate, Webhooks};
use crate::failure::{Failure, Kind};
use crate::manifest::change::Change;
use crate::model::{Criteria, Webhook, WebhookBody, WebhookChanges};
use crate::operations::webhooks::create_once::{
    CreateOutcome, SecretOrigin, UnknownReason, create,
};
use crate::operations::webhooks::secret_file::SecretFile;
use crate::operations::webhooks::update::Update;
use crate::system::files;
use crate::text::MPT;

/// What to do if a webhook with this type and object exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum IfExists {
    /// Fail with exit code 6
    Error,
    /// Leave it unchanged, and show it
    Keep,
    /// Update it to match the request
    Update,
}

/// A create with a complete body.
pub struct CreateRequest<'a> {
    pub webhooks: &'a Webhooks<'a>,
    pub body: &'a WebhookBody,
    /// Whether the criteria replace those of an existing webhook, because a file names all of them. Otherwise they are
    /// added to them.
    pub has_all_criteria: bool,
    pub select: &'a str,
    pub if_exists: IfExists,
    pub disabled: bool,
}

/// The resulting webhook.
pub struct Created {
    pub webhook: WebhookDocument,
    /// What was changed of a webhook that existed already.
    pub changes: Vec<Change>,
    /// The failure of a later step.
    pub failure: Option<Failure>,
}

impl From<WebhookDocument> for Created {
    fn from(webhook: WebhookDocument) -> Self {
        Self { webhook, changes: Vec::new(), failure: None }
    }
}

impl CreateRequest<'_> {
    /// Sends the create and all later steps.
    pub async fn send(&self, file: SecretFile<'_>) -> Result<Created, Failure> {
        let source = match file.path() {
            Some(_) => SecretOrigin::Generated,
            None => SecretOrigin::Given,
        };
        match create(self.webhooks, self.body, self.select, source).await {
            CreateOutcome::Created(webhook) => {
                self.note(&format!("Created {}", webhook.described()));
                file.finish(Fate::Done);
                Ok(self.disable_if_asked(webhook).await)
            }
            CreateOutcome::Exists { existing: Some(existing), fate, .. }
                if self.if_exists == IfExists::Update =>
            {
                self.update(existing, fate, file).await
            }
            CreateOutcome::Exists { existing, error, fate } => {
                let generated = file.path().map(Path::to_owned);
                file.finish(fate);
                match (existing, generated) {
                    (Some(existing), Some(path)) if fate == Fate::Unknown => {
                        Err(unknown_secret(error, &existing, &path))
                    }
                    (Some(existing), _) if self.if_exists == IfExists::Keep => {
                        self.keep(existing).await
                    }
                    (Some(existing), _) => Err(conflict(error, &existing)),
                    (None, _) => Err(cannot_create(error).with_hint(match self.if_exists {
                        IfExists::Error => {
                            "use --if-exists keep to keep the existing webhook, or --if-exists update to change it"
                        }
                        _ => {
                            "cannot find the existing webhook, so --if-exists cannot be applied"
                        }
                    })),
                }
            }
            CreateOutcome::Failed(error) => {
                file.finish(Fate::NotDone);
                Err(cannot_create(error))
            }
            CreateOutcome::Unknown { error, reason } => {
                file.finish(Fate::Unknown);
                Err(unknown(error, reason))
            }
        }
    }

    fn note(&self, text: &str) {
        self.webhooks.client().reporter().note(text);
    }

    async fn keep(&self, existing: WebhookDocument) -> Result<Created, Failure> {
        let differs = !self.body.is_met_by(&existing);
        let webhook = self.read_again(&existing).await?;
        let described = webhook.described();
        self.note(&format!("Kept {described}, which already exists"));
        self.note_if_disabled(existing.enabled() == Some(false), existing.id.as_deref());
        if differs {
            self.note("It differs from the given values; use --if-exists update to change it");
        }
        Ok(webhook.into())
    }

    /// Updates an existing webhook to match the create.
    async fn update(
        &self,
        existing: WebhookDocument,
        fate: Fate,
        file: SecretFile<'_>,
    ) -> Result<Created, Failure> {
        let id = id_of(&existing)?;
        let update =
            Update { webhooks: self.webhooks, id, changes: self.changes(), select: self.select };
        let mut file = Some(file.after(fate));
        let none = SecretFile::none(self.webhooks.client().reporter());
        let updated = update.send(|_| Ok(file.take().unwrap_or(none))).await;
        if let Some(unused) = file {
            unused.finish(Fate::NotDone);
        }
        let updated = updated?;
        let described = &updated.described;
        self.note(&match updated.changes {
            Some(_) => format!("Updated {described}, which already existed"),
            None => format!("Kept {described}, which already matches"),
        });
        self.note_if_disabled(updated.is_disabled, Some(id));
        Ok(Created {
            changes: updated.changes.unwrap_or_default(),
            ..self.disable_if_asked(updated.webhook).await
        })
    }

    /// The changes of an existing webhook.
    fn changes(&self) -> WebhookChanges {
        let body = self.body.clone();
        if self.has_all_criteria {
            return WebhookChanges { body, criteria: Criteria::default() };
        }
        WebhookChanges {
            criteria: body.criteria().cloned().unwrap_or_default(),
            body: WebhookBody { criteria: None, ..body },
        }
    }

    fn note_if_disabled(&self, is_disabled: bool, id: Option<&str>) {
        if is_disabled && !self.disabled {
            let id = id.unwrap_or("ID");
            self.note(&format!(
                "It is disabled, and stays so; enable it with {MPT} webhook enable {id}"
            ));
        }
    }

    async fn read_again(&self, existing: &Webhook) -> Result<WebhookDocument, Failure> {
        let id = id_of(existing)?;
        let read = self.webhooks.get(id, self.select).await;
        read.map_err(|error| {
            Failure::from(error).while_trying(&format!("show {id}, which already exists"))
        })
    }

    /// The second request of `--disabled`. If it fails, the webhook exists and is enabled.
    async fn disable_if_asked(&self, webhook: WebhookDocument) -> Created {
        if !self.disabled || webhook.enabled() == Some(false) {
            return webhook.into();
        }
        let failure = match id_of(&webhook) {
            Err(failure) => {
                failure.while_trying("disable the webhook, which was created and is enabled")
            }
            Ok(id) => match self.webhooks.switch(id, false, self.select).await {
                Ok(disabled) => return disabled.into(),
                Err(error) => Failure::from(error)
                    .while_trying(&format!("disable {id}, which was created and is enabled"))
                    .with_hint(format!("{MPT} webhook disable {id}")),
            },
        };
        Created { webhook, changes: Vec::new(), failure: Some(failure) }
    }
}

fn cannot_create(error: ApiError) -> Failure {
    Failure::from(error).while_trying("create the webhook")
}

/// Handles an existing webhook, reported by the platform or found by the look-up.
fn conflict(error: ApiError, existing: &Webhook) -> Failure {
    let is_answered = error.status() == Some(409);
    let mut failure = cannot_create(error);
    if !is_answered {
        failure.message.push_str("; another webhook with this type and object exists");
        failure.kind = Kind::Conflict;
    }
    failure.with_hint(format!(
        "it is {}; use --if-exists keep to keep it, or --if-exists update to change it",
        existing.described()
    ))
}

/// A webhook exists, and it is unknown whether it has the generated secret.
fn unknown_secret(error: ApiError, existing: &Webhook, path: &Path) -> Failure {
    let mut failure = cannot_create(error);
    failure.kind = Kind::Service;
    let described = existing.described();
    failure.message = format!(
        "{}; {described} exists, but it is unknown whether it has the generated secret",
        failure.message
    );
    let id = existing.id.as_deref().unwrap_or("ID");
    failure.with_hint(format!(
        "if it is yours, set the secret with {MPT} webhook rotate-secret {id} --secret-file {}",
        files::shell_word(path)
    ))
}

fn unknown(error: ApiError, reason: UnknownReason) -> Failure {
    let again = "run the same command again with --if-exists keep; it creates at most one";
    let (known, hint) = match reason {
        UnknownReason::NoLookup => (
            "it is unknown whether the webhook was created, and webhooks of this type cannot be looked up",
            format!("check with {MPT} webhook list; create it again only if it does not exist"),
        ),
        UnknownReason::LookupFailed => (
            "it is unknown whether the webhook was created, and the look-up failed",
            again.to_owned(),
        ),
        UnknownReason::NoneYet => {
            ("the request was sent, but no such webhook exists yet", again.to_owned())
        }
    };
    let mut failure = cannot_create(error);
    failure.message = format!("{}; {known}", failure.message);
    failure.with_hint(hint)
}

fn id_of(webhook: &Webhook) -> Result<&str, Failure> {
    let id = webhook.id.as_deref();
    id.ok_or_else(|| Failure::new(Kind::Service, "the platform's response contains no ID"))
}
