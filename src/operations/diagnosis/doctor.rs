//! Why a webhook is not called (docs/platform-api.md, "When a webhook is not called").

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use url::Url;

use crate::api::list::{PAGE, Query};
use crate::api::webhooks::WebhookDocument;
use crate::api::{Error as ApiError, rql};
use crate::failure::{Failure, Kind};
use crate::model::object::CatalogObject;
use crate::model::webhook_type::{self, Anchor, WebhookType};
use crate::model::{Check, CheckResult, Diagnosis};
use crate::model::{Document, Webhook, WebhookKey};
use crate::net::reach::{self, reach};
use crate::net::tls;
use crate::operations::Session;
use crate::operations::diagnosis::checks::{anchor_of, calls, criteria, enabled, origin, url_of};
use crate::operations::diagnosis::switches::OffSwitches;
use crate::system::clock;

/// What the checks of several webhooks share: each object and each host is asked once.
pub struct Doctor<'a> {
    session: &'a Session<'a>,
    jobs: usize,
    timeout: std::time::Duration,
    objects: HashMap<(Anchor, String), Result<Document<CatalogObject>, ApiError>>,
    hosts: HashMap<String, Result<Option<jiff::Timestamp>, reach::Error>>,
    /// The IDs of the webhooks with each key.
    ids_by_key: HashMap<WebhookKey, Vec<String>>,
}

/// A certificate that expires sooner is mentioned, in days.
const MIN_CERTIFICATE_DAYS: i64 = 21;

/// Which webhooks are examined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    ForAll,
    ForSome,
}

impl<'a> Doctor<'a> {
    pub fn new(session: &'a Session<'a>, jobs: usize, timeout: std::time::Duration) -> Self {
        Self {
            session,
            jobs,
            timeout,
            objects: HashMap::new(),
            hosts: HashMap::new(),
            ids_by_key: HashMap::new(),
        }
    }

    /// The diagnoses of webhooks, worst first.
    pub async fn examine(
        mut self,
        webhooks: &[WebhookDocument],
        asked: Asked,
    ) -> Result<Examined, ApiError> {
        self.read_objects(webhooks).await;
        self.reach_hosts(webhooks).await;
        if asked == Asked::ForAll {
            for webhook in webhooks {
                self.add_key(webhook);
            }
        } else {
            self.read_others(webhooks).await;
        }
        let mut diagnoses: Vec<_> = webhooks.iter().map(|webhook| self.diagnose(webhook)).collect();
        diagnoses.sort_by_key(|diagnosis| std::cmp::Reverse(diagnosis.worst()));
        let mut off: Vec<OffSwitches> = Vec::new();
        for webhook in webhooks {
            self.add_off_switch(webhook, &mut off);
        }
        Ok(Examined { diagnoses, off })
    }

    /// Adds the switch to turn on for a webhook. Not for one that is disabled or failing: its endpoint is not ready.
    fn add_off_switch(&self, webhook: &Webhook, off: &mut Vec<OffSwitches>) {
        let known = webhook.webhook_type.as_deref().and_then(webhook_type::find);
        let switch = known.and_then(|known| known.switch.as_ref());
        let Some(switch) = switch.filter(|switch| switch.is_certain) else {
            return;
        };
        let Some((anchor, object_id)) = anchor_of(webhook) else {
            return;
        };
        let object = self.objects.get(&(anchor, object_id.clone()));
        let Some(Ok(object)) = object else { return };
        let is_off = switch.value_in(&object.settings) == Some(&Value::Bool(false));
        let is_ready = webhook.enabled() == Some(true) && !webhook.is_failing();
        if !is_off || !is_ready {
            return;
        }
        match off.iter_mut().find(|of| of.object_id == object_id) {
            Some(of) if of.switches.contains(&switch) => {}
            Some(of) => of.switches.push(switch),
            None => off.push(OffSwitches { anchor, object_id, switches: vec![switch] }),
        }
    }

    async fn read_objects(&mut self, webhooks: &[WebhookDocument]) {
        let mut wanted: Vec<_> = webhooks.iter().filter_map(|webhook| anchor_of(webhook)).collect();
        wanted.sort_by(|one, other| one.1.cmp(&other.1));
        wanted.dedup();
        let client = self.session.webhooks.client();
        self.objects = stream::iter(wanted)
            .map(|(anchor, id)| async move {
                let object = client.object(anchor, &id).await;
                ((anchor, id), object)
            })
            .buffer_unordered(self.jobs)
            .collect()
            .await;
    }

    async fn reach_hosts(&mut self, webhooks: &[WebhookDocument]) {
        let urls = webhooks.iter().filter_map(|webhook| url_of(webhook));
        let hosts: HashMap<String, Url> = urls.map(|url| (origin(&url), url)).collect();
        let timeout = self.timeout;
        self.hosts = stream::iter(hosts)
            .map(|(origin, url)| async move {
                (origin, reach(&url, || tls::for_endpoints(None, false), timeout).await)
            })
            .buffer_unordered(self.jobs)
            .collect()
            .await;
    }

    /// The other webhooks with the same type and object, which an Operations token may see.
    async fn read_others(&mut self, webhooks: &[WebhookDocument]) {
        let mut keys: Vec<_> =
            webhooks.iter().filter_map(|webhook| WebhookKey::of(webhook)).collect();
        keys.sort();
        keys.dedup();
        let session = self.session;
        let lists: Vec<_> = stream::iter(keys)
            .map(|key| async move {
                let terms = [rql::eq("type", &key.webhook_type), rql::eq("object.id", &key.object)];
                let terms: Option<Vec<String>> = terms.into_iter().collect();
                let query = Query { filter: rql::all(&terms?), ..Query::default() };
                session.webhooks.page(&query, 0, PAGE).await.ok()
            })
            .buffer_unordered(self.jobs)
            .collect()
            .await;
        for page in lists.into_iter().flatten() {
            for webhook in &page.data {
                self.add_key(webhook);
            }
        }
    }

    fn add_key(&mut self, webhook: &Webhook) {
        if let (Some(key), Some(id)) = (WebhookKey::of(webhook), &webhook.id) {
            self.ids_by_key.entry(key).or_default().push(id.clone());
        }
    }

    fn diagnose(&self, webhook: &Webhook) -> Diagnosis {
        let id = webhook.id.clone().unwrap_or_default();
        let known = webhook.webhook_type.as_deref().and_then(webhook_type::find);
        let mut checks = vec![enabled(webhook, &id)];
        checks.push(self.object(webhook));
        if let Some(known) = known {
            checks.push(self.switch(webhook, known, &id));
        }
        checks.push(criteria(webhook, known, &id));
        checks.extend(self.others(webhook, &id));
        checks.push(self.endpoint(webhook));
        checks.push(calls(webhook, &id));
        let key = WebhookKey::of(webhook);
        Diagnosis {
            webhook: id,
            described: key.map(|key| key.to_string()).unwrap_or_default(),
            url: webhook.url.clone().unwrap_or_default(),
            checks,
        }
    }

    fn object(&self, webhook: &Webhook) -> Check {
        let check = |result, detail: String| Check::new("object", result, detail);
        let Some((anchor, id)) = anchor_of(webhook) else {
            let detail = "the criteria do not name a product, program or form";
            return check(CheckResult::Unknown, detail.to_owned());
        };
        let object = match self.objects.get(&(anchor, id.clone())) {
            Some(Ok(object)) => object,
            Some(Err(error)) => {
                return check(CheckResult::Unknown, format!("{id} cannot be read: {error}"));
            }
            None => return check(CheckResult::Unknown, format!("{id} was not read")),
        };
        let name = object.name.as_deref().unwrap_or("unnamed");
        let status = object.status.as_deref().unwrap_or("of unknown status");
        let detail = format!("{id} ({name}) is {status}");
        match object.is_published() {
            Some(true) => check(CheckResult::Ok, detail),
            None => check(CheckResult::Unknown, detail),
            Some(false) => {
                let what = match anchor {
                    Anchor::Product => "orders are created for published products only",
                    Anchor::Program => "enrollments are created for published programs only",
                    Anchor::Form => "only published forms are answered",
                };
                check(CheckResult::Problem, format!("{detail}; {what}")).with_hint(format!(
                    "publish the {}, or register the webhook for another one",
                    anchor.name()
                ))
            }
        }
    }

    fn switch(&self, webhook: &Webhook, known: &WebhookType, id: &str) -> Check {
        let check = |result, detail: String| Check::new("switch", result, detail);
        let Some(switch) = &known.switch else {
            return check(CheckResult::Ok, format!("none is known for {}", known.name));
        };
        let path = format!("settings.{}", switch.path);
        let object_id = anchor_of(webhook).map(|(_, id)| id).unwrap_or_default();
        let object = self.objects.get(&(known.anchor(), object_id.clone()));
        let value = match object {
            Some(Ok(object)) => switch.value_in(&object.settings).and_then(Value::as_bool),
            _ => None,
        };
        match (value, switch.is_certain) {
            (None, _) => {
                check(CheckResult::Unknown, format!("{path} of {object_id} cannot be read"))
            }
            (Some(on), false) => {
                let state = if on { "on" } else { "off" };
                let detail = format!(
                    "{path} is {state}; the platform's documentation does not agree on what it does"
                );
                check(CheckResult::Note, detail)
            }
            (Some(true), true) => check(CheckResult::Ok, format!("{path} is on")),
            (Some(false), true) => {
                let detail = format!(
                    "{path} of {object_id} is off: the platform does not call webhooks of this type"
                );
                check(CheckResult::Problem, detail)
                    .with_hint(format!("turn it on with mpt webhook doctor {id} --fix"))
            }
        }
    }

    fn others(&self, webhook: &Webhook, id: &str) -> Option<Check> {
        let ids = self.ids_by_key.get(&WebhookKey::of(webhook)?)?;
        let others: Vec<_> = ids.iter().filter(|other| *other != id).map(String::as_str).collect();
        (!others.is_empty()).then(|| {
            let detail = format!(
                "{} has the same type and object; the platform calls only one of them, and which is not known",
                others.join(", ")
            );
            Check::new("others", CheckResult::Note, detail)
        })
    }

    fn endpoint(&self, webhook: &Webhook) -> Check {
        let check = |result, detail: String| Check::new("endpoint", result, detail);
        let Some(url) = url_of(webhook) else {
            return check(CheckResult::Problem, "the URL cannot be understood".to_owned())
                .with_hint("set another one with mpt webhook update ID --url URL");
        };
        let origin = origin(&url);
        match self.hosts.get(&origin) {
            None => check(CheckResult::Unknown, format!("{origin} was not reached")),
            Some(Ok(None)) => check(CheckResult::Ok, format!("{origin} accepts connections")),
            Some(Ok(Some(until))) => {
                let days = until.duration_since(clock::now()).as_hours() / 24;
                let detail = format!(
                    "{origin} accepts connections; its certificate is valid for {days} days"
                );
                check(
                    if days < MIN_CERTIFICATE_DAYS { CheckResult::Note } else { CheckResult::Ok },
                    detail,
                )
            }
            // This machine is not the platform, which may reach what this one does not.
            Some(Err(error)) => {
                let detail = format!("not reachable from this machine: {error}");
                match webhook.is_failing() {
                    true => check(CheckResult::Problem, detail).with_hint(
                        "the last calls failed too; check that the endpoint is running and public",
                    ),
                    false => check(CheckResult::Note, detail),
                }
            }
        }
    }
}

/// The diagnoses, and the switches that `--fix` can turn on.
pub struct Examined {
    /// Worst first.
    pub diagnoses: Vec<Diagnosis>,
    /// The switches that are off for webhooks that are otherwise well, by object.
    pub off: Vec<OffSwitches>,
}

impl Examined {
    /// The webhooks whose switch cannot be read, so that it is not turned on.
    pub fn unread_switches(&self) -> impl Iterator<Item = Failure> {
        let is_unread =
            |check: &Check| check.name == "switch" && check.result == CheckResult::Unknown;
        let diagnoses = self.diagnoses.iter();
        let unread = diagnoses.filter(move |one| one.checks.iter().any(is_unread));
        unread.map(|diagnosis| {
            let webhook = &diagnosis.webhook;
            let message =
                format!("the switch of {webhook} cannot be read, so it was not turned on");
            Failure::new(Kind::Check, message)
        })
    }
}
