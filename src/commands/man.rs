//! `mpt man DIR`

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::commands::shared::Context;
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure, Kind};
use crate::reporter::Reporter;
use crate::system::files::OutputFile;

/// Write manual pages into a folder, one for each command
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Install the pages for your user:
    mpt man ~/.local/share/man/man1

  Read one without installing it:
    mpt man man && man ./man/mpt-webhook-create.1")]
pub struct Args {
    /// Folder; created if it does not exist
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        let failed = |error: io::Error| Failure::file("write", &self.folder, &error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let mut root = (context.command_line)();
        root.build();
        let mut pages = Vec::new();
        collect(&root, "mpt", &mut pages).map_err(failed)?;
        let mut files = Vec::new();
        for (name, page) in &pages {
            let path = self.folder.join(format!("{name}.1"));
            let is_page = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("\n.TH mpt");
            OutputFile::new(&path, is_page)
                .map_err(|why| Failure::usage(format!("{}: {why}", path.display())))?;
            files.push((path, page));
        }
        for (path, page) in files {
            fs::write(path, page).map_err(failed)?;
        }
        let (count, folder) = (pages.len(), self.folder.display());
        context.ui.note(&format!("Wrote {count} files to {folder}"));
        Ok(())
    }
}

/// The page of a command and of those below it, each with its file name.
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut page = Vec::new();
    write_page(command, name, &mut page)?;
    pages.push((name.to_owned(), page));
    for below in command.get_subcommands() {
        collect(below, &format!("{name}-{}", below.get_name()), pages)?;
    }
    Ok(())
}

fn write_page(command: &Command, name: &str, page: &mut impl Write) -> io::Result<()> {
    let extra = command.get_after_long_help().map(ToString::to_string);
    let extra = extra.unwrap_or_default();
    let (text, examples) = extra.split_once("Examples:\n").unwrap_or((extra.as_str(), ""));
    // The page also lists options that `-h` hides.
    let command = &command.clone().mut_args(|arg| arg.hide_short_help(false));
    let man = Man::new(command.clone().display_name(name.to_owned()))
        .manual("mpt manual")
        .source(format!("mpt {}", env!("CARGO_PKG_VERSION")));
    man.render_title(page)?;
    man.render_name_section(page)?;
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim().to_owned();
    section(page, "SYNOPSIS", &[bold(usage)])?;
    man.render_description_section(page)?;
    let mut description = Roff::new();
    for paragraph in text.split("\n\n").filter(|text| !text.trim().is_empty()) {
        description.control("PP", []);
        description.text([roman(paragraph.replace('\n', " "))]);
    }
    description.to_writer(page)?;
    if command.has_subcommands() {
        commands(command, name).to_writer(page)?;
    }
    man.render_options_section(page)?;
    if !examples.is_empty() {
        let mut literal = Roff::new();
        literal.control("SH", ["EXAMPLES"]);
        literal.control("nf", []);
        for line in examples.lines() {
            literal.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        literal.control("fi", []);
        literal.to_writer(page)?;
    }
    list("EXIT STATUS", &exit_statuses()).to_writer(page)?;
    list("ENVIRONMENT", &ENVIRONMENT.map(|(name, text)| (name.to_owned(), text)))
        .to_writer(page)?;
    list("FILES", &FILES.map(|(name, text)| (name.to_owned(), text))).to_writer(page)
}

fn section(page: &mut impl Write, heading: &str, text: &[Inline]) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    roff.text(text.to_vec());
    roff.to_writer(page)
}

/// The commands below one, with the names of their pages.
fn commands(command: &Command, name: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for below in command.get_subcommands() {
        roff.control("TP", []);
        roff.text([bold(format!("{name}-{}(1)", below.get_name()))]);
        let about = below.get_about().map(ToString::to_string);
        roff.text([roman(about.unwrap_or_default())]);
    }
    roff
}

fn list(heading: &str, entries: &[(String, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for (name, text) in entries {
        roff.control("TP", []);
        roff.text([italic(name)]);
        roff.text([roman(*text)]);
    }
    roff
}

fn exit_statuses() -> Vec<(String, &'static str)> {
    let failures = Kind::ALL.map(|kind| (kind.exit_code().to_string(), kind.meaning()));
    let mut all = vec![("0".to_owned(), "Done")];
    all.extend(failures);
    all
}

const ENVIRONMENT: [(&str, &str); 9] = [
    ("MPT_PROFILE", "The profile to use, if -p is not given"),
    ("MPT_API_TOKEN", "The token; with it, no profile is needed"),
    ("MPT_API_BASE_URL", "The address of the platform"),
    ("MPT_OUTPUT", "The default output format"),
    ("MPT_TIMEOUT", "How long to wait for a response, such as 30s"),
    ("MPT_CONFIG", "The configuration file"),
    ("MPT_HOME", "The folder of the configuration and of all data"),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The proxy, and the hosts that are reached without it"),
    ("NO_COLOR, CLICOLOR=0, FORCE_COLOR, CLICOLOR_FORCE", "Never or always use colours"),
];

const FILES: [(&str, &str); 3] = [
    (
        "~/.config/mpt/config.toml",
        "The profiles. On macOS and Windows it is in the system's folder for configuration; mpt config path prints it",
    ),
    ("~/.local/share/mpt/journal.db", "The callouts that mpt endpoint listen has received"),
    ("~/.local/share/mpt/shown/", "The IDs that completion offers"),
];
