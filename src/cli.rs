//! The root command and the options that every command takes.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, ValueHint};
use clap_complete::CompleteEnv;
use clap_complete::engine::ArgValueCandidates;

use crate::commands::Command;
use crate::commands::help_groups::grouped;
use crate::commands::lazy;
use crate::commands::other_words::Typed;
use crate::commands::shared::input::number;
use crate::commands::shared::{GlobalOptions, candidates, repeat_options};
use crate::config::Overrides;
use crate::text::duration;
use crate::ui::{Format, Options, jq};

const EXAMPLES: &str = "\
Examples:
  Create a webhook in the built-in sandbox, and look at it:
    mpt -p sandbox webhook create --type validate-answer --form FRM-1111-1111 \\
        --url http://localhost:4000/ --if-exists keep
    mpt -p sandbox webhook list

  Set up a profile for the platform, reading the token from standard input:
    mpt config init --token-stdin < token.txt";

/// Webhooks of the SoftwareOne Marketplace Platform, and the endpoints behind them
#[derive(Debug, Parser)]
#[command(name = "mpt", bin_name = "mpt", version, after_long_help = EXAMPLES, disable_help_subcommand = true, disable_version_flag = true)]
#[command(after_help = "Global options and examples: mpt --help")]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    /// Print version
    // The short help fills a small screen.
    #[arg(short = 'V', long, action = ArgAction::Version, hide_short_help = true, help_heading = None)]
    version: Option<bool>,
    #[command(subcommand)]
    pub command: Command,
}

/// The whole command line.
fn whole_command() -> clap::Command {
    grouped(Cli::command())
}

/// Answers a request of a completion script and exits; otherwise does nothing.
pub fn complete_if_asked() {
    if std::env::var_os(candidates::VARIABLE).is_none() {
        return;
    }
    let words = candidates::plain_words(std::env::args_os().collect());
    let folder = std::env::current_dir().ok();
    let command = || match candidates::begins_option(&words) {
        true => whole_command(),
        false => {
            let mut command = whole_command();
            command.build();
            candidates::values_first(command)
        }
    };
    let engine = CompleteEnv::with_factory(command).var(candidates::VARIABLE);
    match engine.try_complete(words.clone(), folder.as_deref()) {
        Ok(true) => std::process::exit(0),
        Ok(false) => {}
        Err(error) => error.exit(),
    }
}

/// Parses the command line.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    if let Some(parsed) = lazy::among(arguments, || parse_typed(arguments)) {
        return parsed;
    }
    let mut command = whole_command();
    let read = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| with_tip(error, arguments, &command).format(&mut command));
    std::mem::forget(command);
    read
}

/// Parses a correct command line, without a description of what was not typed. `None`: it is not correct, or asks for help.
fn parse_typed(arguments: &[OsString]) -> Option<Result<Cli, clap::Error>> {
    let asks_for_version = arguments.get(1).is_some_and(|word| word == "--version" || word == "-V");
    let root = Cli::command();
    let typed = lazy::typed(&root);
    if typed.is_empty() && !asks_for_version {
        return None;
    }
    let mut command = clap::Command::new("mpt")
        .version(env!("CARGO_PKG_VERSION"))
        .args(root.get_arguments().cloned())
        .groups(root.get_groups().cloned())
        .subcommands(typed)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true);
    let matches = match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => return Some(Err(error)),
        Err(_) => return None,
    };
    // Freeing the commands takes as long as building them, and the process ends soon.
    std::mem::forget((root, command));
    Some(Cli::from_arg_matches(&matches))
}

/// Says what is meant by a word of another tool. Of what clap finds similar, only misspellings stay: other words that
/// look alike may do the opposite.
fn with_tip(mut error: clap::Error, arguments: &[OsString], root: &clap::Command) -> clap::Error {
    let text_of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let word = text_of(ContextKind::InvalidSubcommand);
    let argument = text_of(ContextKind::InvalidArg);
    let similar_argument = text_of(ContextKind::SuggestedArg);
    if let (ErrorKind::InvalidValue, Some(argument), Some(value)) =
        (error.kind(), &argument, text_of(ContextKind::InvalidValue))
    {
        if text_of(ContextKind::SuggestedValue).is_some_and(|one| !is_misspelling(&value, &one)) {
            error.remove(ContextKind::SuggestedValue);
        }
        if let Some(tip) = Typed::tip_for_value(argument, &value) {
            let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
            error.insert(ContextKind::Suggested, tips);
        }
        return error;
    }
    if word.is_none() && error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    // The commands of a group are only known to a built command.
    let mut root = root.clone();
    root.build();
    let (typed, mut command) = place_of(arguments, &root);
    let mut tip = None;
    if let Some(word) = &word {
        tip = typed.tip_for_command(word, &root);
        let similar = match error.remove(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(names)) => names,
            Some(ContextValue::String(name)) => vec![name],
            _ => Vec::new(),
        };
        let names: Vec<_> = similar.into_iter().filter(|name| is_misspelling(word, name)).collect();
        if tip.is_none() && !names.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(names));
        }
    } else if let Some(argument) = &argument {
        tip = typed.tip_for_argument(argument, &command);
        // Nobody means an ID that begins with dashes.
        error.remove(ContextKind::Suggested);
        if tip.is_some() || !similar_argument.is_some_and(|one| is_misspelling(argument, &one)) {
            error.remove(ContextKind::SuggestedArg);
            error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
        }
    }
    if let Some(tip) = tip {
        let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}

fn is_misspelling(typed: &str, name: &str) -> bool {
    let (typed, name) = (typed.trim_start_matches('-'), name.trim_start_matches('-'));
    let distance = strsim::damerau_levenshtein(&typed.to_lowercase(), name);
    distance <= 1 + typed.len().min(name.len()) / 8
}

/// What was typed, and the last command in it that there is.
fn place_of(arguments: &[OsString], root: &clap::Command) -> (Typed, clap::Command) {
    let mut command = root.clone();
    let mut names = Vec::new();
    let matches = whole_command().ignore_errors(true).try_get_matches_from(arguments).ok();
    if let Some(matches) = &matches {
        let text = |name| matches.try_get_one::<String>(name).ok().flatten();
        let config = matches.try_get_one("config").ok().flatten();
        repeat_options(text("profile"), config, text("base_url"));
    }
    let mut below = matches.as_ref().and_then(|matches| matches.subcommand());
    while let Some((name, matches)) = below {
        let Some(next) = command.find_subcommand(name).cloned() else { break };
        names.push(name);
        command = next;
        below = matches.subcommand();
    }
    let words = arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    (Typed { place: names.join(" "), words }, command)
}

/// The global options that the short help shows too; `--help` shows the others.
const SHOWN: [&str; 2] = ["profile", "output"];

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
#[command(mut_args(|arg| { let id = arg.get_id().clone(); arg.global(true).hide_short_help(!SHOWN.contains(&id.as_str())) }))]
pub struct Globals {
    /// Use this profile; ignore MPT_API_TOKEN and MPT_API_BASE_URL
    #[arg(short, long, value_name = "NAME")]
    #[arg(add = ArgValueCandidates::new(candidates::profiles))]
    pub profile: Option<String>,

    /// Use this configuration file
    #[arg(long, value_name = "FILE", add = candidates::files())]
    pub config: Option<PathBuf>,

    /// Send requests to this address: the origin, …/public or …/public/v1
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub base_url: Option<String>,

    /// Print the result in this format
    #[arg(short, long, value_name = "FORMAT", ignore_case = true)]
    pub output: Option<Format>,

    /// Filter the JSON output with a jq expression
    #[arg(long, value_name = "EXPR")]
    pub jq: Option<String>,

    /// Define $NAME as text in the expression of --jq (can be repeated)
    #[arg(long, value_name = "NAME=VALUE", requires = "jq")]
    #[arg(value_parser = jq_argument)]
    pub jq_arg: Vec<(String, String)>,

    /// Do not shorten or wrap tables
    #[arg(long)]
    pub wide: bool,

    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: clap::ColorChoice,

    /// Print warnings and errors only
    #[arg(short, long)]
    pub quiet: bool,

    /// Log requests; -vv adds headers and bodies, with secrets masked
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// Stop waiting for a response after this time [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub timeout: Option<Duration>,

    /// Retry a failed request up to N times
    #[arg(long, value_name = "N", default_value_t = 3)]
    #[arg(value_parser = number::<u32>(0..=100))]
    pub retries: u32,

    /// Number of requests to run at the same time
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = number::<u16>(1..=64))]
    pub jobs: u16,

    /// Never ask questions
    #[arg(long)]
    pub no_input: bool,
}

impl Globals {
    pub fn output_options(&self) -> Options {
        Options {
            format: self.output,
            jq: self.jq.as_ref().map(|text| jq::Expression {
                text: text.clone(),
                arguments: self.jq_arg.clone(),
                timeout: self.timeout.unwrap_or(JQ_TIMEOUT),
            }),
            wide: self.wide,
            color: self.color,
            quiet: self.quiet,
            verbosity: self.verbose,
            no_input: self.no_input,
        }
    }

    pub fn request(&self) -> GlobalOptions {
        GlobalOptions {
            overrides: Overrides {
                profile_flag: self.profile.clone(),
                base_url_flag: self.base_url.clone(),
                timeout_flag: self.timeout,
                ..Overrides::default()
            },
            config: self.config.clone(),
            retries: self.retries,
            jobs: self.jobs.into(),
            command_line: whole_command,
        }
    }
}

/// The time that a filter may take for one document, without --timeout.
const JQ_TIMEOUT: Duration = Duration::from_secs(30);

fn jq_argument(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("not NAME=VALUE")?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.chars().all(is_word)
        || name.is_empty()
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(format!("`{name}` is not a name: use letters, digits and `_`"));
    }
    if name == "ENV" {
        return Err("`ENV` is a variable of jq".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// The output options of a command line that does not parse, so that its error is printed in the
/// requested format.
pub fn output_options_of(arguments: &[OsString]) -> Options {
    let words: Vec<_> = arguments.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    let mut options = Options::default();
    for (index, word) in words.iter().enumerate() {
        let next = || words.get(index + 1).map(|word| word.to_string());
        let value = |name: &str| {
            let rest = word.strip_prefix(name)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value.to_owned()),
                None if rest.is_empty() => next(),
                None => None,
            }
        };
        // Short options without a value may come before it: -qo json.
        let short = word.trim_start_matches('-').trim_start_matches(['q', 'v']);
        let is_short = word.starts_with('-') && !word.starts_with("--") && short.starts_with('o');
        let value_of_short = || match short[1..].trim_start_matches('=') {
            "" => next(),
            value => Some(value.to_owned()),
        };
        if let Some(format) = value("--output").or_else(|| is_short.then(value_of_short).flatten())
        {
            options.format = Format::parse(&format).or(options.format);
        }
        if let Some(text) = value("--jq") {
            options.jq = Some(jq::Expression { text, arguments: Vec::new(), timeout: JQ_TIMEOUT });
        }
    }
    if options.format.is_none() {
        let name = std::env::var("MPT_OUTPUT").ok();
        options.format = name.and_then(|name| Format::parse(name.trim_end_matches('\r')));
    }
    options
}

/// What to do about an error of clap.
pub fn hint_of(error: &clap::Error) -> String {
    match error.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(hints)) if !hints.is_empty() => {
            hints.iter().map(ToString::to_string).collect()
        }
        _ => "see the commands with --help".to_owned(),
    }
}

/// The message of clap on one line, without the usage.
pub fn message_of(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "no command is given".to_owned();
    }
    let text = error.to_string();
    let paragraph = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}
