//! The process: parse, resolve, run, report, exit.

#![deny(clippy::unwrap_used, clippy::expect_used)]

use std::process::ExitCode;

use mpt::cli;
use mpt::commands::shared::{Context, candidates, interrupt};
use mpt::failure::{self, AlreadyReported, Failure, Kind};
use mpt::ui::Console;

fn main() -> ExitCode {
    candidates::complete_if_asked();
    let arguments: Vec<_> = std::env::args_os().collect();
    let cli = match cli::parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage_error(&error, &cli::output_options_of(&arguments)),
    };
    let options = cli.globals.output_options();
    let context = Console::new(&options)
        .map_err(anyhow::Error::from)
        .and_then(|console| Ok(Context::new(&cli.globals, console)?));
    let context = match context {
        Ok(context) => context,
        Err(error) => return report(&error, &Console::plain(&options)),
    };
    failure::report_panics(context.console.speaks_json());
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // They wait for a database or for standard input.
        .max_blocking_threads(32)
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report(&error.into(), &context.console),
    };
    let result = runtime.block_on(interrupt::or_run(&cli.command, &context));
    // A thread may still wait for standard input; nothing waits for it.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error, &context.console),
    }
}

fn report(error: &anyhow::Error, console: &Console) -> ExitCode {
    if let Some(AlreadyReported(kind)) = error.downcast_ref() {
        return kind.exit_code().into();
    }
    let Some(failure) = Failure::of(error) else {
        return ExitCode::SUCCESS;
    };
    failure::print(&failure, console);
    failure.kind.exit_code().into()
}

fn usage_error(error: &clap::Error, options: &mpt::ui::Options) -> ExitCode {
    let console = Console::plain(options);
    if error.use_stderr() && console.speaks_json() {
        let message = cli::message_of(error);
        let failure = Failure::usage(message).with_hint("--help shows what there is");
        return report(&failure.into(), &console);
    }
    // Help and version go to standard output, errors to standard error; clap knows which.
    match error.print() {
        Ok(()) if !error.use_stderr() => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        _ => Kind::Usage.exit_code().into(),
    }
}
