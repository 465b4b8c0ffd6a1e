//! `mpt endpoint test`

mod annotations;
mod case_lines;
mod junit;
mod printer;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::pin::pin;

use clap::ValueHint;
use futures_util::StreamExt;

use crate::callout::{Endpoint, NO_WEBHOOK};
use crate::cases::file;
use crate::commands::shared::connection_args::ConnectionArgs;
use crate::commands::shared::input::number;
use crate::commands::shared::secret_args::ClaimArgs;
use crate::commands::shared::secret_args::SecretArg;
use crate::commands::shared::unless_interrupted;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::model::{url, webhook_type};
use crate::operations::endpoints::conformance::{self, Conformance, Subject};
use crate::operations::endpoints::load_cases;
use crate::operations::endpoints::process::EndpointProcess;
use crate::operations::endpoints::target::Access;
use crate::operations::endpoints::test::{self, CaseResult, PreparedCase, RunOptions};
use crate::reporter::Reporter;
use crate::system::files::{self, OutputFile};
use crate::text::did_you_mean;
use crate::text::json::Layout;
use crate::ui::Ui;
use printer::TestPrinter;

/// Test an endpoint with cases and the rules for every endpoint
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A case file, as TOML (YAML and JSON have the same shape):
  [[cases]]
  name = \"more than 100 seats are refused\"
  type = \"ValidatePurchaseOrderDraft\"   # its sample, or payload = \"order.json\"
  set = { \"lines.0.quantity\" = 101 }
  expect = \"refusal\"                    # success (default), refusal, failure
  message = \"At most 100 seats*\"        # on the refusal; * is any text
  changes = { \"error.id\" = \"SEATS01\" }  # exactly these; without it, any
  within = \"2s\"                         # 10s if it is not given

The platform is not contacted. The exit code is 10 if a case fails.

Examples:
  Run the cases of a folder:
    mpt endpoint test cases/ --to http://localhost:4000/validate \\
        --secret-env HOOK_SECRET

  Check signatures, broken JSON and more, with the sample of a type:
    mpt endpoint test --conformance --type validate-answer \\
        --to http://localhost:4000/ \\
        --secret-env HOOK_SECRET

  In CI, start the endpoint, and write a report:
    mpt endpoint test cases/ --to http://localhost:4000/ --report junit.xml \\
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

    /// Run only cases whose name contains this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// Stop at the first test that fails
    #[arg(long)]
    fail_fast: bool,

    /// Run each case N times, and show its times; rules are tried once
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = number::<u16>(1..=65535))]
    repeat: u16,

    /// Also test the rules that every endpoint should satisfy
    #[arg(long)]
    conformance: bool,

    /// Type for --conformance [default: the types of the cases]
    #[arg(long = "type", value_name = "TYPE", requires = "conformance")]
    #[arg(add = candidates::webhook_types())]
    webhook_type: Option<String>,

    /// With --conformance, a second answer that differs is a failure
    #[arg(long, requires = "conformance")]
    idempotent: bool,

    /// Webhook ID in the tokens, by which endpoints find the secret
    #[arg(long, value_name = "ID", add = candidates::ids("WBH"))]
    webhook: Option<String>,

    /// Write the results to this file as JUnit XML
    #[arg(long, value_name = "FILE", add = candidates::files())]
    report: Option<PathBuf>,

    /// Print the JSON Schema of case files
    #[arg(long, conflicts_with = "cases")]
    schema: bool,

    /// Wait until the endpoint that is started listens on this port
    #[arg(long, value_name = "PORT", requires = "command")]
    #[arg(value_parser = number::<u16>(1..=65535))]
    wait_for: Option<u16>,

    /// Start this endpoint, and end it after the tests; no shell is used
    #[arg(last = true, value_name = "COMMAND", requires = "wait_for")]
    #[arg(value_hint = ValueHint::CommandWithArguments)]
    command: Vec<OsString>,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    secret: SecretArg,

    #[command(flatten)]
    claims: ClaimArgs,
}

impl Verb for Args {
    const HANDLES_SIGNALS: bool = true;

    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        if self.schema {
            return Ok(ui.print_json(&file::schema(), Layout::Pretty)?);
        }
        let mut printer = TestPrinter::new(context)?;
        let access = self.connection.read(context).await?;
        let endpoint = self.endpoint(&access).await?;
        let loaded = load_cases::load(&self.cases, self.filter.as_deref()).await?;
        for entry in &loaded.left_out {
            ui.note(&format!("Left out {}", entry.described()));
        }
        let prepared = loaded.prepared;
        if prepared.is_empty() && (!self.conformance || self.filter.is_some()) {
            return Err(self.no_cases().into());
        }
        let subjects = self.subjects(&prepared)?;
        let report = self.report.as_deref().map(output_of).transpose()?;
        check_secret(&prepared, &endpoint, ui)?;
        if let Some(OutputFile::File(path)) = &report {
            // A report that cannot be written is noticed before anything is called, and an old one does not stay.
            let xml = report_of(&[], &prepared, &endpoint)?;
            std::fs::write(path, xml).map_err(|error| Failure::file("write", path, &error))?;
        }
        let process = unless_interrupted(context, async {
            let process = self.start(&endpoint, context).await?;
            access.check_connection(&endpoint.target).await?;
            Ok(process)
        })
        .await?;
        printer.holds_failures = process.is_some();
        let interrupted = {
            let running = self.run(&prepared, &subjects, &endpoint, &access, &mut printer);
            // What was tested until then is reported.
            unless_interrupted(context, running).await
        };
        let ended = match process {
            Some(process) => end(process, printer.results(), &endpoint, context).await,
            None => Ok(()),
        };
        let results = printer.finish(prepared.len())?;
        let written = match &report {
            Some(report) => {
                let xml = report_of(&results, &prepared, &endpoint)?;
                unless_interrupted(context, write_report(report, xml)).await
            }
            None => Ok(()),
        };
        interrupted?;
        ended?;
        let failed = results.iter().filter(|one| one.has_failed()).count();
        if failed == 0 {
            return written;
        }
        if let Err(Ending::Failed(failure)) = written {
            ui.warn(&failure.message);
        }
        Err(self.failure(&results, failed, &endpoint).into())
    }
}

/// Says that calls are not signed; the claims of a file would then be sent nowhere, which is an error.
fn check_secret(prepared: &[PreparedCase], endpoint: &Endpoint, ui: &Ui) -> Result<(), Failure> {
    if endpoint.secret.is_some() {
        return Ok(());
    }
    let Some(one) = prepared.iter().find(|one| !one.case.claims.is_empty()) else {
        ui.note("No secret was given: the calls are not signed");
        return Ok(());
    };
    let message = format!("{}: claims need a secret, which signs the token", one.case.file);
    Err(Failure::usage(message).with_hint("use --secret-env VAR or --secret-file FILE"))
}

/// Whether the endpoint answered an expected callout with a 5xx.
fn has_crashed(results: &[CaseResult]) -> bool {
    results.iter().any(|one| one.has_failed() && one.status >= Some(500))
}

/// The hint if an endpoint may not find the webhook that the token names.
const LOOK_UP_HINT: &str = "the endpoint answered 5xx, and the token names the webhook WBH-0000-0000, which does not exist: if the endpoint looks it up, name one with --webhook ID, and set the endpoint's base URL to the platform or sandbox that has it";

/// The report replaces no other file than an earlier report.
fn output_of(report: &Path) -> Result<OutputFile, Failure> {
    OutputFile::new(report, junit::is_report).map_err(|why| {
        Failure::usage(format!("--report {}: {why}", report.display()))
            .with_hint("choose the name of a new file")
    })
}

async fn write_report(report: &OutputFile, xml: String) -> CommandResult {
    let written = match report {
        OutputFile::File(path) => std::fs::write(path, xml),
        OutputFile::Stream(path) => files::write_stream(path, xml.into_bytes()).await,
    };
    Ok(written.map_err(|error| Failure::file("write", report.path(), &error))?)
}

/// The report of the results; cases without one are skipped.
fn report_of(
    results: &[CaseResult],
    prepared: &[PreparedCase],
    endpoint: &Endpoint,
) -> Result<String, Failure> {
    let has_run = |one: &&PreparedCase| results.iter().any(|result| result.name == one.case.name);
    let left = prepared.iter().filter(|one| !has_run(one));
    let left = left.map(|one| CaseResult::not_run(&one.case));
    let all: Vec<_> = results.iter().cloned().chain(left).collect();
    Ok(junit::report(&all, &url::shown(&endpoint.target.url))?)
}

/// Ends the endpoint, and shows what it has printed if that can explain a failure.
async fn end(
    mut process: EndpointProcess,
    results: &[CaseResult],
    endpoint: &Endpoint,
    context: &Context,
) -> Result<(), Failure> {
    let ui = &context.ui;
    let ended = process.ended();
    let output = process.end().await;
    let output = endpoint.without_secret(&output);
    if !output.is_empty() && (results.iter().any(CaseResult::has_failed) || ended.is_some()) {
        ui.note("The output of the endpoint:");
        for line in output.lines() {
            ui.note(&format!("  {line}"));
        }
    }
    match ended {
        Some(how) => {
            let message = format!("the endpoint ended during the tests ({how})");
            Err(Failure::new(Kind::Check, message))
        }
        None => Ok(()),
    }
}

impl Args {
    async fn endpoint(&self, access: &Access<'_>) -> Result<Endpoint, Failure> {
        let url = self.to.as_deref().unwrap_or_default();
        Ok(Endpoint {
            target: access.target(url).await?,
            webhook_id: self.webhook.clone().unwrap_or_else(|| NO_WEBHOOK.to_owned()),
            claims: self.claims.read(&self.secret, self.secret.is_given()).await?,
            secret: self.secret.read().await?,
        })
    }

    /// Starts the endpoint, if the command line has one.
    async fn start(
        &self,
        endpoint: &Endpoint,
        context: &Context,
    ) -> Result<Option<EndpointProcess>, Failure> {
        let Some(port) = self.wait_for else {
            return Ok(None);
        };
        if endpoint.target.url.port_or_known_default() != Some(port) {
            let warning = format!(
                "--wait-for {port} is not the port of --to {}",
                url::shown(&endpoint.target.url)
            );
            context.ui.warn(&warning);
        }
        let started = EndpointProcess::start(&self.command, port).await;
        started.map(Some).map_err(|mut failure| {
            let details = failure.response.iter_mut();
            for (_, line) in details.flat_map(|details| &mut details.errors) {
                *line = endpoint.without_secret(line).into_owned();
            }
            failure
        })
    }

    /// Tries the rules, then the cases.
    async fn run(
        &self,
        prepared: &[PreparedCase],
        subjects: &[Subject],
        endpoint: &Endpoint,
        access: &Access<'_>,
        printer: &mut TestPrinter<'_>,
    ) -> CommandResult {
        let caller = access.caller(&endpoint.target)?;
        // Rules come first: a case may send the same object, which an endpoint may remember.
        for subject in subjects {
            let endpoint = endpoint.with_claims(&subject.claims);
            let rules = Conformance {
                caller: &caller,
                endpoint: &endpoint,
                subject,
                is_idempotent: self.idempotent,
                has_webhook: self.webhook.is_some(),
            };
            for result in rules.run().await {
                printer.add(result)?;
            }
        }
        let options = RunOptions { jobs: printer.context.jobs, repeat: self.repeat.into() };
        let mut running = pin!(test::run(prepared, &caller, endpoint, options));
        while !(self.fail_fast && printer.has_failure())
            && let Some(result) = running.next().await
        {
            printer.add(result)?;
        }
        Ok(())
    }

    fn failure(&self, results: &[CaseResult], failed: usize, endpoint: &Endpoint) -> Failure {
        let plural = if failed == 1 { "" } else { "s" };
        let failure = Failure::new(Kind::Check, format!("{failed} test{plural} failed"));
        match self.webhook.is_none() && endpoint.secret.is_some() && has_crashed(results) {
            true => failure.with_hint(LOOK_UP_HINT),
            false => failure,
        }
    }

    fn no_cases(&self) -> Failure {
        match &self.filter {
            Some(filter) => Failure::usage(format!("no case has a name that contains `{filter}`"))
                .with_hint("see all names by running without --filter"),
            None => Failure::usage("there are no cases in what was given")
                .with_hint("a case file begins with [[cases]]; see mpt endpoint test --help"),
        }
    }

    /// What the rules are tried with.
    fn subjects(&self, prepared: &[PreparedCase]) -> Result<Vec<Subject>, Failure> {
        if !self.conformance {
            return Ok(Vec::new());
        }
        if let Some(name) = &self.webhook_type {
            let known = webhook_type::find(name).ok_or_else(|| unknown_type(name))?;
            return Ok(vec![Subject::sample(known)]);
        }
        let subjects = conformance::subjects(prepared);
        match subjects.is_empty() {
            true => Err(Failure::usage("--conformance needs --type, or cases with a type")),
            false => Ok(subjects),
        }
    }
}

fn unknown_type(name: &str) -> Failure {
    let near = did_you_mean(webhook_type::canonical(name), webhook_type::names());
    Failure::usage(format!("--type {name}: no sample of this type is known{near}"))
        .with_hint("give a case with a payload instead")
}
