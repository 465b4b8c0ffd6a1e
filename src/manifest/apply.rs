//! Carries a plan out: several requests at once, as many as the platform bears, and what became of
//! each step. Ends at a step's end when asked to.

use std::cell::Cell;
use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::plan::{Action, Existing, Goal, Plan, Secrets, Step, converge};
use crate::api::create::{Outcome, create};
use crate::api::{Error, Webhooks};

/// What became of a step.
#[derive(Debug)]
pub enum Done {
    /// It is as it should be; the webhook's id where it is known.
    Ok(Option<String>),
    /// Of a create: another was faster, and its webhook is brought to what is wanted.
    Adopted(String),
    Failed(Error),
    /// It was created, and could not be disabled.
    NotDisabled {
        id: String,
        error: Error,
    },
    /// Nobody can say whether it was created.
    Unknown(Error),
    /// It was the turn of none of it.
    NotStarted,
}

/// How a plan is carried out.
pub struct Applier<'a> {
    pub webhooks: &'a Webhooks<'a>,
    /// What was planned for.
    pub goals: &'a [Goal<'a>],
    pub secrets: Secrets,
    /// The most requests at once.
    pub jobs: usize,
    /// Set, nothing new is started.
    pub stop: &'a Cell<bool>,
    /// Told each step that is over.
    pub told: &'a dyn Fn(&Step, &Done),
}

/// No more than an id is needed of an answer; the platform gives it always.
const SELECT: &str = "";

impl Applier<'_> {
    /// What became of each step of the plan, in its order. Each action is over before the next
    /// begins.
    pub async fn apply(&self, plan: &Plan) -> Vec<Done> {
        let mut done: Vec<Done> = plan.steps.iter().map(|_| Done::NotStarted).collect();
        let mut failed = HashSet::new();
        for action in Action::ALL {
            let steps: Vec<usize> = (0..plan.steps.len())
                .filter(|index| plan.steps[*index].action == action)
                .collect();
            if action == Action::Unchanged {
                for index in steps {
                    done[index] = Done::Ok(plan.steps[index].id.clone());
                }
                continue;
            }
            self.carry_out(plan, &steps, &mut failed, &mut done).await;
        }
        done
    }

    async fn carry_out<'p>(
        &self,
        plan: &'p Plan,
        indices: &[usize],
        failed: &mut HashSet<&'p str>,
        done: &mut [Done],
    ) {
        let mut waiting = indices.iter().copied();
        let mut running = FuturesUnordered::new();
        let mut bearable = Bearable::new(self.jobs);
        loop {
            while running.len() < bearable.jobs() && !self.stop.get() {
                let Some(index) = waiting.next() else { break };
                let id = plan.steps[index].id.as_deref();
                if id.is_some_and(|id| failed.contains(id)) {
                    continue;
                }
                running.push(async move { (index, self.step(&plan.steps[index]).await) });
            }
            let Some((index, result)) = running.next().await else {
                return;
            };
            if !matches!(result, Done::Ok(_) | Done::Adopted(_)) {
                // What is left to do with it was planned for what it should have become.
                failed.extend(plan.steps[index].id.as_deref());
            }
            (self.told)(&plan.steps[index], &result);
            done[index] = result;
            bearable.learn(self.webhooks.client().throttled());
        }
    }

    async fn step(&self, step: &Step) -> Done {
        let id = step.id.as_deref().unwrap_or_default();
        let result = match step.action {
            Action::Create => return self.create(step).await,
            Action::Update => {
                let body = step.body.to_json();
                self.webhooks.update(id, &body, SELECT).await.map(drop)
            }
            Action::Enable => self.webhooks.switch(id, true, SELECT).await.map(drop),
            Action::Disable => self.webhooks.switch(id, false, SELECT).await.map(drop),
            Action::Delete => match self.webhooks.delete(id).await {
                // Somebody else was faster; it is gone.
                Err(error) if error.status() == Some(404) => Ok(()),
                deleted => deleted,
            },
            Action::Unchanged => Ok(()),
        };
        match result {
            Ok(()) => Done::Ok(step.id.clone()),
            Err(error) => Done::Failed(error),
        }
    }

    async fn create(&self, step: &Step) -> Done {
        match create(self.webhooks, &step.body, SELECT).await {
            Outcome::Created(document) => {
                let id = document["id"].as_str().map(str::to_owned);
                if let Some(id) = &id
                    && step.disabled
                    && let Err(error) = self.webhooks.switch(id, false, SELECT).await
                {
                    let id = id.clone();
                    return Done::NotDisabled { id, error };
                }
                Done::Ok(id)
            }
            // Another apply was faster: its webhook is brought to what is wanted.
            Outcome::Exists {
                existing: Some(document),
                error,
                ..
            } => match (Existing::of(&document), step.wanted) {
                (Some(existing), Some(index)) => self.adopt(&self.goals[index], &existing).await,
                _ => Done::Failed(error),
            },
            Outcome::Exists { error, .. } | Outcome::Failed(error) => Done::Failed(error),
            Outcome::Unknown { error, .. } => Done::Unknown(error),
        }
    }

    async fn adopt(&self, goal: &Goal<'_>, existing: &Existing) -> Done {
        // Theirs may be without the secret, or with another, and nobody gave it back.
        let secrets = match self.secrets {
            Secrets::Differing => Secrets::Always,
            secrets => secrets,
        };
        for step in converge(goal, existing, secrets) {
            match Box::pin(self.step(&step)).await {
                Done::Ok(_) => {}
                failed => return failed,
            }
        }
        Done::Adopted(existing.id.clone())
    }
}

/// How many requests at once the platform bears: half as many after it said that they were too
/// many, one more after a round of which it bore all.
struct Bearable {
    most: usize,
    now: usize,
    since: usize,
    throttled: u64,
}

impl Bearable {
    fn new(most: usize) -> Self {
        Self {
            most,
            now: most,
            since: 0,
            throttled: 0,
        }
    }

    fn jobs(&self) -> usize {
        self.now
    }

    /// `throttled`: how often the platform has said so, in all.
    fn learn(&mut self, throttled: u64) {
        self.since += 1;
        if throttled > self.throttled {
            self.throttled = throttled;
            // Those that were on their way at the same time say it too.
            if self.since >= self.now {
                self.now = (self.now / 2).max(1);
                self.since = 0;
            }
        } else if self.since >= self.now && self.now < self.most {
            self.now += 1;
            self.since = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bearable;

    #[test]
    fn it_halves_when_throttled_and_recovers_one_by_one() {
        let mut bearable = Bearable::new(8);
        for _ in 0..8 {
            bearable.learn(0);
        }
        for throttled in 1..=4 {
            bearable.learn(throttled);
        }
        assert_eq!(bearable.jobs(), 4);
        for _ in 0..9 {
            bearable.learn(4);
        }
        assert!(bearable.jobs() > 4 && bearable.jobs() <= 6);
        for _ in 0..100 {
            bearable.learn(4);
        }
        assert_eq!(bearable.jobs(), 8);
    }
}
