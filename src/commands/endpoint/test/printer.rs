//! Prints the results of `endpoint test`.

use crate::commands::endpoint::test::{annotations, case_lines};
use crate::commands::shared::Context;
use crate::operations::endpoints::test::{CaseOutcome, CaseResult};
use crate::reporter::Reporter;
use crate::ui::github::is_github_actions;
use crate::ui::{Column, Error as UiError, Format, Report, View};

/// The results so far.
pub struct TestPrinter<'a> {
    results: Vec<CaseResult>,
    /// Whether failures are printed at the end, below the output of the endpoint that was started.
    pub holds_failures: bool,
    report: Report<'a, CaseResult>,
    pub context: &'a Context,
}

impl<'a> TestPrinter<'a> {
    /// # Errors
    /// The command does not have the output format that was asked for.
    pub fn new(context: &'a Context) -> Result<Self, UiError> {
        let view = View::details(case_lines::render).with_columns(COLUMNS).as_list();
        let report = Report::new(&context.ui, view)?;
        Ok(Self { results: Vec::new(), holds_failures: false, report, context })
    }

    /// Prints a result: as text at once, a line for each case.
    pub fn add(&mut self, result: CaseResult) -> Result<(), UiError> {
        let is_held = self.holds_failures && result.has_failed();
        if !(is_held && self.report.format() == Format::Table) {
            self.show(&result)?;
        }
        self.results.push(result);
        Ok(())
    }

    pub fn results(&self) -> &[CaseResult] {
        &self.results
    }

    pub fn has_failure(&self) -> bool {
        self.results.iter().any(CaseResult::has_failed)
    }

    /// Prints what is not printed yet, and how many of all cases passed.
    pub fn finish(self, cases: usize) -> Result<Vec<CaseResult>, UiError> {
        if self.report.format() != Format::Table {
            self.report.finish()?;
        } else if self.holds_failures {
            for failed in self.results.iter().filter(|one| one.has_failed()) {
                self.context.ui.print_text(&case_lines::render(failed, &self.context.ui.style))?;
            }
        }
        let is_case = |result: &&CaseResult| result.file.is_some();
        let left = cases - self.results.iter().filter(is_case).count();
        summarize(&self.results, left, self.context);
        Ok(self.results)
    }

    fn show(&mut self, result: &CaseResult) -> Result<(), UiError> {
        let ui = &self.context.ui;
        match self.report.format() {
            Format::Table => {
                let text = case_lines::render(result, &ui.style);
                ui.print_text(&text)
            }
            _ => self.report.push(result),
        }
    }
}

/// Says how many passed and failed, and marks the failures in the log of GitHub Actions.
fn summarize(results: &[CaseResult], left: usize, context: &Context) {
    let ui = &context.ui;
    if is_github_actions() {
        let annotations = results.iter().filter_map(annotations::annotation);
        annotations.for_each(|annotation| ui.github_command(&annotation));
    }
    let count = |outcome| results.iter().filter(|one| one.result == outcome).count();
    let counts: Vec<_> = [
        (count(CaseOutcome::Passed), "passed"),
        (count(CaseOutcome::Failed), "failed"),
        (count(CaseOutcome::Warning), "with a warning"),
        (count(CaseOutcome::Skipped), "skipped"),
        (left, "not run"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, name)| format!("{count} {name}"))
    .collect();
    ui.note(&counts.join(", "));
}

const COLUMNS: &[Column<CaseResult>] = &[
    Column::flexible("name", |result, _| result.name.as_str().into()),
    Column::whole("result", |result, _| result.result.name().into()),
    Column::whole("verdict", |result, _| {
        result.verdict.map(|verdict| verdict.name().to_owned()).into()
    }),
    Column::whole("milliseconds", |result, _| {
        result.milliseconds.map(|time| time.to_string()).into()
    }),
    Column::flexible("file", |result, _| result.file.clone().into()),
    Column::whole("line", |result, _| result.line.map(|line| line.to_string()).into()),
];
