//! `POST …/validate` of orders and enrollments: stores the body, calls the webhook, stores the answer. If the platform
//! would not call a webhook, the sandbox reports no error either (docs/platform-api.md, "When a webhook is not called").

use axum::http::StatusCode;
use serde_json::Value;

use crate::callout::Verdict;
use crate::callout::change::refusals;
use crate::model::webhook_type::types_of;
use crate::sandbox::catalogue::CatalogueKind;
use crate::sandbox::fire::{Fired, fire};
use crate::sandbox::merge::{Sender, merge};
use crate::sandbox::platform::Platform;
use crate::sandbox::problem::Problem;
use crate::sandbox::{Error, Store};

/// The stored object after the validation.
///
/// # Errors
/// The object does not exist, cannot be validated in its status, or the endpoint refuses it.
pub async fn validate(
    platform: &Platform,
    kind: CatalogueKind,
    id: &str,
    given: &Value,
) -> Result<Value, Problem> {
    let Platform { store, connection, log, .. } = platform;
    let stored = change(store, kind, id, |object| {
        if let Some(error) = closed(object, "validated") {
            return Err(Problem::invalid([error]));
        }
        let errors = merge(object, given, Sender::Client);
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
    })?;
    let Some(webhook_type) = types_of(&stored).next() else {
        return Ok(stored);
    };
    let body = stored.to_string();
    let fired = fire(store, webhook_type, body.as_bytes(), &stored, connection, log).await;
    let record = match fired {
        Ok(Fired::Called { record, .. }) => record,
        // An endpoint that cannot be called does not end the validation.
        Ok(Fired::Unmatched { .. }) | Err(Error::Callout(_)) => return Ok(stored),
        Err(_) => return Err(Problem::internal()),
    };
    match (record.verdict, record.answered_object()) {
        (Verdict::Refusal, Some(answer)) => {
            let refused = refusals(&answer);
            let detail: Vec<_> = refused.iter().map(|refusal| refusal.message.clone()).collect();
            let of_parameters = refused.iter().filter(|refusal| !refusal.path.is_empty());
            let errors = of_parameters.map(|one| (one.path.clone(), one.message.clone()));
            Err(Problem { detail: detail.join(" "), ..Problem::invalid(errors) })
        }
        // Members of another kind of value are ignored, as are those that are not the vendor's to change.
        (Verdict::Success, Some(answer)) => change(store, kind, id, |object| {
            merge(object, &answer, Sender::Endpoint);
            Ok(())
        }),
        _ => Ok(stored),
    }
}

/// Why an object can no longer be validated or changed: its status.
pub fn closed(object: &Value, action: &str) -> Option<(String, String)> {
    let status = object["status"].as_str().unwrap_or_default();
    let is_open = matches!(status, "Draft" | "Querying" | "Processing");
    let message = format!("It cannot be {action} in the status {status}.");
    (!is_open).then(|| ("status".to_owned(), message))
}

fn change(
    store: &Store,
    kind: CatalogueKind,
    id: &str,
    change: impl FnOnce(&mut Value) -> Result<(), Problem>,
) -> Result<Value, Problem> {
    let changed = store.change_object(kind, id, |mut object| {
        change(&mut object)?;
        Ok(object)
    });
    match changed {
        Ok(Some(result)) => result,
        Ok(None) => Err(not_found(kind, id)),
        Err(_) => Err(Problem::internal()),
    }
}

pub fn not_found(kind: CatalogueKind, id: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("The {} '{id}' was not found.", kind.name()))
}
