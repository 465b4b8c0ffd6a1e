//! What shell completion offers (asked for by the scripts that `mpt completions` prints).

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;

use crate::cli::Cli;
use crate::config::{ConfigFile, SANDBOX};
use crate::model::webhook_type;
use crate::ui::columns;

/// The variable by which a completion script asks.
pub const VARIABLE: &str = "MPT_COMPLETE";

/// Answers a completion script and ends the process; otherwise does nothing.
pub fn complete_if_asked() {
    if std::env::var_os(VARIABLE).is_some() {
        CompleteEnv::with_factory(Cli::command)
            .var(VARIABLE)
            .complete();
    }
}

/// The profiles of the configuration. Reads the file and nothing else: no token is looked up.
pub fn profiles() -> Vec<CompletionCandidate> {
    let named = std::env::var_os("MPT_CONFIG")
        .filter(|path| !path.is_empty())
        .map(Into::into);
    let path = named.or_else(crate::config::default_path);
    let file = path.and_then(|path| ConfigFile::load(&path).ok());
    let names: Vec<String> = file
        .iter()
        .flat_map(|file| file.names())
        .chain([SANDBOX])
        .map(str::to_owned)
        .collect();
    names.into_iter().map(CompletionCandidate::new).collect()
}

pub fn webhook_types() -> Vec<CompletionCandidate> {
    webhook_type::KNOWN
        .iter()
        .map(|known| {
            let help = format!("{}, needs {}", known.object_type, known.anchor);
            CompletionCandidate::new(known.name).help(Some(help.into()))
        })
        .collect()
}

pub fn columns() -> Vec<CompletionCandidate> {
    columns::WEBHOOK
        .iter()
        .map(|column| CompletionCandidate::new(column.name))
        .collect()
}

pub fn config_keys() -> Vec<CompletionCandidate> {
    crate::config::profile::KEYS
        .iter()
        .map(CompletionCandidate::new)
        .collect()
}
