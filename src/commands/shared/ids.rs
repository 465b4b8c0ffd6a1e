//! Commands with `ID…`: reads the IDs and continues after failures.

use std::path::Path;

use serde::Serialize;

use super::failures::Failures;
use super::{Context, input};
use crate::api::Error as ApiError;
use crate::failure::{Ending, Failure};
use crate::ui::{Error as UiError, Report};

/// The IDs that a command works on.
#[derive(Debug)]
pub struct Ids {
    pub ids: Vec<String>,
    /// Whether JSON output is an array: several IDs were given, or `-`.
    pub is_array: bool,
}

impl Ids {
    /// Reads the arguments, and for `-` IDs from standard input, separated by white space. Repeated IDs
    /// are dropped.
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
        if ids.iter().any(String::is_empty) {
            return Err(Failure::usage("a webhook ID is empty")
                .with_hint("IDs look like WBH-1234-5678; list them with mpt webhook list -o id"));
        }
        let is_array = arguments.len() > 1 || arguments.iter().any(|argument| argument == "-");
        Ok(Self { ids, is_array })
    }

    /// Runs `work` for each ID, prints a record for each success, and continues after a failure. `verb`
    /// is used in error messages. Work that `changes` something is finished even if the reader of the
    /// output goes away.
    pub async fn for_each<T: Serialize>(
        &self,
        verb: &str,
        changes: bool,
        report: &mut Report<'_, T>,
        context: &Context,
        work: impl AsyncFn(&str) -> Result<T, ApiError>,
    ) -> Result<Failures, Ending> {
        let mut failures = Failures::default();
        let mut printed = Ok(());
        for id in &self.ids {
            match work(id).await {
                Ok(record) if printed.is_ok() => {
                    printed = report.push(&record);
                    if printed.is_err() && !changes {
                        break;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let failure = Failure::from(error).while_trying(&format!("{verb} {id}"));
                    failures.report(failure, context);
                }
            }
        }
        match printed {
            // What failed decides the exit code.
            Err(UiError::ClosedPipe) if !failures.is_empty() => Ok(failures),
            printed => Ok(printed.map(|()| failures)?),
        }
    }
}
