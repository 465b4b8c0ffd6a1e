//! Collects failures of several items; the worst one decides the exit code.

use super::Context;
use crate::failure::{self, CommandResult, Ending, Failure, Kind};

/// As text, each failure is printed as it happens; as JSON, the errors are the last lines of standard
/// error.
#[derive(Default)]
pub struct Failures {
    worst: Option<Kind>,
    held: Vec<Failure>,
}

impl Failures {
    pub fn report(&mut self, failure: Failure, context: &Context) {
        self.worst = self.worst.max(Some(failure.kind));
        if context.ui.reports_json() {
            self.held.push(failure);
        } else {
            failure::print(&failure, &context.ui);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.worst.is_none()
    }

    pub fn result(self, context: &Context) -> CommandResult {
        for failure in &self.held {
            failure::print(failure, &context.ui);
        }
        match self.worst {
            Some(worst) => Err(Ending::Reported(worst)),
            None => Ok(()),
        }
    }
}
