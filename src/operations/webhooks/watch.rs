//! Watches webhooks. The platform only keeps the last call of each
//! (docs/platform-api.md, "Webhook"), so the history comes from frequent requests.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::api::webhooks::{Query, WebhookDocument};
use crate::api::{Error, List, Webhooks};
use crate::model::webhook::Health;
use crate::model::{Call, Webhook, timestamp};

/// The members that a poll needs.
const SELECT: &str = "statistics,lastCall";

/// Reads webhooks repeatedly.
pub struct Watch<'a> {
    webhooks: &'a Webhooks<'a>,
    query: Query,
    /// The number of pages that are read at the same time.
    jobs: usize,
    history: History,
}

/// The result of one poll.
pub struct Poll {
    pub webhooks: Vec<Webhook>,
    /// The events since the previous poll.
    pub events: Vec<WatchEvent>,
}

impl<'a> Watch<'a> {
    /// Reads all webhooks as one list instead of one request for each.
    pub fn new(webhooks: &'a Webhooks<'a>, filter: String, jobs: usize) -> Self {
        Self {
            webhooks,
            query: Query { filter, select: Some(SELECT.to_owned()), order: None },
            jobs,
            history: History::default(),
        }
    }

    pub async fn poll(&mut self) -> Result<Poll, Error> {
        let list = List::of_webhooks(&self.query).at_once(self.jobs);
        let view = |webhook: &WebhookDocument| Some(webhook.view().clone());
        let webhooks = list.collect(self.webhooks.client(), view).await?;
        Ok(self.history.poll(webhooks))
    }
}

/// The state that a watch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum State {
    /// The last call succeeded
    Ok,
    /// The last call failed
    Failing,
    /// It was called since watching began
    Called,
}

/// Waits until every webhook is in a state.
pub struct Condition {
    state: State,
    /// The webhooks that were named; empty for all.
    ids: Vec<String>,
    called: HashSet<String>,
}

impl Condition {
    pub fn new(state: State, ids: &[String]) -> Self {
        Self { state, ids: ids.to_vec(), called: HashSet::new() }
    }

    /// The webhooks that are not in the state; those that do not exist are among them. `None`: there are no webhooks.
    pub fn pending(&mut self, poll: &Poll) -> Option<Vec<String>> {
        for event in &poll.events {
            if let WatchEvent::Called { id, .. } = event {
                self.called.insert(id.clone());
            }
        }
        let is_in_state = |webhook: &Webhook| match self.state {
            State::Ok => webhook.health() == Health::Ok,
            State::Failing => webhook.is_failing(),
            State::Called => {
                let id = webhook.id.as_ref();
                id.is_some_and(|id| self.called.contains(id))
            }
        };
        let ids: Vec<_> = match self.ids.as_slice() {
            [] => poll.webhooks.iter().filter_map(|w| w.id.clone()).collect(),
            named => named.to_vec(),
        };
        let ready = poll.webhooks.iter().filter(|webhook| is_in_state(webhook));
        let ready: HashSet<_> = ready.filter_map(|webhook| webhook.id.clone()).collect();
        (!ids.is_empty()).then(|| ids.into_iter().filter(|id| !ready.contains(id)).collect())
    }
}

/// An event since the previous poll.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// A webhook was called; `missed` earlier calls were not seen.
    Called { id: String, call: Box<Call>, missed: u64 },
    /// A webhook was enabled or disabled.
    Switched { id: String, from: String, to: String },
}

/// The last known state of each webhook; empty before the first poll.
#[derive(Debug, Default)]
struct History {
    seen: BTreeMap<String, Seen>,
}

/// The latest that was read of a webhook. Nothing in it goes backwards: a replica may answer with an older state.
#[derive(Clone, Debug)]
struct Seen {
    webhook: Webhook,
    called_at: Option<Timestamp>,
    /// The total number of calls, if the platform counts them.
    total: Option<u64>,
}

impl History {
    /// The webhooks as they are known now, and the events since the last poll. A webhook that is seen for the first time
    /// has no events: when it was called is not known.
    fn poll(&mut self, webhooks: impl IntoIterator<Item = Webhook>) -> Poll {
        let mut events = Vec::new();
        let mut known = Vec::new();
        for webhook in webhooks {
            let Some(id) = webhook.id.clone() else {
                known.push(webhook);
                continue;
            };
            let now = Seen::of(webhook);
            let latest = match self.seen.remove(&id) {
                None => now,
                Some(before) if now.is_older_than(&before) => before,
                Some(before) => now.since(&id, &before, &mut events),
            };
            known.push(latest.webhook.clone());
            self.seen.insert(id, latest);
        }
        Poll { webhooks: known, events }
    }
}

impl Seen {
    fn of(webhook: Webhook) -> Self {
        let called_at = webhook
            .last_call
            .as_ref()
            .and_then(|call| timestamp::parse(call.call_time.as_deref()?));
        let total = webhook
            .statistics
            .as_ref()
            .and_then(|statistics| statistics.total.as_deref()?.parse().ok());
        Self { webhook, called_at, total }
    }

    fn is_older_than(&self, other: &Self) -> bool {
        let times = self.called_at.zip(other.called_at);
        let counts_less = self.total.zip(other.total).is_some_and(|(now, then)| now < then);
        let is_later = times.is_some_and(|(now, then)| now > then);
        let is_earlier = times.is_some_and(|(now, then)| now < then);
        is_earlier || counts_less && !is_later
    }

    /// Adds the events between an earlier state and this one: a call is a total that grew, or a later time.
    fn since(mut self, id: &str, before: &Self, events: &mut Vec<WatchEvent>) -> Self {
        if let (Some(from), Some(to)) = (&before.webhook.status, &self.webhook.status)
            && from != to
        {
            events.push(WatchEvent::Switched {
                id: id.to_owned(),
                from: from.clone(),
                to: to.clone(),
            });
        }
        let counted = self.total.zip(before.total);
        let new_calls = counted.map_or(0, |(now, then)| now - then);
        let is_later = self.called_at > before.called_at;
        if new_calls == 0 && is_later {
            // The call will be counted in a later answer.
            self.total = self.total.map(|total| total + 1);
        }
        if new_calls > 0 || is_later {
            events.push(WatchEvent::Called {
                id: id.to_owned(),
                call: Box::new(self.webhook.last_call.clone().unwrap_or_default()),
                missed: new_calls.saturating_sub(1),
            });
        }
        self.total = self.total.or(before.total);
        self.called_at = self.called_at.or(before.called_at);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{History, WatchEvent};
    use crate::model::Webhook;

    fn webhook(id: &str, status: &str, total: u64, time: &str) -> Webhook {
        let mut document = json!({"id": id, "status": status, "statistics": {"total": total}});
        if !time.is_empty() {
            let time = format!("2026-05-04T09:00:{time}");
            document["lastCall"] = json!({"success": true, "callTime": time});
        }
        Webhook::of(&document)
    }

    fn summary(events: Vec<WatchEvent>) -> Vec<Value> {
        let events = events.into_iter();
        let summaries = events.map(|event| match event {
            WatchEvent::Called { id, call, missed } => {
                let time = call.call_time.unwrap_or_default();
                json!([id, time.trim_start_matches("2026-05-04T09:00:"), missed])
            }
            WatchEvent::Switched { id, from, to } => json!([id, from, to]),
        });
        summaries.collect()
    }

    #[test]
    fn every_change_is_an_event_once() {
        let mut history = History::default();
        let none = [json!(null); 0];
        let mut poll = |webhook: Webhook| summary(history.poll([webhook]).events);
        assert_eq!(poll(webhook("A", "Enabled", 3, "03Z")), none);
        assert_eq!(poll(webhook("A", "Enabled", 4, "04Z")), [json!(["A", "04Z", 0])]);
        assert_eq!(poll(webhook("A", "Enabled", 4, "04Z")), none);
        // Two calls between two polls: one was missed. The webhook was also disabled.
        assert_eq!(
            poll(webhook("A", "Disabled", 6, "06Z")),
            [json!(["A", "Enabled", "Disabled"]), json!(["A", "06Z", 1])]
        );
        // A webhook that appears later was called before it was seen.
        assert_eq!(poll(webhook("B", "Enabled", 2, "02Z")), none);
        assert_eq!(poll(webhook("B", "Enabled", 3, "07Z")), [json!(["B", "07Z", 0])]);
    }

    #[test]
    fn a_call_is_a_total_that_grew_or_a_later_time() {
        let mut history = History::default();
        let none = [json!(null); 0];
        let mut poll = |webhook: Webhook| summary(history.poll([webhook]).events);
        assert_eq!(poll(webhook("A", "Enabled", 3, "03Z")), none);
        // The same time in other spellings.
        for time in ["03.000Z", "03+00:00", "03"] {
            assert_eq!(poll(webhook("A", "Enabled", 3, time)), none, "{time}");
        }
        // A second call within the same second.
        assert_eq!(poll(webhook("A", "Enabled", 4, "03Z")), [json!(["A", "03Z", 0])]);
        // An older replica, also with another status.
        assert_eq!(poll(webhook("A", "Disabled", 3, "02Z")), none);
        assert_eq!(poll(webhook("A", "Enabled", 4, "03Z")), none);
        // The time is known before the call is counted.
        assert_eq!(poll(webhook("A", "Enabled", 4, "05Z")), [json!(["A", "05Z", 0])]);
        assert_eq!(poll(webhook("A", "Enabled", 5, "05Z")), none);
    }

    #[test]
    fn what_is_shown_does_not_go_backwards() {
        let mut history = History::default();
        history.poll([webhook("A", "Enabled", 4, "04Z")]);
        let poll = history.poll([webhook("A", "Disabled", 3, "03Z")]);
        assert_eq!(poll.webhooks[0].status.as_deref(), Some("Enabled"));
    }
}
