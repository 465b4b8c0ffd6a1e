//! Finds a product, program or form by its name.

use crate::api::list::Query;
use crate::api::{List, objects, rql};
use crate::failure::Failure;
use crate::model::Document;
use crate::model::object::CatalogObject;
use crate::model::webhook_type::Anchor;
use crate::operations::Session;

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

/// The ID of the only object with this whole name, in any letter case. A part of a name is not enough: what is created
/// for the wrong object is called for it.
///
/// # Errors
/// There is none or there are several; the message lists the candidates.
pub async fn by_name(session: &Session<'_>, anchor: Anchor, name: &str) -> Result<String, Failure> {
    let kind = anchor.name();
    let cannot_quote = || Failure::usage(format!("--{kind}: a name cannot contain both ' and \""));
    let find = async |filter: Option<String>| {
        let query = Query { filter: filter.ok_or_else(cannot_quote)?, ..Query::default() };
        let list = List::new(objects::collection(anchor), &query);
        let found = list
            .collect(session.webhooks.client(), |object: &Document<CatalogObject>| {
                Some(object.clone())
            })
            .await;
        found.map_err(|error| {
            Failure::from(error).while_trying(&format!("find the {kind} `{name}`"))
        })
    };
    // The platform may ignore a filter, so each answer is compared.
    let is_named = |object: &Document<CatalogObject>| {
        let found = object.name.as_deref();
        found.is_some_and(|found| found.to_lowercase() == name.to_lowercase())
    };
    let mut named: Vec<Document<CatalogObject>> = find(rql::ilike("name", name)).await?;
    named.retain(is_named);
    if named.is_empty() {
        let similar = find(rql::contains("name", name)).await?;
        let message = format!("--{kind}: no {kind} is named `{name}`");
        return Err(with_candidates(message, &similar, kind));
    }
    let [only] = named.as_slice() else {
        let message = format!("--{kind}: several {kind}s are named `{name}`");
        return Err(with_candidates(message, &named, kind));
    };
    let id = only.id.clone();
    id.ok_or_else(|| Failure::usage(format!("--{kind}: the {kind} `{name}` has no ID")))
}

/// The number of candidates that an error lists.
const MAX_CANDIDATES: usize = 10;

fn with_candidates(message: String, candidates: &[Document<CatalogObject>], kind: &str) -> Failure {
    let line = |object: &Document<CatalogObject>| {
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
