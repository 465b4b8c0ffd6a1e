//! The state of every webhook type of every object of an account, in a few lists (docs/platform-api.md, "When a webhook
//! is not called").

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::stream::{self, StreamExt};

use serde::Serialize;

use crate::api::list::Query;
use crate::api::webhooks::{SELECT, WebhookDocument};
use crate::api::{Client, Error, List, objects};
use crate::model::object::CatalogObject;
use crate::model::webhook::Health;
use crate::model::webhook_type::{self, WebhookType};
use crate::model::{Anchor, Document, Webhook};
use crate::operations::Session;
use crate::operations::diagnosis::checks::anchor_of;

/// The state of one type for one object, in the order of severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing is registered, and the switch is off, or there is none.
    None,
    /// The last call succeeded.
    Healthy,
    /// The platform would call it, and has not done so yet.
    NeverCalled,
    /// It is not permitted or not known.
    #[default]
    Unknown,
    /// The switch is on, but no webhook is registered.
    Missing,
    /// It is registered and disabled.
    Disabled,
    /// It is registered and enabled, but its switch is off or its object is not published.
    Silent,
    /// The last call failed.
    Failing,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Healthy => "healthy",
            Self::NeverCalled => "never-called",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Disabled => "disabled",
            Self::Silent => "silent",
            Self::Failing => "failing",
        }
    }

    pub fn is_problem(self) -> bool {
        matches!(self, Self::Silent | Self::Failing)
    }

    /// What may be on purpose, and is a problem with `--strict`.
    pub fn is_doubtful(self) -> bool {
        matches!(self, Self::Missing | Self::Disabled)
    }
}

/// A type of an object, with its webhook if there is one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TypeStatus {
    #[serde(rename = "type")]
    pub webhook_type: String,
    pub state: State,
    /// The ID of the webhook.
    pub webhook: Option<String>,
    /// For a failing webhook, the time of its last success; for one that was never called, of its creation.
    pub since: Option<String>,
    /// The error of the last call, or why it is silent.
    pub error: Option<String>,
    /// The number of failures since the last success, if known.
    #[serde(skip)]
    pub failures: Option<u64>,
}

/// A product, program or form with its types.
#[derive(Clone, Debug)]
pub struct ObjectStatus {
    pub anchor: Anchor,
    pub id: String,
    pub name: Option<String>,
    pub status: Option<String>,
    pub types: Vec<TypeStatus>,
}

impl ObjectStatus {
    /// The most severe state.
    pub fn worst(&self) -> State {
        self.types.iter().map(|status| status.state).max().unwrap_or(State::None)
    }

    /// Whether it has a webhook, or a switch that is on.
    pub fn is_in_use(&self) -> bool {
        self.types
            .iter()
            .any(|of_type| of_type.webhook.is_some() || of_type.state == State::Missing)
    }

    /// Whether the ID is this text, or the name contains it.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let name = self.name.as_deref().unwrap_or_default().to_lowercase();
        self.id.eq_ignore_ascii_case(text) || name.contains(&text.to_lowercase())
    }
}

/// What is known of the webhooks of a profile's account.
#[derive(Debug, Default)]
pub struct AccountStatus {
    /// By kind, then by ID.
    pub objects: Vec<ObjectStatus>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
    /// Whether the token belongs to a client, which sees no webhooks.
    pub is_client: bool,
}

/// The lists of an account.
struct Lists {
    /// Without those that cannot be read.
    objects: HashMap<(Anchor, String), Document<CatalogObject>>,
    /// The kinds that may not be listed, which is known already.
    unlisted: Vec<Anchor>,
    /// `None`: a client sees none.
    webhooks: Option<Vec<WebhookDocument>>,
}

/// Reads the lists of products, programs, forms and webhooks at the same time.
///
/// # Errors
/// The webhooks cannot be read, or the objects for another reason than a missing permission.
pub async fn read(session: &Session<'_>, jobs: usize) -> Result<AccountStatus, Error> {
    let client = session.webhooks.client();
    let mut account = AccountStatus::default();
    let (mut objects, mut unlisted) = (HashMap::new(), Vec::new());
    let (products, programs, forms, webhooks) = tokio::join!(
        list_objects(client, Anchor::Product, jobs),
        list_objects(client, Anchor::Program, jobs),
        list_objects(client, Anchor::Form, jobs),
        list_webhooks(client, jobs),
    );
    for (anchor, listed) in Anchor::ALL.into_iter().zip([products, programs, forms]) {
        let what = format!("{}s", anchor.name());
        let Some(listed) = permitted(listed, &what, &mut account.unread)? else {
            unlisted.push(anchor);
            continue;
        };
        for object in listed {
            if let Some(id) = object.id.clone() {
                objects.insert((anchor, id), object);
            }
        }
    }
    let may_be_client = match &webhooks {
        Ok(found) => found.is_empty(),
        Err(error) => error.status() == Some(403),
    };
    account.is_client = may_be_client && session.is_client().await;
    let webhooks = if account.is_client { None } else { Some(webhooks?) };
    let mut lists = Lists { objects, unlisted, webhooks };
    account.unread.extend(lists.read_left_out(client, jobs).await?);
    account.unread.extend(lists.without_object());
    account.objects = lists.statuses();
    Ok(account)
}

/// `None` if the list may not be read, which is noted.
fn permitted<T>(
    listed: Result<T, Error>,
    what: &str,
    unread: &mut Vec<String>,
) -> Result<Option<T>, Error> {
    match listed {
        Err(error) if matches!(error.status(), Some(403 | 404)) => {
            unread.push(format!("the {what} cannot be listed: {error}"));
            Ok(None)
        }
        listed => listed.map(Some),
    }
}

async fn list_objects(
    client: &Client<'_>,
    anchor: Anchor,
    jobs: usize,
) -> Result<Vec<Document<CatalogObject>>, Error> {
    let query = Query { select: objects::select(anchor), ..Query::default() };
    List::new(objects::collection(anchor), &query).at_once(jobs).all(client).await
}

async fn list_webhooks(client: &Client<'_>, jobs: usize) -> Result<Vec<WebhookDocument>, Error> {
    let query = Query { select: Some(SELECT.to_owned()), ..Query::default() };
    List::of_webhooks(&query).at_once(jobs).all(client).await
}

impl Lists {
    /// Reads the objects of webhooks that the lists leave out. Those that may not be read stay unknown, and are returned as
    /// a text.
    ///
    /// # Errors
    /// One cannot be read for another reason.
    async fn read_left_out(
        &mut self,
        client: &Client<'_>,
        jobs: usize,
    ) -> Result<Option<String>, Error> {
        let webhooks = self.webhooks.iter().flatten();
        let named: BTreeSet<_> = webhooks
            .filter_map(|webhook| anchor_of(webhook))
            .filter(|object| !self.objects.contains_key(object))
            .map(|(anchor, id)| (id, anchor))
            .collect();
        let read: Vec<_> = stream::iter(named)
            .map(|(id, anchor)| async move {
                let object = client.object(anchor, &id).await;
                ((anchor, id), object)
            })
            .buffer_unordered(jobs)
            .collect()
            .await;
        let mut unread = Vec::new();
        for (key, object) in read {
            match object {
                Ok(object) => drop(self.objects.insert(key, object)),
                Err(error) if matches!(error.status(), Some(403 | 404)) => {
                    if !self.unlisted.contains(&key.0) {
                        unread.push((key.1, error));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        unread.sort_by(|(id, _), (other, _)| id.cmp(other));
        Ok(unread.first().map(|(id, error)| match unread.len() - 1 {
            0 => format!("{id} cannot be read: {error}"),
            others => format!("{id} and {others} more objects of webhooks cannot be read: {error}"),
        }))
    }

    /// The webhooks that are in no row, as a text.
    fn without_object(&self) -> Option<String> {
        let webhooks = self.webhooks.iter().flatten();
        let without = webhooks.filter(|webhook| anchor_of(webhook).is_none());
        let ids: Vec<_> = without.filter_map(|webhook| webhook.id.as_deref()).collect();
        let ids = (!ids.is_empty()).then(|| ids.join(", "));
        ids.map(|ids| format!("not shown, since their object is not known: {ids}"))
    }

    /// Every object of the lists, and those that only a webhook names.
    fn statuses(&self) -> Vec<ObjectStatus> {
        let mut by_object: BTreeMap<(Anchor, String), Vec<&WebhookDocument>> = BTreeMap::new();
        for object in self.objects.keys() {
            by_object.entry(object.clone()).or_default();
        }
        for webhook in self.webhooks.iter().flatten() {
            if let Some(object) = anchor_of(webhook) {
                by_object.entry(object).or_default().push(webhook);
            }
        }
        let objects = by_object.into_iter();
        objects.map(|((anchor, id), webhooks)| self.status(anchor, id, &webhooks)).collect()
    }

    fn status(&self, anchor: Anchor, id: String, webhooks: &[&WebhookDocument]) -> ObjectStatus {
        let object = self.objects.get(&(anchor, id.clone()));
        let mut types = Vec::new();
        for known in webhook_type::of(anchor) {
            let is_of_type = |webhook: &&&WebhookDocument| {
                webhook.webhook_type.as_deref().and_then(webhook_type::find) == Some(known)
            };
            let before = types.len();
            let own = webhooks.iter().filter(is_of_type);
            types.extend(own.map(|webhook| status_of(webhook, Some(known), object)));
            if types.len() == before {
                types.push(self.unregistered(known, object));
            }
        }
        // The platform adds types.
        let is_unknown = |webhook: &&&WebhookDocument| {
            webhook.webhook_type.as_deref().and_then(webhook_type::find).is_none()
        };
        let others = webhooks.iter().filter(is_unknown);
        types.extend(others.map(|webhook| status_of(webhook, None, object)));
        let named = webhooks.iter().find_map(|webhook| webhook.object.as_ref()?.name.clone());
        ObjectStatus {
            anchor,
            id,
            name: object.and_then(|object| object.name.clone()).or(named),
            status: object.and_then(|object| object.status.clone()),
            types,
        }
    }

    /// The state of a type without a webhook.
    fn unregistered(
        &self,
        known: &WebhookType,
        object: Option<&Document<CatalogObject>>,
    ) -> TypeStatus {
        let switch = known.certain_switch();
        let is_on = match (switch, object) {
            (None, _) => Some(false),
            (Some(_), None) => None,
            (Some(switch), Some(object)) => switch.is_on(&object.settings),
        };
        let state = match is_on.filter(|_| self.webhooks.is_some()) {
            None => State::Unknown,
            Some(true) => State::Missing,
            Some(false) => State::None,
        };
        TypeStatus { webhook_type: known.name.to_owned(), state, ..TypeStatus::default() }
    }
}

/// The state of a webhook, of this type if it is known, for this object if it could be read.
fn status_of(
    webhook: &Webhook,
    known: Option<&WebhookType>,
    object: Option<&Document<CatalogObject>>,
) -> TypeStatus {
    let status = TypeStatus {
        webhook_type: webhook.webhook_type.clone().unwrap_or_default(),
        webhook: webhook.id.clone(),
        ..TypeStatus::default()
    };
    if webhook.enabled() == Some(false) {
        return TypeStatus { state: State::Disabled, ..status };
    }
    let switch = known.and_then(WebhookType::certain_switch);
    if let Some(object) = object {
        if object.is_published() == Some(false) {
            let what = known.map_or("object", |known| known.anchor().name());
            let why = format!("the {what} is {}", object.status.as_deref().unwrap_or_default());
            return TypeStatus { state: State::Silent, error: Some(why), ..status };
        }
        if switch.is_some_and(|one| one.is_on(&object.settings) == Some(false)) {
            let why = "its switch is off".to_owned();
            return TypeStatus { state: State::Silent, error: Some(why), ..status };
        }
    }
    let call = webhook.last_call.as_ref();
    match webhook.health() {
        Health::Failing(failures) => TypeStatus {
            state: State::Failing,
            since: webhook.last_success.as_ref().and_then(|call| call.call_time.clone()),
            error: call.and_then(|call| call.error.clone().or_else(|| call.http_status())),
            failures,
            ..status
        },
        Health::Ok => TypeStatus { state: State::Healthy, ..status },
        Health::NeverCalled => {
            // Without its switch, it is not known whether it will be called.
            let is_known = switch.is_none_or(|switch| {
                object.is_some_and(|object| switch.is_on(&object.settings).is_some())
            });
            let created = webhook.audit.as_ref().and_then(|audit| audit.created.as_ref());
            TypeStatus {
                state: if is_known { State::NeverCalled } else { State::Unknown },
                since: created.and_then(|event| event.at.clone()),
                ..status
            }
        }
        Health::Unknown => status,
    }
}
