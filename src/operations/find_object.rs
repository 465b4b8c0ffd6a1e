//! Finds a product, program or form by its name, and says whether the platform will call a webhook for it.

use serde_json::Value;

use super::Session;
use super::doctor_checks::anchor_of;
use crate::api::list::{PAGE, Query};
use crate::api::{Pages, objects, rql};
use crate::failure::Failure;
use crate::model::object::CatalogObject;
use crate::model::webhook_type::{self, Anchor};
use crate::model::{Document, Webhook};

/// Whether a text is a name, and not an ID such as `PRD-1111-1111`.
pub fn is_name(anchor: Anchor, text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let is_id = upper
        .strip_prefix(anchor.id_prefix())
        .is_some_and(|rest| rest.starts_with('-') && !rest.contains(' '));
    // IDs have capital letters only.
    let is_word = text.contains(|c: char| c == ' ' || c.is_lowercase());
    !is_id && is_word
}

/// The ID of the only object with this name.
///
/// # Errors
/// There is none or there are several; the message lists the candidates.
pub async fn by_name(session: &Session<'_>, anchor: Anchor, name: &str) -> Result<String, Failure> {
    let kind = anchor.name();
    let filter = rql::contains("name", name);
    let filter = filter
        .ok_or_else(|| Failure::usage(format!("--{kind}: a name cannot contain both ' and \"")))?;
    let query = Query {
        filter,
        ..Query::default()
    };
    let client = session.webhooks.client();
    let mut pages = Pages::new(client, objects::collection(anchor), &query, Some(PAGE), 1);
    let mut found: Vec<Document<CatalogObject>> = Vec::new();
    while let Some(page) = pages
        .next()
        .await
        .map_err(|error| Failure::from(error).while_trying(&format!("find the {kind} `{name}`")))?
    {
        found.extend(page);
    }
    let is_exact = |object: &&Document<CatalogObject>| {
        object
            .name
            .as_deref()
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let exact: Vec<_> = found.iter().filter(is_exact).collect();
    let candidates = match (exact.len(), found.len()) {
        (1, _) => exact,
        (0, 1) => found.iter().collect(),
        (0, _) => {
            let message = format!("--{kind}: no {kind} is named `{name}`");
            return Err(several(message, &found.iter().collect::<Vec<_>>(), kind));
        }
        _ => {
            let message = format!("--{kind}: several {kind}s are named `{name}`");
            return Err(several(message, &exact, kind));
        }
    };
    let id = candidates.first().and_then(|object| object.id.clone());
    id.ok_or_else(|| Failure::usage(format!("--{kind}: the {kind} `{name}` has no ID")))
}

/// The number of candidates that an error lists.
const MAX_CANDIDATES: usize = 10;

fn several(message: String, candidates: &[&Document<CatalogObject>], kind: &str) -> Failure {
    let line = |object: &&Document<CatalogObject>| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        format!("{}  {}", text(&object.id), text(&object.name))
    };
    let details: Vec<_> = candidates.iter().take(MAX_CANDIDATES).map(line).collect();
    let failure =
        Failure::usage(message).with_hint(format!("give the ID; list them with mpt {kind} list"));
    if details.is_empty() {
        return failure;
    }
    failure.with_details(details)
}

/// Why the platform will not call a webhook that was just created; `None` if it will, or if that is not known.
pub async fn silence(session: &Session<'_>, webhook: &Webhook) -> Option<String> {
    let known = webhook_type::find(webhook.webhook_type.as_deref()?)?;
    let (anchor, id) = anchor_of(webhook)?;
    let object = session.webhooks.client().object(anchor, &id).await.ok()?;
    if object.is_published() == Some(false) {
        let status = object.status.as_deref().unwrap_or_default();
        return Some(format!("{id} is {status}"));
    }
    let switch = known.switch.as_ref().filter(|switch| switch.is_certain)?;
    let is_off = switch.value_in(&object.settings) == Some(&Value::Bool(false));
    is_off.then(|| format!("settings.{} of {id} is off", switch.path))
}
