//! The values that shell completion offers (the scripts of `mpt completions` ask for them).

use clap_complete::engine::CompletionCandidate;

use crate::config::{ConfigFile, Key, SANDBOX};
use crate::model::webhook_type;
use crate::ui::webhook_columns;

/// The environment variable that a completion script sets.
pub const VARIABLE: &str = "MPT_COMPLETE";

/// The profiles of the configuration. Only the file is read, no token.
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
            let help = format!("{}, needs {}", known.object_type, known.anchor.criterion());
            CompletionCandidate::new(known.name).help(Some(help.into()))
        })
        .collect()
}

pub fn columns() -> Vec<CompletionCandidate> {
    webhook_columns::WEBHOOK
        .iter()
        .map(|column| CompletionCandidate::new(column.name))
        .collect()
}

pub fn config_keys() -> Vec<CompletionCandidate> {
    Key::names().map(CompletionCandidate::new).collect()
}
