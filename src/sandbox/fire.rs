//! Raises events in the sandbox: calls the first enabled webhook that matches, and records the call
//! (docs/platform-api.md, "Callouts").

use serde_json::{Map, Value, json};

use super::catalogue::CatalogueKind;
use super::store::Written;
use super::{Error, Store};
use crate::callout::matching::mismatch;
use crate::callout::{Caller, Connection, Endpoint, Record, Target};
use crate::model::webhook_type::WebhookType;
use crate::model::{Secret, Webhook};
use crate::net::host::Place;
use crate::reporter::Reporter;
use crate::text::plain;

/// The result of an event.
#[derive(Debug)]
pub enum Fired {
    Called {
        id: String,
        url: String,
        record: Record,
    },
    /// No webhook was called; the reason for each webhook of the type.
    Unmatched {
        reasons: Vec<String>,
    },
}

/// Raises an event with an object, given as bytes and as JSON.
pub async fn fire<R: Reporter + ?Sized>(
    store: &Store,
    webhook_type: &WebhookType,
    body: &[u8],
    payload: &Value,
    connection: &Connection,
    reporter: &R,
) -> Result<Fired, Error> {
    let mut reasons = Vec::new();
    for document in store.of_type(webhook_type.name)? {
        let webhook = Webhook::of(&document);
        let id = webhook.id.clone().unwrap_or_default();
        if webhook.status.as_deref() != Some("Enabled") {
            reasons.push(format!("{id} is disabled"));
            continue;
        }
        if let Some(mismatch) = mismatch(&webhook.criteria, payload) {
            reasons.push(format!("{id}: {mismatch}"));
            continue;
        }
        if let Some(reason) = switched_off(store, webhook_type, payload)? {
            reasons.push(format!("{id}: {reason}"));
            continue;
        }
        let url = webhook.url.unwrap_or_default();
        let endpoint = Endpoint {
            target: target(&url, connection).await?,
            webhook_id: id.clone(),
            secret: webhook.secret.map(Secret::new),
            claims: Map::new(),
        };
        let caller = Caller::new(&endpoint.target, connection, reporter);
        let caller = caller.map_err(|error| Error::Callout(error.to_string()))?;
        let record = caller.call(&endpoint, body).await;
        keep(store, &id, &record)?;
        return Ok(Fired::Called { id, url, record });
    }
    Ok(Fired::Unmatched { reasons })
}

/// The endpoint of a webhook. Plain http and `--insecure` are for this machine and private networks.
async fn target(url: &str, connection: &Connection) -> Result<Target, Error> {
    let parsed =
        url::Url::parse(url).map_err(|error| Error::Callout(plain::url(error).to_owned()))?;
    let (target, found) = Target::find(parsed).await;
    let is_limited = connection.is_insecure || target.url.scheme() == "http";
    if is_limited && target.place == Place::Elsewhere {
        found.map_err(|error| {
            let host = target.url.host_str().unwrap_or_default();
            let why = plain::lookup(&error.to_string());
            Error::Callout(format!("cannot find the address of {host}: {why}"))
        })?;
        let what = if connection.is_insecure { "--insecure" } else { "http://" };
        let url = crate::model::url::shown(&target.url);
        let why = format!("{url}: {what} is only allowed for this machine and private networks");
        return Err(Error::Callout(why));
    }
    Ok(target)
}

/// Why the platform does not call webhooks of a type for this payload: the switch of its product or program is off.
fn switched_off(
    store: &Store,
    webhook_type: &WebhookType,
    payload: &Value,
) -> Result<Option<String>, Error> {
    let switch = webhook_type.certain_switch();
    let (Some(switch), Some(object_id)) = (switch, webhook_type.object_of(payload)) else {
        return Ok(None);
    };
    let object =
        store.object(CatalogueKind::of(webhook_type.anchor()), object_id)?.unwrap_or_default();
    let is_off = switch.value_in(&object["settings"]) == Some(&Value::Bool(false));
    Ok(is_off.then(|| format!("the switch settings.{} of {object_id} is off", switch.path)))
}

/// Writes a call to the webhook's statistics and records, without a new revision or `audit` change.
fn keep(store: &Store, id: &str, record: &Record) -> Result<(), Error> {
    let call = serde_json::to_value(record.call()).unwrap_or_default();
    let written: Written<()> = store.update(id, None, |mut webhook| {
        let statistics = &mut webhook["statistics"];
        let count = |value: &Value| value.as_u64().unwrap_or(0);
        let outcome = if record.is_success() { "successes" } else { "failures" };
        for name in ["total", outcome] {
            statistics[name] = count(&statistics[name]).saturating_add(1).into();
        }
        let failing = count(&statistics["failuresSinceLastSuccess"]).saturating_add(1);
        statistics["failuresSinceLastSuccess"] =
            if record.is_success() { json!(0) } else { failing.into() };
        webhook[if record.is_success() { "lastSuccess" } else { "lastFailure" }] = call.clone();
        webhook["lastCall"] = call;
        Ok(webhook)
    })?;
    // A webhook that was deleted in the meantime has no record.
    drop(written);
    Ok(())
}
