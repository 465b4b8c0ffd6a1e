//! The endpoint of a webhook, for commands that call it or check its callouts: where a call may
//! be sent, and the secret.

use std::time::Duration;

use crate::api::webhooks::{SELECT_WITH_SECRET, WebhookDocument};
use crate::callout::{Caller, Connection, Target};
use crate::failure::{Failure, Kind};
use crate::model::url::{parse_http, without_userinfo};
use crate::model::{Secret, Webhook};
use crate::net::host::Place;
use crate::net::reach::reach;
use crate::net::tls;
use crate::operations::Session;
use crate::reporter::Reporter;
use crate::text::plain;

/// Reads a webhook, with its secret if it can be read. `doing` is for the error: `listen for`.
pub async fn read(
    session: &Session<'_>,
    id: &str,
    doing: &str,
) -> Result<WebhookDocument, Failure> {
    let read = session.webhooks.get(id, SELECT_WITH_SECRET).await;
    read.map_err(|error| Failure::from(error).about_webhook(doing, id))
}

/// The secret of a webhook. `None`: it has no secret.
///
/// # Errors
/// The webhook has a secret that cannot be read (docs/platform-api.md, "Secrets").
pub fn secret_of(webhook: &Webhook) -> Result<Option<Secret>, Failure> {
    match (&webhook.secret, webhook.readable_secret()) {
        (_, Some(secret)) => Ok(Some(Secret::new(secret))),
        (Some(_), None) => Err(Failure::usage("the platform does not return the secret")
            .with_hint("give it with --secret-env VAR or --secret-file FILE")),
        (None, None) => Ok(None),
    }
}

/// How long a connection to an endpoint may take.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// Which endpoints may be called, and how.
pub struct Access<'r> {
    pub connection: Connection,
    /// Whether endpoints on other machines may be called.
    pub remote: bool,
    pub reporter: &'r dyn Reporter,
    /// Why the proxy of the environment cannot be used; an error where one is needed.
    pub proxy_error: Option<Failure>,
}

impl<'r> Access<'r> {
    /// Finds a URL that may be called: on this machine, and with `remote` elsewhere. Plain http is for this machine and
    /// private networks, and `--insecure` too.
    ///
    /// # Errors
    /// The URL may not be called.
    pub async fn target(&self, text: &str) -> Result<Target, Failure> {
        let refused = |why: &str| Failure::usage(format!("{}{why}", without_userinfo(text)));
        let url = parse_http(text).map_err(|error| refused(&format!(": {error}")))?;
        let (target, found) = Target::find(url).await;
        if target.place != Place::ThisMachine && !self.remote {
            let hint = "use --remote to call other machines";
            return Err(refused(" is not on this machine").with_hint(hint));
        }
        if target.place != Place::Elsewhere {
            return Ok(target);
        }
        if let Some(failure) = &self.proxy_error {
            return Err(failure.clone());
        }
        if target.url.scheme() == "http" {
            let host = target.url.host_str().unwrap_or_default();
            found.map_err(|error| {
                let why = plain::lookup(&error.to_string());
                let message = format!("cannot find the address of {host}: {why}");
                Failure::new(Kind::Network, message)
            })?;
            let why =
                ": http:// is only allowed for this machine and private networks; use https://";
            return Err(refused(why));
        }
        if self.connection.is_insecure {
            let why = ": --insecure is only allowed for this machine and private networks";
            return Err(refused(why).with_hint("trust its certificate with --ca-file FILE"));
        }
        Ok(target)
    }

    /// A client for an endpoint.
    ///
    /// # Errors
    /// It cannot be set up, for example because no certificates are found.
    pub fn caller(&self, target: &Target) -> Result<Caller<'r>, Failure> {
        let caller = Caller::new(target, &self.connection, self.reporter);
        caller.map_err(|error| Failure::usage(error.to_string()))
    }

    /// Checks that something listens at a URL.
    ///
    /// # Errors
    /// Nothing listens at the URL, or its certificate is not accepted.
    pub async fn check_connection(&self, target: &Target) -> Result<(), Failure> {
        let Connection { ca_file, is_insecure, proxy, .. } = &self.connection;
        if target.place == Place::Elsewhere && proxy.is_some() {
            // Only the proxy may be able to reach it.
            return Ok(());
        }
        let tls = || tls::for_endpoints(ca_file.as_ref(), *is_insecure);
        reach(&target.url, tls, MAX_CONNECT).await.map(drop).map_err(|error| {
            Failure::new(Kind::Network, error.to_string())
                .with_hint("is the endpoint running? No test was started")
        })
    }
}
