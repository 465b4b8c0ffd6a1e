//! The values that shell completion offers (the scripts of `mpt completions` ask for them). Nothing here connects or
//! runs a `token_command`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::ValueEnum;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use super::{Context, GlobalOptions};
use crate::api::rql::WEBHOOK_PROPERTIES;
use crate::config::profile::objection_to_name;
use crate::config::{ConfigFile, Key, Overrides, SANDBOX};
use crate::model::{Anchor, webhook_type};
use crate::operations::webhooks::shown_ids::{self, ShownId};
use crate::ui::{Format, Options, webhook_columns};

/// The environment variable that a completion script sets.
pub const VARIABLE: &str = "MPT_COMPLETE";

/// The position of `mpt` in the words that are being completed: the process runs as `mpt -- mpt …`.
const FIRST: usize = 2;

/// Replaces words that the completion engine would misread: it takes the profile in `-p sandbox` for the subcommand of
/// that name, and knows no commands after `help`.
pub fn plain_words(mut words: Vec<OsString>) -> Vec<OsString> {
    // The last word is being completed.
    for index in FIRST + 1..words.len().saturating_sub(1) {
        let is_value = words[index - 1] == "-p" || words[index - 1] == "--profile";
        if is_value && words[index] == SANDBOX {
            words[index] = "profile".into();
        }
    }
    let after_help = words.len() > FIRST + 2;
    if let Some(word) = words.get_mut(FIRST + 1).filter(|word| after_help && *word == "help") {
        *word = "--no-input".into();
    }
    words
}

/// Whether the word that is being completed begins an option.
pub fn begins_option(words: &[OsString]) -> bool {
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|text| text.parse().ok());
    let word = index.map_or(words.last(), |index: usize| words.get(FIRST + index));
    word.is_some_and(|word| word.to_string_lossy().starts_with('-'))
}

/// A built command with hidden options: they are only offered where there are no values and no commands.
pub fn values_first(command: clap::Command) -> clap::Command {
    let hidden = |argument: clap::Arg| {
        let is_option = !argument.is_positional();
        argument.hide(is_option)
    };
    command.mut_args(hidden).mut_subcommands(values_first)
}

/// The values of the setting that stands before the word.
pub fn config_values() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let words = command_line();
        let key = words.iter().rev().nth(1).map(|word| word.to_string_lossy().into_owned());
        let formats = Format::value_variants().iter().map(|format| format.name());
        let values: Vec<_> = match key.as_deref() {
            // Only pull requests are for Markdown.
            Some("output") => formats.filter(|name| *name != "markdown").collect(),
            Some("protected") => vec!["true", "false"],
            Some("ca_file" | "token_file") => return files_for(typed),
            _ => Vec::new(),
        };
        let typed = typed.to_string_lossy();
        let values = values.iter().filter(|value| value.starts_with(&*typed));
        values.map(CompletionCandidate::new).collect()
    })
}

/// The profiles of the configuration. Only the file is read, no token.
pub fn profiles() -> Vec<CompletionCandidate> {
    let flag = option(&command_line(), "--config", None).map(PathBuf::from);
    let variable = std::env::var_os("MPT_CONFIG").filter(|path| !path.is_empty());
    let named = flag.or(variable.map(PathBuf::from));
    let path = named.or_else(crate::config::default_path);
    let file = path.and_then(|path| ConfigFile::load(&path).ok());
    let names: Vec<String> = file
        .iter()
        .flat_map(|file| file.names())
        // A shell would give other names another meaning.
        .filter(|name| objection_to_name(name).is_none())
        .chain([SANDBOX])
        .map(str::to_owned)
        .collect();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// The environment variable of a script whose shell completes names of files itself: bash quotes only its own.
const FILES: &str = "MPT_COMPLETE_FILES";

/// What the script of such a shell takes for the names of files.
const ANY_FILE: &str = "\u{1}";

/// The names of files.
pub fn files() -> ArgValueCompleter {
    ArgValueCompleter::new(files_for)
}

fn files_for(typed: &OsStr) -> Vec<CompletionCandidate> {
    match std::env::var_os(FILES) {
        _ if typed.to_string_lossy().starts_with('-') => Vec::new(),
        Some(_) => vec![CompletionCandidate::new(ANY_FILE)],
        None => PathCompleter::any().complete(typed),
    }
}

/// The known types, in the spelling that was begun: `val` continues as `validate-answer`.
pub fn webhook_types() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let known = webhook_type::KNOWN.iter();
        let candidate = |known: &webhook_type::WebhookType| {
            let value = known.spelled_like(&typed)?;
            Some(CompletionCandidate::new(value).help(Some(known.purpose.into())))
        };
        known.filter_map(candidate).collect()
    })
}

/// The IDs with this prefix that earlier commands of the same profile and platform have shown.
pub fn ids(prefix: &'static str) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let shown = shown(&[prefix]);
        let shown = shown.iter().filter(|shown| shown.id.starts_with(&*typed));
        shown.map(|shown| candidate(&shown.id, shown)).collect()
    })
}

/// Words that begin with what was typed, in any letter case.
pub fn words(words: &'static [&'static str]) -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let begins = |word: &&&str| {
            let start = word.get(..typed.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(&typed))
        };
        let words = words.iter().filter(begins);
        words
            .map(|word| format!("{typed}{}", &word[typed.len()..]))
            .map(CompletionCandidate::new)
            .collect()
    })
}

/// The IDs of products, programs and forms.
pub fn objects() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let shown = shown(&Anchor::ALL.map(Anchor::id_prefix));
        let shown = shown.iter().filter(|shown| shown.id.starts_with(&*typed));
        shown.map(|shown| candidate(&shown.id, shown)).collect()
    })
}

/// The keys of criteria, and the IDs after the key of an anchor.
pub fn criteria() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let mut candidates = Vec::new();
        for anchor in Anchor::ALL {
            let key = format!("{}=", anchor.criterion());
            if typed.starts_with(&key) {
                let shown = shown(&[anchor.id_prefix()]);
                let values =
                    shown.iter().map(|shown| candidate(&format!("{key}{}", shown.id), shown));
                candidates.extend(values);
            } else {
                candidates.push(CompletionCandidate::new(key));
            }
        }
        candidates.push(CompletionCandidate::new("status="));
        let is_continuation = |candidate: &CompletionCandidate| {
            let value = candidate.get_value().to_string_lossy();
            value.starts_with(&*typed)
        };
        candidates.retain(is_continuation);
        candidates
    })
}

/// The properties that a list can be sorted by, also descending.
pub fn sort_fields() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy();
        // The last of several properties.
        let (before, last) = match typed.rfind(',') {
            Some(comma) => typed.split_at(comma + 1),
            None => ("", &*typed),
        };
        let (sign, name) = match last.strip_prefix('-') {
            Some(name) => ("-", name),
            None => ("", last),
        };
        let fields = WEBHOOK_PROPERTIES.iter();
        let fields = fields.filter(|field| field.starts_with(name) && !field.contains("KEY"));
        fields.map(|field| CompletionCandidate::new(format!("{before}{sign}{field}"))).collect()
    })
}

fn candidate(value: &str, shown: &ShownId) -> CompletionCandidate {
    let help = Some(shown.description.as_str()).filter(|text| !text.is_empty());
    CompletionCandidate::new(value).help(help.map(|text| text.to_owned().into()))
}

/// The stored IDs with these prefixes, for the profile and the address on the command line.
fn shown(prefixes: &[&str]) -> Vec<ShownId> {
    let mut ids = path_of_shown_ids().map(|path| shown_ids::read(&path)).unwrap_or_default();
    ids.retain(|shown| prefixes.contains(&shown.prefix()));
    ids
}

fn path_of_shown_ids() -> Option<PathBuf> {
    let words = command_line();
    let options = GlobalOptions {
        overrides: Overrides {
            profile_flag: option(&words, "--profile", Some('p')),
            base_url_flag: option(&words, "--base-url", None),
            ..Overrides::default()
        },
        config: option(&words, "--config", None).map(PathBuf::from),
        retries: 0,
        jobs: 1,
        command_line: clap::Command::default,
    };
    let quiet = Options { quiet: true, ..Options::default() };
    Context::resolve(options, &quiet, true).ok()?.path_of_shown_ids()
}

/// The words that are being completed, after `mpt`.
fn command_line() -> Vec<OsString> {
    std::env::args_os().skip(FIRST + 1).collect()
}

/// The value of an option among words that may not parse as a whole.
fn option(words: &[OsString], long: &str, short: Option<char>) -> Option<String> {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let short = short.map(|letter| format!("-{letter}"));
    let found = words.iter().enumerate().find_map(|(index, word)| {
        let is_short = !word.starts_with("--");
        let rest = match &short {
            Some(short) if is_short => word.strip_prefix(short.as_str()),
            _ => None,
        };
        let rest = rest.or_else(|| word.strip_prefix(long))?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            // bash splits words at `=`.
            None if rest.is_empty() => {
                let mut next = words[index + 1..].iter().filter(|word| *word != "=");
                next.next().map(ToString::to_string)
            }
            None => is_short.then(|| rest.to_owned()),
        }
    });
    found.filter(|value| !value.is_empty())
}

/// The columns that the list does not have yet.
pub fn columns() -> Vec<CompletionCandidate> {
    let words = command_line();
    let typed = words.last().map(|word| word.to_string_lossy());
    let typed = typed.as_deref().unwrap_or_default();
    let chosen = typed.rsplit_once(',').map_or("", |(before, _)| before);
    let chosen: Vec<_> = chosen.split([',', '=']).collect();
    webhook_columns::names()
        .filter(|name| !chosen.contains(name))
        .map(CompletionCandidate::new)
        .collect()
}

pub fn config_keys() -> Vec<CompletionCandidate> {
    Key::names().map(CompletionCandidate::new).collect()
}
