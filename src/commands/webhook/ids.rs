//! Commands that take `ID…`: where the ids come from, and going on past a failure.

use std::path::Path;

use serde_json::Value;

use crate::api::Error as ApiError;
use crate::commands::shared::{Context, input};
use crate::failure::{self, AlreadyReported, Failure, Kind};
use crate::ui::Records;

/// The ids that a command is to work on.
#[derive(Debug)]
pub struct Ids {
    pub ids: Vec<String>,
    /// Whether JSON is an array: more than one was given, or `-`.
    pub many: bool,
}

impl Ids {
    /// Reads the arguments, `-` from standard input: ids apart by white space. One that comes again
    /// is left out.
    pub async fn read(arguments: &[String]) -> Result<Self, Failure> {
        let mut ids: Vec<String> = Vec::new();
        let mut add = |id: &str| {
            if !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        };
        for argument in arguments {
            if argument != "-" {
                add(argument);
                continue;
            }
            let text = input::text("", Path::new("-")).await?;
            text.split_whitespace().for_each(&mut add);
        }
        let many = arguments.len() > 1 || arguments.iter().any(|argument| argument == "-");
        if ids.iter().any(String::is_empty) {
            return Err(Failure::usage("an id is empty")
                .with_hint("ids look like WBH-1234-5678: mpt webhook list -o id prints them"));
        }
        Ok(Self { ids, many })
    }
}

impl Ids {
    /// Does the work for each id, a record for each that is done, and goes on past a failure. `verb`
    /// says what was tried.
    pub async fn for_each<T>(
        &self,
        verb: &str,
        records: &mut Records<'_, T>,
        context: &Context,
        work: impl AsyncFn(&str) -> Result<Value, ApiError>,
    ) -> anyhow::Result<Failures> {
        let mut failures = Failures::default();
        for id in &self.ids {
            match work(id).await {
                Ok(document) => records.push(document)?,
                Err(error) => {
                    failures.tell(
                        Failure::from(error).while_trying(&format!("{verb} {id}")),
                        context,
                    );
                }
            }
        }
        Ok(failures)
    }
}

/// Failures of several; the worst decides the exit code. People are told as they happen; for
/// programs the errors are the last lines of standard error.
#[derive(Default)]
pub struct Failures {
    worst: Option<Kind>,
    held: Vec<Failure>,
}

impl Failures {
    pub fn tell(&mut self, failure: Failure, context: &Context) {
        self.worst = self.worst.max(Some(failure.kind));
        if context.console.speaks_json() {
            self.held.push(failure);
        } else {
            failure::print(&failure, &context.console);
        }
    }

    pub fn result(self, context: &Context) -> anyhow::Result<()> {
        for failure in &self.held {
            failure::print(failure, &context.console);
        }
        self.worst
            .map_or(Ok(()), |worst| Err(AlreadyReported(worst).into()))
    }
}
