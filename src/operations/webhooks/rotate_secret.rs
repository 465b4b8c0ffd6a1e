//! Replaces the secret of a webhook, with instructions if it is unknown which secret is current.

use crate::api::Fate;
use crate::api::webhooks::{SELECT, WebhookDocument};
use crate::failure::{Failure, Kind};
use crate::model::{Secret, Webhook, WebhookBody};
use crate::operations::Session;
use crate::operations::diagnosis::probe::probe;
use crate::operations::endpoints::target::{self, Access};
use crate::operations::webhooks::secret_file::SecretFile;
use crate::text::MPT;

pub struct Rotation<'a> {
    pub session: &'a Session<'a>,
    pub id: &'a str,
    pub secret: Secret,
    /// How the endpoint is called with the new secret first; `None`: it is not.
    pub probe: Option<Access<'a>>,
    /// The flags that name the new secret, for messages: `--secret-file new.secret`.
    pub secret_flags: String,
}

impl Rotation<'_> {
    /// `write` stores a generated secret on disk just before it is sent.
    pub async fn run<'r>(
        &self,
        write: impl FnOnce(&Secret) -> Result<SecretFile<'r>, Failure>,
    ) -> Result<WebhookDocument, Failure> {
        let id = self.id;
        let what = format!("rotate the secret of {id}");
        let webhook = target::read(self.session, id, "rotate the secret of").await?;
        if let Some(access) = &self.probe {
            self.probe(&webhook, access).await?;
        }
        let file = write(&self.secret)?;
        let body =
            WebhookBody { secret: Some(Some(self.secret.clone())), ..WebhookBody::default() };
        let webhooks = &self.session.webhooks;
        match webhooks.update(id, &body, SELECT, &webhooks.client().new_retries()).await {
            Ok(webhook) => {
                self.note(&format!("Rotated the secret of {}", webhook.described()));
                file.finish(Fate::Done);
                Ok(webhook)
            }
            Err(error) => {
                let fate = error.fate();
                file.finish(fate);
                let hint = match fate {
                    Fate::NotDone => "the old secret is still the current one".to_owned(),
                    _ => self.recovery_hint(),
                };
                Err(Failure::from(error).while_trying(&what).with_hint(hint))
            }
        }
    }

    fn note(&self, text: &str) {
        self.session.webhooks.client().reporter().note(text);
    }

    /// The hint if it is unknown which secret the platform has.
    fn recovery_hint(&self) -> String {
        format!(
            "either secret may be the current one ({}); let the endpoint accept both, then run \
             {MPT} webhook rotate-secret {id} {} to continue, or {MPT} webhook rotate-secret {id} \
             --secret-file OLD to go back",
            self.session.target_name(),
            self.secret_flags,
            id = self.id,
        )
    }

    /// Calls the endpoint as the platform would with the new secret.
    async fn probe(&self, webhook: &Webhook, access: &Access<'_>) -> Result<(), Failure> {
        let secret = Some(self.secret.clone());
        let called = probe(webhook, self.id, secret, access).await?.call;
        let Some(error) = called.error else {
            self.note("The endpoint accepts the new secret");
            return Ok(());
        };
        let (what, hint) = match called.http_status_code {
            None => ("does not answer", "omit --probe to rotate the secret anyway"),
            Some(_) => (
                "does not accept the new secret",
                "let the endpoint accept both secrets, then try again",
            ),
        };
        let message = format!("the endpoint {what}: {error}; nothing was changed");
        Err(Failure::new(Kind::Check, message).with_hint(hint))
    }
}
