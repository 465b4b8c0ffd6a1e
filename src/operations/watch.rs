//! Watches webhooks. The platform only keeps the last call of each
//! (docs/platform-api.md, "Webhook"), so the history comes from frequent requests.

use std::collections::{BTreeMap, HashSet};

use crate::api::webhooks::Query;
use crate::api::{Error, Pages, Webhooks};
use crate::model::webhook::Health;
use crate::model::{Call, Webhook};

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
    pub events: Vec<Event>,
}

impl<'a> Watch<'a> {
    /// Reads all webhooks as one list instead of one request for each.
    pub fn new(webhooks: &'a Webhooks<'a>, filter: String, jobs: usize) -> Self {
        Self {
            webhooks,
            query: Query {
                filter,
                select: Some(SELECT.to_owned()),
                order: None,
            },
            jobs,
            history: History::default(),
        }
    }

    pub async fn poll(&mut self) -> Result<Poll, Error> {
        let mut pages = Pages::of_webhooks(self.webhooks, &self.query, None, self.jobs);
        let mut webhooks = Vec::new();
        while let Some(documents) = pages.next().await? {
            webhooks.extend(documents.iter().map(|document| document.view().clone()));
        }
        let events = self.history.poll(webhooks.iter().cloned());
        Ok(Poll { webhooks, events })
    }
}

/// The state that a watch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The last call succeeded.
    Ok,
    /// The last call failed.
    Failing,
    /// The webhook was called since watching began.
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
        Self {
            state,
            ids: ids.to_vec(),
            called: HashSet::new(),
        }
    }

    /// The webhooks that are not in the state; those that do not exist are among them. `None`: there are no webhooks.
    pub fn pending(&mut self, poll: &Poll) -> Option<Vec<String>> {
        for event in &poll.events {
            if let Event::Called { id, .. } = event {
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
pub enum Event {
    /// A webhook was called; `missed` earlier calls were not seen.
    Called {
        id: String,
        call: Box<Call>,
        missed: u64,
    },
    /// A webhook was enabled or disabled.
    Switched {
        id: String,
        from: String,
        to: String,
    },
}

/// The last known state of each webhook; empty before the first poll.
#[derive(Debug, Default)]
struct History {
    has_polled: bool,
    seen: BTreeMap<String, Seen>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    call_time: Option<String>,
    status: Option<String>,
    /// The total number of calls, if the platform counts them.
    total: Option<u64>,
}

impl History {
    /// The events since the last poll; none at the first poll.
    fn poll(&mut self, webhooks: impl IntoIterator<Item = Webhook>) -> Vec<Event> {
        let mut events = Vec::new();
        for webhook in webhooks {
            let Some(id) = webhook.id.clone() else {
                continue;
            };
            let now = Seen::of(&webhook);
            let before = self.seen.insert(id.clone(), now.clone());
            if !self.has_polled {
                continue;
            }
            // A new webhook has no earlier state: all its calls are new.
            let before = before.unwrap_or_else(|| Seen {
                total: Some(0),
                ..Seen::default()
            });
            if let (Some(from), Some(to)) = (&before.status, &now.status)
                && from != to
            {
                events.push(Event::Switched {
                    id: id.clone(),
                    from: from.clone(),
                    to: to.clone(),
                });
            }
            if let Some(call) = webhook
                .last_call
                .filter(|_| now.call_time != before.call_time)
            {
                let counted = before
                    .total
                    .zip(now.total)
                    .map(|(then, now)| now.saturating_sub(then));
                let missed = counted.unwrap_or(1).saturating_sub(1);
                events.push(Event::Called {
                    id,
                    call: Box::new(call),
                    missed,
                });
            }
        }
        self.has_polled = true;
        events
    }
}

impl Seen {
    fn of(webhook: &Webhook) -> Self {
        Self {
            call_time: webhook
                .last_call
                .as_ref()
                .and_then(|call| call.call_time.clone()),
            status: webhook.status.clone(),
            total: webhook
                .statistics
                .as_ref()
                .and_then(|statistics| statistics.total.as_deref()?.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Event, History};
    use crate::model::Webhook;

    fn webhook(id: &str, status: &str, total: u64) -> Webhook {
        let mut document = json!({"id": id, "status": status, "statistics": {"total": total}});
        if total > 0 {
            document["lastCall"] = json!({"success": true, "callTime": format!("t{total}")});
        }
        Webhook::of(&document)
    }

    fn summary(events: Vec<Event>) -> Vec<Value> {
        events
            .into_iter()
            .map(|event| match event {
                Event::Called { id, call, missed } => json!([id, call.call_time, missed]),
                Event::Switched { id, from, to } => json!([id, from, to]),
            })
            .collect()
    }

    #[test]
    fn every_change_is_an_event_once() {
        let mut history = History::default();
        let mut poll = |webhooks: Vec<Webhook>| summary(history.poll(webhooks));
        assert_eq!(poll(vec![webhook("A", "Enabled", 3)]), [json!(null); 0]);
        assert_eq!(
            poll(vec![webhook("A", "Enabled", 4)]),
            [json!(["A", "t4", 0])]
        );
        assert_eq!(poll(vec![webhook("A", "Enabled", 4)]), [json!(null); 0]);
        // Two calls between two polls: one was missed. The webhook was also disabled.
        assert_eq!(
            poll(vec![webhook("A", "Disabled", 6)]),
            [json!(["A", "Enabled", "Disabled"]), json!(["A", "t6", 1])]
        );
        // A new webhook has no earlier state.
        assert_eq!(
            poll(vec![webhook("B", "Enabled", 2)]),
            [json!(["B", "t2", 1])]
        );
        assert_eq!(poll(vec![webhook("C", "Enabled", 0)]), [json!(null); 0]);
    }
}
