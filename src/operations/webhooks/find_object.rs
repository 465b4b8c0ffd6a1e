//! Finds a product, program or form by its name.

use crate::api::list::Query;
use crate::api::{List, objects, rql};
use crate::failure::Failure;
use crate::model::id::is_name;
use crate::model::object::CatalogObject;
use crate::model::webhook_type::Anchor;
use crate::model::{Criteria, Document};
use crate::operations::Session;
use crate::text::MPT;

/// Whether a text is the name of an object of any kind.
pub fn is_name_of_any(text: &str) -> bool {
    Anchor::ALL.into_iter().all(|anchor| is_name(anchor, text))
}

/// The criteria with IDs in place of names of products, programs and forms.
///
/// # Errors
/// Those of [`by_name`].
pub async fn resolved(criteria: &Criteria, session: &Session<'_>) -> Result<Criteria, Failure> {
    let mut resolved = Vec::new();
    for (anchor, name) in names(criteria) {
        let id = by_name(session, anchor, name).await?;
        resolved.push((anchor.criterion().to_owned(), id));
    }
    Ok(criteria.merged(&resolved.into_iter().collect()))
}

/// The objects that criteria give by their names.
pub fn names(criteria: &Criteria) -> Vec<(Anchor, &str)> {
    let named = Anchor::ALL.into_iter().filter_map(|anchor| {
        let value = criteria.get(anchor.criterion())?;
        is_name(anchor, value).then_some((anchor, value))
    });
    named.collect()
}

/// The ID of the only object with this whole name, in any letter case. A part of a name is not enough: what is created
/// for the wrong object is called for it.
///
/// # Errors
/// There is none or there are several; the message lists the candidates.
pub async fn by_name(session: &Session<'_>, anchor: Anchor, name: &str) -> Result<String, Failure> {
    let kind = anchor.name();
    Wanted { flag: kind, kind, anchors: &[anchor], name }.find(session).await
}

/// The same for a product, program or form; `--object` takes each.
///
/// # Errors
/// Those of [`by_name`].
pub async fn of_any_kind(session: &Session<'_>, name: &str) -> Result<String, Failure> {
    let kind = "product, program or form";
    Wanted { flag: "object", kind, anchors: &Anchor::ALL, name }.find(session).await
}

struct Wanted<'a> {
    flag: &'a str,
    kind: &'a str,
    anchors: &'a [Anchor],
    name: &'a str,
}

impl Wanted<'_> {
    async fn find(&self, session: &Session<'_>) -> Result<String, Failure> {
        let Self { flag, kind, name, .. } = self;
        // The platform may ignore a filter, so each answer is compared.
        let is_named = |object: &Document<CatalogObject>| {
            let found = object.name.as_deref();
            found.is_some_and(|found| found.to_lowercase() == name.to_lowercase())
        };
        let mut named = self.list(session, rql::ilike("name", name)).await?;
        named.retain(is_named);
        if named.is_empty() {
            let similar = self.list(session, rql::contains("name", name)).await?;
            let message = format!("--{flag}: no {kind} is named `{name}`");
            return Err(with_candidates(message, &similar));
        }
        let [only] = named.as_slice() else {
            let message = format!("--{flag}: several of them are named `{name}`");
            return Err(with_candidates(message, &named));
        };
        let id = only.id.clone();
        id.ok_or_else(|| Failure::usage(format!("--{flag}: `{name}` has no ID")))
    }

    async fn list(
        &self,
        session: &Session<'_>,
        filter: Option<String>,
    ) -> Result<Vec<Document<CatalogObject>>, Failure> {
        let filter = filter.ok_or_else(|| {
            Failure::usage(format!("--{}: a name cannot contain both ' and \"", self.flag))
        })?;
        let query = Query { filter, ..Query::default() };
        let mut found = Vec::new();
        let mut refused = None;
        for anchor in self.anchors {
            let list = List::new(objects::collection(*anchor), &query);
            match list.all(session.webhooks.client()).await {
                Ok(listed) => found.extend(listed),
                Err(error) => {
                    let is_refused = matches!(error.status(), Some(403 | 404));
                    let what = format!("find the {} `{}`", anchor.name(), self.name);
                    let failure = Failure::from(error).while_trying(&what);
                    if !is_refused {
                        return Err(failure);
                    }
                    refused.get_or_insert(failure);
                }
            }
        }
        // It may be of another kind, which a token may read.
        refused.filter(|_| found.is_empty()).map_or(Ok(found), Err)
    }
}

/// The number of candidates that an error lists.
const MAX_CANDIDATES: usize = 10;

fn with_candidates(message: String, candidates: &[Document<CatalogObject>]) -> Failure {
    let line = |object: &Document<CatalogObject>| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        format!("{}  {}", text(&object.id), text(&object.name))
    };
    let details: Vec<_> = candidates.iter().take(MAX_CANDIDATES).map(line).collect();
    let failure =
        Failure::usage(message).with_hint(format!("give the ID; see all with {MPT} status --all"));
    if details.is_empty() {
        return failure;
    }
    failure.with_details(details)
}
