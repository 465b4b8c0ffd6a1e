//! The products, programs and forms that a manifest names: whether they exist, and which switches are off.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::stream::{self, StreamExt};

use crate::api::list::Query;
use crate::api::{Client, Error, List, objects, rql};
use crate::failure::Failure;
use crate::manifest::step::{Action, Step};
use crate::manifest::{DesiredWebhook, Plan};
use crate::model::object::CatalogObject;
use crate::model::{Anchor, Document, WebhookKey, webhook_type};
use crate::operations::Session;
use crate::operations::manifests::load::{LoadedManifest, invalid_files};
use crate::source::add_error;

/// The maximum number of IDs in a filter.
const MAX_IDS: usize = 100;

/// What was read of the objects.
#[derive(Default)]
pub struct ManifestObjects {
    known: HashMap<(Anchor, String), Document<CatalogObject>>,
    /// They do not exist.
    missing: BTreeSet<String>,
    /// The kinds that may not be read, and why.
    pub unread: Vec<String>,
}

impl LoadedManifest {
    /// Reads the objects of all webhooks: a request for each kind, and one for each that is not in that list.
    ///
    /// # Errors
    /// They cannot be read, for another reason than a missing permission.
    pub async fn objects(
        &self,
        session: &Session<'_>,
        jobs: usize,
    ) -> Result<ManifestObjects, Failure> {
        let keys: Vec<_> = self.manifest.webhooks.iter().map(|webhook| &webhook.key).collect();
        ManifestObjects::of(&keys, session, jobs).await
    }

    /// Returns an error that names every webhook whose object does not exist.
    pub fn check_objects(&self, objects: &ManifestObjects) -> Result<(), Failure> {
        let mut errors = Vec::new();
        let missing = self.manifest.webhooks.iter();
        for webhook in missing.filter(|webhook| objects.missing.contains(&webhook.key.object)) {
            let key = &webhook.key;
            let (file, line) = match self.places.get(key) {
                Some(place) => (place.file.clone(), place.object_line),
                None => (key.to_string(), None),
            };
            add_error(&mut errors, &file, line, not_there(key));
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(invalid_files(&errors)),
        }
    }
}

/// Why an object is not there: it may be of another kind, or an ID in small letters.
fn not_there(key: &WebhookKey) -> String {
    let id = &key.object;
    let anchor = webhook_type::find(&key.webhook_type).map(|known| known.anchor());
    let of_prefix = Anchor::ALL
        .into_iter()
        .find(|one| id.to_ascii_uppercase().starts_with(&format!("{}-", one.id_prefix())));
    match (anchor, of_prefix) {
        (Some(anchor), Some(other)) if anchor != other => {
            format!("{}: {id} is the ID of a {}", anchor.name(), other.name())
        }
        (Some(anchor), _) if id.contains(|c: char| c.is_ascii_lowercase()) => {
            format!("{}: {id} does not exist; IDs have capital letters", anchor.name())
        }
        _ => format!("{id} does not exist"),
    }
}

/// Those of the webhooks whose switch is certain and on, and what could not be read.
///
/// # Errors
/// The objects cannot be read, for another reason than a missing permission.
pub async fn switched_on(
    keys: &[&WebhookKey],
    session: &Session<'_>,
    jobs: usize,
) -> Result<(HashSet<WebhookKey>, Vec<String>), Failure> {
    let objects = ManifestObjects::of(keys, session, jobs).await?;
    let is_on = |key: &&&WebhookKey| {
        let known = webhook_type::find(&key.webhook_type);
        known.is_some_and(|known| {
            let object = objects.known.get(&(known.anchor(), key.object.clone()));
            let switch = known.certain_switch();
            switch.zip(object).and_then(|(switch, object)| switch.is_on(&object.settings))
                == Some(true)
        })
    };
    let on = keys.iter().filter(is_on).map(|key| (*key).clone());
    Ok((on.collect(), objects.unread))
}

impl ManifestObjects {
    /// Reads the objects of these webhooks.
    async fn of(keys: &[&WebhookKey], session: &Session<'_>, jobs: usize) -> Result<Self, Failure> {
        let mut found = Self::default();
        for anchor in Anchor::ALL {
            let ids = keys.iter().filter_map(|key| {
                let known = webhook_type::find(&key.webhook_type)?;
                (known.anchor() == anchor).then(|| key.object.clone())
            });
            let ids: BTreeSet<String> = ids.collect();
            if let Err(error) = found.read(session.webhooks.client(), anchor, ids, jobs).await {
                if !matches!(error.status(), Some(403 | 404)) {
                    let doing = format!("read the {}s of the webhooks", anchor.name());
                    return Err(Failure::from(error).while_trying(&doing));
                }
                found.unread.push(format!(
                    "The {}s cannot be read ({error}): it is not known whether they exist, and whether webhooks will be called",
                    anchor.name()
                ));
            }
        }
        Ok(found)
    }

    async fn read(
        &mut self,
        client: &Client<'_>,
        anchor: Anchor,
        ids: BTreeSet<String>,
        jobs: usize,
    ) -> Result<(), Error> {
        let ids: Vec<String> = ids.into_iter().collect();
        for part in ids.chunks(MAX_IDS) {
            let Some(filter) = rql::is_in("id", part.iter().map(String::as_str)) else {
                continue;
            };
            let query = Query { filter, select: objects::select(anchor), order: None };
            let list = List::new(objects::collection(anchor), &query).at_once(jobs);
            let listed: Vec<Document<CatalogObject>> = list.all(client).await?;
            for object in listed {
                if let Some(id) = object.id.clone().filter(|id| part.contains(id)) {
                    self.known.insert((anchor, id), object);
                }
            }
        }
        // An object that a list leaves out may exist all the same.
        let left_out = ids.into_iter().filter(|id| !self.known.contains_key(&(anchor, id.clone())));
        let read: Vec<_> = stream::iter(left_out.collect::<Vec<_>>())
            .map(|id| async move {
                let object = client.object(anchor, &id).await;
                (id, object)
            })
            .buffer_unordered(jobs)
            .collect()
            .await;
        let mut refused = None;
        for (id, object) in read {
            match object {
                Ok(object) => drop(self.known.insert((anchor, id), object)),
                Err(error) if error.status() == Some(404) => drop(self.missing.insert(id)),
                Err(error) if error.status() == Some(403) => {
                    refused.get_or_insert((id, error));
                }
                Err(error) => return Err(error),
            }
        }
        if let Some((id, error)) = refused {
            self.unread.push(format!(
                "{id} cannot be read ({error}): it is not known whether the platform will call its webhooks"
            ));
        }
        Ok(())
    }

    /// Adds the switches to turn on to a plan, and marks the webhooks that the platform will not call.
    pub fn complete(&self, plan: &mut Plan, desired: &[DesiredWebhook<'_>]) {
        for webhook in desired.iter().map(|desired| desired.webhook) {
            let Some(known) = webhook_type::find(&webhook.key.webhook_type) else { continue };
            let object = self.known.get(&(known.anchor(), webhook.key.object.clone()));
            let switch = known.certain_switch();
            let is_on =
                switch.and_then(|switch| object.and_then(|object| switch.is_on(&object.settings)));
            if webhook.switch && switch.is_some() && is_on != Some(true) {
                let mut steps = plan.steps.iter();
                let is_left = |step: &Step| step.key == webhook.key && step.stays_disabled;
                match webhook.enabled == Some(false) || steps.any(is_left) {
                    true => plan
                        .notes
                        .push(format!("{} is disabled, so its switch is left alone", webhook.key)),
                    false => plan.switch_step(&webhook.key.object).add(known, is_on),
                }
            }
            let Some(object) = object.filter(|_| webhook.enabled != Some(false)) else { continue };
            let id = &webhook.key.object;
            let why = match (object.is_published(), is_on, switch) {
                (Some(false), ..) => {
                    format!("{id} is {}", object.status.as_deref().unwrap_or_default())
                }
                (_, Some(false), Some(switch)) if !webhook.switch => {
                    format!("settings.{} of {id} is off", switch.path)
                }
                _ => continue,
            };
            let steps = plan.steps.iter_mut().filter(|step| step.key == webhook.key);
            for step in steps.filter(|step| !step.stays_disabled && step.action != Action::Delete) {
                step.silent = Some(why.clone());
            }
        }
    }
}
