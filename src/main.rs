//! The process: parse, resolve, run, report, exit.

#![deny(clippy::unwrap_used, clippy::expect_used)]

use std::process::ExitCode;

use mpt::cli::{self, Cli};
use mpt::commands;
use mpt::commands::shared::Context;
use mpt::commands::verb::Typed;
use mpt::failure::{self, Ending, Failure, Kind};
use mpt::ui::{Format, Options, Ui};

fn main() -> ExitCode {
    cli::complete_if_asked();
    let arguments: Vec<_> = std::env::args_os().collect();
    if mpt::ui::jq::run_if_asked(&arguments) {
        return ExitCode::SUCCESS;
    }
    let cli = match cli::parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage_error(&error, &cli::output_options_of(&arguments)),
    };
    let options = cli.globals.output_options();
    let uses_profile = cli.command.uses_profile();
    match Context::resolve(cli.globals.request(), &options, uses_profile) {
        Ok(context) => exit_code(run(&cli, &context), &context.ui),
        Err(ending) => exit_code(Err(ending), &Ui::without_jq(&options, Format::Table)),
    }
}

fn run(cli: &Cli, context: &Context) -> Result<(), Ending> {
    failure::report_panics(context.ui.reports_json());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Blocking threads wait for a database or for standard input.
        .max_blocking_threads(32)
        .build()
        .map_err(|error| anyhow::Error::from(error).context("mpt cannot start"))?;
    let result = runtime.block_on(commands::run(&cli.command, context));
    // A thread may still read standard input; the program does not wait for it.
    runtime.shutdown_background();
    result
}

fn exit_code(result: Result<(), Ending>, ui: &Ui) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Ending::Reported(kind)) => kind.exit_code().into(),
        Err(Ending::Failed(failure)) => {
            failure::print(&failure, ui);
            failure.kind.exit_code().into()
        }
    }
}

fn usage_error(error: &clap::Error, options: &Options) -> ExitCode {
    let ui = Ui::without_jq(options, Format::Table);
    if error.use_stderr() && ui.reports_json() {
        let failure = Failure::usage(cli::message_of(error)).with_hint(cli::hint_of(error));
        return exit_code(Err(failure.into()), &ui);
    }
    if error.use_stderr() && mpt::ui::github::is_github_actions() {
        // What was typed may contain commands for the log.
        ui.stderr(error.render().to_string().trim_end());
        return Kind::Usage.exit_code().into();
    }
    // Help and version go to standard output, errors to standard error; clap knows which.
    match error.print() {
        _ if error.use_stderr() => Kind::Usage.exit_code().into(),
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            exit_code(Err(mpt::ui::Error::Stdout(error).into()), &ui)
        }
        _ => ExitCode::SUCCESS,
    }
}
