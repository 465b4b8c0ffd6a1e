//! Why a webhook is not called (docs/platform-api.md, "When a webhook is not called").

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use url::Url;

use crate::api::list::{PAGE, Query};
use crate::api::webhooks::WebhookDocument;
use crate::api::{Error as ApiError, rql};
use crate::failure::{Failure, Kind};
use crate::model::object::CatalogObject;
use crate::model::url::without_userinfo;
use crate::model::webhook_type::{self, Anchor, WebhookType};
use crate::model::{Check, CheckResult, Diagnosis};
use crate::model::{Document, Webhook, WebhookKey};
use crate::net::reach::{self, reach};
use crate::net::tls;
use crate::operations::Session;
use crate::operations::diagnosis::checks::{
    anchor_of, calls, criteria, enabled, origin as url_origin, url_of,
};
use crate::operations::diagnosis::switches::OffSwitches;
use crate::system::clock;
use crate::text::MPT;

/// What the checks of several webhooks share: each object and each host is asked once.
pub struct Doctor<'a> {
    session: &'a Session<'a>,
    jobs: usize,
    timeout: Duration,
    objects: HashMap<(Anchor, String), Result<Document<CatalogObject>, ApiError>>,
    /// When each host's certificate expires, or why it cannot be reached.
    hosts: BTreeMap<String, Result<Option<jiff::Timestamp>, reach::Error>>,
    /// The IDs of the webhooks with each key.
    ids_by_key: HashMap<WebhookKey, Vec<String>>,
}

/// A certificate that expires sooner is mentioned, in days.
const MIN_CERTIFICATE_DAYS: i64 = 21;

/// The time for all hosts together.
const MAX_REACH: Duration = Duration::from_secs(10);

/// The number of hosts that are tried at the same time.
const MAX_HOSTS: usize = 256;

/// Which webhooks are examined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    ForAll,
    ForSome,
}

impl<'a> Doctor<'a> {
    pub fn new(session: &'a Session<'a>, jobs: usize, timeout: Duration) -> Self {
        Self {
            session,
            jobs,
            timeout,
            objects: HashMap::new(),
            hosts: BTreeMap::new(),
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
        let mut examined =
            Examined { diagnoses, unreachable: self.unreachable(webhooks), ..Examined::default() };
        for webhook in webhooks {
            self.add_off_switch(webhook, asked, &mut examined);
        }
        Ok(examined)
    }

    /// The hosts that cannot be reached, each with the webhooks that use it.
    fn unreachable(&self, webhooks: &[WebhookDocument]) -> Vec<UnreachableHost> {
        let failed = self.hosts.iter().filter_map(|(origin, reached)| {
            let error = reached.as_ref().err()?;
            let uses = |webhook: &&WebhookDocument| {
                url_of(webhook).is_some_and(|url| url_origin(&url) == *origin)
            };
            let ids = webhooks.iter().filter(uses).filter_map(|webhook| webhook.id.clone());
            Some(UnreachableHost { error: error.to_string(), webhooks: ids.collect() })
        });
        failed.collect()
    }

    /// Adds the switch to turn on for a webhook. Not for one that is disabled or failing: its endpoint is not ready. For
    /// all webhooks, also not for one with any other problem, which is named.
    fn add_off_switch(&self, webhook: &Webhook, asked: Asked, examined: &mut Examined) {
        let known = webhook.webhook_type.as_deref().and_then(webhook_type::find);
        let Some(switch) = known.and_then(WebhookType::certain_switch) else {
            return;
        };
        let Some((anchor, object_id)) = anchor_of(webhook) else {
            return;
        };
        let object = self.objects.get(&(anchor, object_id.clone()));
        let Some(Ok(object)) = object else { return };
        if switch.is_on(&object.settings) != Some(false) {
            return;
        }
        if let Some(why) = self.why_not_ready(webhook, asked, examined) {
            let id = webhook.id.as_deref().unwrap_or("a webhook without an ID");
            examined.left_out.push(format!("{id}: {why}"));
            return;
        }
        match examined.off.iter_mut().find(|of| of.object_id == object_id) {
            Some(of) if of.switches.contains(&switch) => {}
            Some(of) => of.switches.push(switch),
            None => examined.off.push(OffSwitches { anchor, object_id, switches: vec![switch] }),
        }
    }

    /// Why the switch of a webhook is not turned on.
    fn why_not_ready(
        &self,
        webhook: &Webhook,
        asked: Asked,
        examined: &Examined,
    ) -> Option<String> {
        match (webhook.enabled(), webhook.is_failing()) {
            (Some(false), _) => return Some("it is disabled".to_owned()),
            (None, _) => return Some("its status is not known".to_owned()),
            (Some(true), true) => return Some("its last call failed".to_owned()),
            (Some(true), false) if asked == Asked::ForSome => return None,
            (Some(true), false) => {}
        }
        let diagnosis =
            examined.diagnoses.iter().find(|one| Some(&one.webhook) == webhook.id.as_ref());
        let other = diagnosis?.problems().find(|check| check.name != "switch");
        if let Some(check) = other {
            return Some(check.detail.clone());
        }
        let host = examined.unreachable.iter();
        let host =
            host.filter(|host| host.webhooks.iter().any(|id| Some(id) == webhook.id.as_ref()));
        host.map(|host| format!("its endpoint is not reachable from this machine: {}", host.error))
            .next()
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
        let hosts: HashMap<String, Url> = urls.map(|url| (url_origin(&url), url)).collect();
        // All are tried at the same time, so that the whole takes as long as one.
        let deadline = Instant::now() + self.timeout.min(MAX_REACH);
        self.hosts = stream::iter(hosts)
            .map(|(origin, url)| async move {
                let left = deadline.saturating_duration_since(Instant::now());
                (origin, reach(&url, || tls::for_endpoints(None, false), left).await)
            })
            .buffer_unordered(MAX_HOSTS)
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
        checks.push(self.endpoint(webhook, &id));
        checks.push(calls(webhook, &id));
        let key = WebhookKey::of(webhook);
        Diagnosis {
            webhook: id,
            described: key.map(|key| key.to_string()).unwrap_or_default(),
            url: webhook.url.as_deref().map(without_userinfo).unwrap_or_default(),
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
                let hint = match webhook.enabled() {
                    Some(false) => {
                        format!(
                            "enable the webhook with {MPT} webhook enable {id}, then turn it on with {MPT} webhook doctor {id} --fix"
                        )
                    }
                    _ => format!("turn it on with {MPT} webhook doctor {id} --fix"),
                };
                check(CheckResult::Problem, detail).with_hint(hint)
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

    fn endpoint(&self, webhook: &Webhook, id: &str) -> Check {
        let check = |result, detail: String| Check::new("endpoint", result, detail);
        let Some(url) = url_of(webhook) else {
            return check(CheckResult::Problem, "the URL cannot be understood".to_owned())
                .with_hint(format!("set another one with {MPT} webhook update {id} --url URL"));
        };
        let origin = url_origin(&url);
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
#[derive(Default)]
pub struct Examined {
    /// Worst first.
    pub diagnoses: Vec<Diagnosis>,
    pub unreachable: Vec<UnreachableHost>,
    /// The switches that are off for webhooks that are otherwise well, by object.
    pub off: Vec<OffSwitches>,
    /// The webhooks whose switch is off and stays so, each with the reason.
    pub left_out: Vec<String>,
}

/// A host that cannot be reached from this machine.
pub struct UnreachableHost {
    /// It names the host.
    pub error: String,
    /// The IDs of the webhooks that use it.
    pub webhooks: Vec<String>,
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
