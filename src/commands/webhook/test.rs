//! `mpt webhook test`

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueHint;
use futures_util::StreamExt;

use crate::callout::Endpoint;
use crate::cases::file;
use crate::commands::shared::secret_args::SecretArg;
use crate::commands::shared::{Context, candidates, case_lines, junit};
use crate::failure::{CommandResult, Failure, Kind};
use crate::model::{WebhookType, webhook_type};
use crate::operations::conformance::Conformance;
use crate::operations::endpoint::{NO_WEBHOOK, check_reach};
use crate::operations::endpoint_process::EndpointProcess;
use crate::operations::load_cases;
use crate::operations::test_endpoint::{self, CaseResult, Outcome, PreparedCase, RunOptions};
use crate::operations::trigger::Payload;
use crate::reporter::Reporter;
use crate::text::json::Layout;
use crate::ui::{Column, Error as UiError, Format, Report, View};

/// Test an endpoint with cases, and against what every endpoint should satisfy
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A case file, as TOML (YAML and JSON have the same shape):
  [[cases]]
  name = \"more than 100 seats are refused\"
  type = \"ValidatePurchaseOrderDraft\"   # its sample, or payload = \"order.json\"
  set = { \"lines.0.quantity\" = 101 }
  expect = \"refusal\"                    # success (default), refusal, failure
  message = \"At most 100 seats*\"        # on the refusal; * is any text
  changes = { \"error.id\" = \"SEATS01\" }  # exactly these values change; without it, any
  within = \"2s\"                         # 10s if it is not given

The platform is not contacted. The exit code is 10 if a case fails.

Examples:
  Run the cases of a folder:
    mpt webhook test cases/ --to http://localhost:4000/validate --secret-env HOOK_SECRET

  Check signatures, broken JSON and more, with the sample of a type:
    mpt webhook test --conformance --type validate-answer --to http://localhost:4000/ \\
        --secret-env HOOK_SECRET

  In CI, start the endpoint, and write a report:
    mpt webhook test cases/ --to http://localhost:4000/ --report junit.xml \\
        --wait-for 4000 -- python endpoint.py")]
pub struct Args {
    /// Case files, and folders with them
    #[arg(value_name = "CASES", required_unless_present_any = ["conformance", "schema"])]
    #[arg(add = candidates::files())]
    cases: Vec<PathBuf>,

    /// Call this URL
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    #[arg(required_unless_present = "schema")]
    to: Option<String>,

    /// Allow calls to other machines
    #[arg(long)]
    remote: bool,

    /// Only cases whose name contains this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// Start no other case after the first failure
    #[arg(long)]
    fail_fast: bool,

    /// Run each case N times, and show its times
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,

    /// Also try what every endpoint should satisfy
    #[arg(long)]
    conformance: bool,

    /// Type for --conformance [default: the types of the cases]
    #[arg(long = "type", value_name = "TYPE", requires = "conformance")]
    #[arg(add = candidates::webhook_types())]
    webhook_type: Option<String>,

    /// With --conformance, a second answer that differs is a failure
    #[arg(long, requires = "conformance")]
    idempotent: bool,

    /// ID of the webhook in the tokens, which endpoints look up
    #[arg(long, value_name = "ID", add = candidates::ids("WBH"))]
    webhook: Option<String>,

    /// Write the results to this file as JUnit XML
    #[arg(long, value_name = "FILE", add = candidates::files())]
    report: Option<PathBuf>,

    /// Print the JSON Schema of case files
    #[arg(long, conflicts_with = "cases")]
    schema: bool,

    #[command(flatten)]
    secret: SecretArg,

    /// The port of the endpoint that is started
    #[arg(long, value_name = "PORT", requires = "command")]
    wait_for: Option<u16>,

    /// Start this endpoint, and end it after the tests; no shell is used
    #[arg(last = true, value_name = "COMMAND", requires = "wait_for")]
    command: Vec<OsString>,
}

pub async fn run(args: &Args, context: &Context) -> CommandResult {
    let ui = &context.ui;
    if args.schema {
        return Ok(ui.print_json(&file::schema(), Layout::Pretty)?);
    }
    let view = View::details(case_lines::render)
        .with_columns(COLUMNS)
        .as_list();
    let mut report = Report::new(ui, view)?;
    let endpoint = args.endpoint().await?;
    let prepared = load_cases::load(&args.cases, args.filter.as_deref()).await?;
    if prepared.is_empty() && !args.conformance {
        return Err(args.no_cases().into());
    }
    let types = args.types(&prepared)?;
    if endpoint.secret.is_none() {
        ui.note("No secret was given: the calls are not signed");
    }
    let mut process = match args.wait_for {
        Some(port) => Some(EndpointProcess::start(&args.command, port).await?),
        None => None,
    };
    let options = RunOptions {
        jobs: context.jobs,
        repeat: args.repeat.into(),
    };
    let mut results = Vec::new();
    {
        let mut running = std::pin::pin!(test_endpoint::run(&prepared, &endpoint, options)?);
        while let Some(result) = running.next().await {
            show(&result, &mut report, context)?;
            let has_failed = result.result == Outcome::Failed;
            results.push(result);
            if has_failed && args.fail_fast {
                break;
            }
        }
    }
    let may_go_on = !(args.fail_fast && results.iter().any(is_failed));
    let caller = test_endpoint::caller(&endpoint)?;
    for webhook_type in types.into_iter().filter(|_| may_go_on) {
        let payload = Payload::sample(webhook_type);
        let rules = Conformance {
            caller: &caller,
            endpoint: &endpoint,
            webhook_type,
            payload: &payload,
            is_idempotent: args.idempotent,
            has_webhook: args.webhook.is_some(),
        };
        for result in rules.run().await {
            show(&result, &mut report, context)?;
            results.push(result);
        }
    }
    if report.format() != Format::Table {
        match report.finish() {
            Ok(()) | Err(UiError::ClosedPipe) => {}
            Err(error) => return Err(error.into()),
        }
    }
    args.finish(&results, process.as_mut(), &endpoint, context)
}

/// Text is printed as it comes, a line for each case.
fn show(
    result: &CaseResult,
    report: &mut Report<'_, CaseResult>,
    context: &Context,
) -> Result<(), UiError> {
    let ui = &context.ui;
    let shown = match report.format() {
        Format::Table => ui.print(&case_lines::render(result, &ui.style)),
        _ => report.push(result),
    };
    match shown {
        // Whether a case fails does not depend on who reads the output.
        Err(UiError::ClosedPipe) => Ok(()),
        shown => shown,
    }
}

fn is_failed(result: &CaseResult) -> bool {
    result.result == Outcome::Failed
}

impl Args {
    async fn endpoint(&self) -> Result<Endpoint, Failure> {
        let url = self.to.as_deref().unwrap_or_default();
        Ok(Endpoint {
            url: check_reach(url, self.remote)?.into_url(),
            webhook_id: self
                .webhook
                .clone()
                .unwrap_or_else(|| NO_WEBHOOK.to_owned()),
            secret: self.secret.read().await?,
        })
    }

    fn no_cases(&self) -> Failure {
        let failure = Failure::usage("there are no cases");
        match &self.filter {
            Some(filter) => failure.with_hint(format!("no name contains `{filter}`")),
            None => failure,
        }
    }

    /// The types that the rules are tried with.
    fn types(&self, prepared: &[PreparedCase]) -> Result<Vec<&'static WebhookType>, Failure> {
        if !self.conformance {
            return Ok(Vec::new());
        }
        if let Some(name) = &self.webhook_type {
            let known = webhook_type::find(name);
            let unknown =
                || Failure::usage(format!("--type {name}: no sample of this type is known"));
            return Ok(vec![known.ok_or_else(unknown)?]);
        }
        let mut types: Vec<&'static WebhookType> = Vec::new();
        for webhook_type in prepared.iter().filter_map(|one| one.case.webhook_type) {
            if !types.contains(&webhook_type) {
                types.push(webhook_type);
            }
        }
        match types.is_empty() {
            true => Err(Failure::usage(
                "--conformance needs --type, or cases with a type",
            )),
            false => Ok(types),
        }
    }

    /// Writes the report, and says how many cases failed.
    fn finish(
        &self,
        results: &[CaseResult],
        process: Option<&mut EndpointProcess>,
        endpoint: &Endpoint,
        context: &Context,
    ) -> CommandResult {
        let ui = &context.ui;
        if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
            let annotations = results.iter().filter_map(case_lines::annotation);
            annotations.for_each(|annotation| ui.stderr(&annotation));
        }
        let count = |outcome| results.iter().filter(|one| one.result == outcome).count();
        let failed = count(Outcome::Failed);
        let counts: Vec<_> = [
            (Outcome::Passed, "passed"),
            (Outcome::Failed, "failed"),
            (Outcome::Warning, "with a warning"),
            (Outcome::Skipped, "skipped"),
        ]
        .into_iter()
        .map(|(outcome, name)| (count(outcome), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
        ui.note(&counts.join(", "));
        if let Some(path) = &self.report {
            let xml = junit::report(results, endpoint.url.as_str())?;
            std::fs::write(path, xml).map_err(|error| Failure::file("write", path, &error))?;
        }
        if let Some(process) = process {
            let ended = process.ended();
            let output = process.output();
            if !output.is_empty() && (failed > 0 || ended.is_some()) {
                ui.note("The output of the endpoint:");
                output
                    .lines()
                    .for_each(|line| ui.note(&format!("  {line}")));
            }
            if let Some(how) = ended {
                let message = format!("the endpoint ended during the tests ({how})");
                return Err(Failure::new(Kind::Check, message).into());
            }
        }
        if failed == 0 {
            return Ok(());
        }
        let message = format!("{failed} of {} cases failed", results.len());
        Err(Failure::new(Kind::Check, message).into())
    }
}

const COLUMNS: &[Column<CaseResult>] = &[
    Column::flexible("name", |result, _| result.name.as_str().into()),
    Column::whole("result", |result, _| name_of(result.result).into()),
    Column::whole("verdict", |result, _| {
        result
            .verdict
            .map(|verdict| verdict.name().to_owned())
            .into()
    }),
    Column::whole("milliseconds", |result, _| {
        result.milliseconds.map(|time| time.to_string()).into()
    }),
    Column::flexible("file", |result, _| result.file.clone().into()),
    Column::whole("line", |result, _| {
        result.line.map(|line| line.to_string()).into()
    }),
];

fn name_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Warning => "warning",
        Outcome::Skipped => "skipped",
    }
}
